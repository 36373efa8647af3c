internal import CWebP
internal import Diagnostics

/// One WebP file to decode (RFC 9649), with libwebp; of an animation its first frame, on black.
struct WebPDecoder: ImageFormat {
    static let kind = "WebP"
    static let endings: Set<String> = ["webp"]

    let bytes: UnsafeRawBufferPointer
    let name: String

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 16 && bytes.starts(with: "RIFF".utf8) && bytes[8..<15].elementsEqual("WEBPVP8".utf8)
    }

    func image(_ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        var data = WebPData(bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: bytes.count)
        // The parts are found and checked, nothing is decoded yet.
        guard let parts = WebPDemux(&data) else { throw ImageDecoder.damaged(name, "libwebp finds no whole picture in it") }
        defer { WebPDemuxDelete(parts) }
        let width = Int(WebPDemuxGetI(parts, WEBP_FF_CANVAS_WIDTH))
        let height = Int(WebPDemuxGetI(parts, WEBP_FF_CANVAS_HEIGHT))
        // A lossless picture of one colour needs no bits at all for a pixel.
        try ImageDecoder.check(width: width, height: height, mostPixelsPerByte: .max, byteCount: bytes.count, name: name)

        var frame = WebPIterator()
        guard WebPDemuxGetFrame(parts, 1, &frame) != 0 else { throw ImageDecoder.damaged(name, "it has no first frame") }
        defer { WebPDemuxReleaseIterator(&frame) }
        let (x, y) = (Int(frame.x_offset), Int(frame.y_offset))
        guard x >= 0, y >= 0, frame.width > 0, frame.height > 0, x + Int(frame.width) <= width, y + Int(frame.height) <= height else {
            throw ImageDecoder.damaged(name, "its first frame is not within the picture")
        }
        let fills = Int(frame.width) == width && Int(frame.height) == height
        var decoded = false
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
            if !fills { buffer.initialize(repeating: 0) }
            let start = 3 * (y * width + x)
            // Opacity is left out, not blended, when three channels are asked for.
            decoded =
                WebPDecodeRGBInto(
                    frame.fragment.bytes, frame.fragment.size, buffer.baseAddress.map { $0 + start }, buffer.count - start, Int32(3 * width))
                != nil
            count = decoded ? buffer.count : 0
        }
        guard decoded else { throw ImageDecoder.damaged(name, "libwebp cannot decode it") }
        return DecodedImage(picture: Picture(width: width, height: height, pixels: pixels), orientation: orientation(parts))
    }

    private func orientation(_ parts: OpaquePointer) -> Orientation {
        func chunk<Value>(_ kind: String, _ read: (UnsafeRawBufferPointer) -> Value?) -> Value? {
            var found = WebPChunkIterator()
            guard WebPDemuxGetChunk(parts, kind, 1, &found) != 0 else { return nil }
            defer { WebPDemuxReleaseChunkIterator(&found) }
            return read(UnsafeRawBufferPointer(start: found.chunk.bytes, count: found.chunk.size))
        }
        let exif = chunk("EXIF") { data in
            // Some writers begin it as a JPEG segment begins.
            Orientation(exif: data.starts(with: "Exif\0\0".utf8) ? UnsafeRawBufferPointer(rebasing: data.dropFirst(6)) : data)
        }
        return exif ?? chunk("XMP ") { Orientation(xmp: $0) } ?? .upright
    }
}
