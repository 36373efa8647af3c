internal import CGIF
internal import Diagnostics

/// The first frame of one GIF file (GIF89a specification, CompuServe 1990), with giflib.
///
/// What the frame leaves of the screen is of the transparent colour if there is one, else of the palette's first, as in Pillow.
struct GIFDecoder: ImageFormat {
    static let kind = "GIF"
    static let endings: Set<String> = ["gif"]

    let bytes: UnsafeRawBufferPointer
    let name: String

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8)
    }

    func image(_ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        var source = vitrine_gif_source(bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count, offset: 0)
        let picture = try withUnsafeMutablePointer(to: &source) { source throws(Problem) in
            var code: Int32 = 0
            guard let gif = vitrine_gif_open(source, &code) else { throw failure(code) }
            defer { DGifCloseFile(gif, nil) }
            return try firstFrame(of: gif)
        }
        return DecodedImage(picture: picture, orientation: .upright)
    }

    private func firstFrame(of gif: UnsafeMutablePointer<GifFileType>) throws(Problem) -> Picture {
        let transparent = try moveToFrame(gif)
        let frame = gif.pointee.Image
        let (x, y, frameWidth, frameHeight) = (Int(frame.Left), Int(frame.Top), Int(frame.Width), Int(frame.Height))
        let width = max(Int(gif.pointee.SWidth), x + frameWidth)
        let height = max(Int(gif.pointee.SHeight), y + frameHeight)
        // With a full table a code of 12 bits stands for up to 4,096 pixels.
        try ImageDecoder.check(width: width, height: height, mostPixelsPerByte: 4096, byteCount: bytes.count, name: name)
        guard frameWidth > 0, frameHeight > 0 else { throw ImageDecoder.damaged(name, "its first frame is empty") }

        let palette = Palette(frame.ColorMap ?? gif.pointee.SColorMap)
        var indices = [UInt8](repeating: UInt8(truncatingIfNeeded: transparent ?? 0), count: width * height)
        for row in rows(frameHeight, interlaced: frame.Interlace) {
            let start = (y + row) * width + x
            let status = indices.withUnsafeMutableBufferPointer { DGifGetLine(gif, $0.baseAddress.map { $0 + start }, Int32(frameWidth)) }
            guard status == GIF_OK else { throw failure(gif.pointee.Error) }
        }
        return Picture(width: width, height: height, pixels: palette.colours(of: indices))
    }

    /// Reads up to the first frame's description; returns the transparent colour's index if there is one.
    private func moveToFrame(_ gif: UnsafeMutablePointer<GifFileType>) throws(Problem) -> Int? {
        var transparent: Int?
        while true {
            var record = UNDEFINED_RECORD_TYPE
            guard DGifGetRecordType(gif, &record) == GIF_OK else { throw failure(gif.pointee.Error) }
            switch record {
            case IMAGE_DESC_RECORD_TYPE:
                guard DGifGetImageDesc(gif) == GIF_OK else { throw failure(gif.pointee.Error) }
                return transparent
            case EXTENSION_RECORD_TYPE:
                var kind: Int32 = 0
                var block: UnsafeMutablePointer<GifByteType>?
                guard DGifGetExtension(gif, &kind, &block) == GIF_OK else { throw failure(gif.pointee.Error) }
                // The first byte is the block's length.
                if kind == GRAPHICS_EXT_FUNC_CODE, let block, block[0] >= 4, block[1] & 1 != 0 { transparent = Int(block[4]) }
                while block != nil {
                    guard DGifGetExtensionNext(gif, &block) == GIF_OK else { throw failure(gif.pointee.Error) }
                }
            case TERMINATE_RECORD_TYPE:
                throw ImageDecoder.damaged(name, "it holds no picture")
            default:
                throw ImageDecoder.damaged(name, "it holds a block of an unknown kind")
            }
        }
    }

    /// The rows in the order in which they are stored: four passes over an interlaced frame.
    private func rows(_ height: Int, interlaced: Bool) -> [Int] {
        guard interlaced else { return Array(0..<height) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { first, step in Array(stride(from: first, to: height, by: step)) }
    }

    private func failure(_ code: Int32) -> Problem {
        ImageDecoder.damaged(name, "giflib says: \(GifErrorString(code).map { String(cString: $0) } ?? "nothing")")
    }
}

extension Palette {
    /// giflib's palette; grey where there is none.
    fileprivate init(_ map: UnsafeMutablePointer<ColorMapObject>?) {
        guard let map, let colours = map.pointee.Colors else {
            self = .grey
            return
        }
        self.init()
        for index in 0..<min(256, max(0, Int(map.pointee.ColorCount))) {
            self[index] = RGB(colours[index].Red, colours[index].Green, colours[index].Blue)
        }
    }
}
