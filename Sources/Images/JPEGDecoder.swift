internal import CTurboJPEG
internal import Diagnostics

/// One JPEG file to decode (ITU-T T.81), with TurboJPEG at its defaults: the accurate integer transform and smooth
/// upsampling of the colour channels, as Pillow decodes.
///
/// What libjpeg warns of and repairs (stray bytes between segments, a damaged stretch of data) is accepted, as Pillow
/// accepts it. A file without its end marker is cut short and refused, again as Pillow does.
struct JPEGDecoder: ImageFormat {
    static let kind = "JPEG"
    static let endings: Set<String> = ["jpg", "jpeg"]

    let bytes: UnsafeRawBufferPointer
    let name: String

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: [0xFF, 0xD8, 0xFF])
    }

    func image(_ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        let segments = try JPEGSegments(bytes, name: name)
        // The shortest code for a block of 64 pixels is one bit, in the first scan of a progressive file.
        try ImageDecoder.check(
            width: segments.width, height: segments.height, mostPixelsPerByte: 512, byteCount: bytes.count, name: name)
        guard let handle = tjInitDecompress() else {
            throw Problem("TurboJPEG cannot start", explanation: "there may be no memory left")
        }
        defer { tjDestroy(handle) }

        let fourInks = segments.components == 4
        let pixelCount = segments.width * segments.height
        var complete = false
        var pixels = [UInt8](unsafeUninitializedCapacity: (fourInks ? 4 : 3) * pixelCount) { buffer, count in
            // With damage, rows may stay unwritten; they are grey then, not what memory held before.
            buffer.initialize(repeating: 128)
            let status = tjDecompress2(
                handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count), buffer.baseAddress,
                Int32(segments.width), 0, Int32(segments.height), (fourInks ? TJPF_CMYK : TJPF_RGB).rawValue,
                Int32(TJFLAG_LIMITSCANS))
            complete = status == 0 || tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
            count = buffer.count
        }
        guard complete else {
            throw ImageDecoder.damaged(name, "TurboJPEG says: \(tjGetErrorStr2(handle).map { String(cString: $0) } ?? "nothing")")
        }
        if fourInks { pixels = Self.colours(ofInvertedInks: pixels) }
        return DecodedImage(
            picture: Picture(width: segments.width, height: segments.height, pixels: pixels), orientation: segments.orientation)
    }

    /// Returns RGB for inks (cyan, magenta, yellow, black) stored as Adobe does, 255 for no ink.
    static func colours(ofInvertedInks inks: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: inks.count / 4 * 3) { buffer, count in
            for pixel in 0..<(inks.count / 4) {
                let light = Int(inks[4 * pixel + 3])
                for channel in 0..<3 {
                    buffer[3 * pixel + channel] = colour(ink: 255 - Int(inks[4 * pixel + channel]), light: light)
                }
            }
            count = buffer.count
        }
    }

    /// The colour that `ink`, from 0 to 255, leaves of the `light` that black ink leaves: `(1 - ink / 255) light`, rounded in
    /// Pillow's way.
    static func colour(ink: Int, light: Int) -> UInt8 {
        let product = ink * light + 128
        return UInt8(max(0, light - (product >> 8 + product) >> 8))
    }
}
