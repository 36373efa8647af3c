internal import CPNG
internal import Diagnostics

/// One PNG file to decode (PNG specification, third edition, W3C 2025), with libpng.
struct PNGDecoder: ImageFormat {
    static let kind = "PNG"
    static let endings: Set<String> = ["png"]

    let bytes: UnsafeRawBufferPointer
    let name: String

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: signature)
    }

    func image(_ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        // Signature, then IHDR with its length of 13: width and height stand at fixed places.
        guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8) else {
            throw ImageDecoder.damaged(name, "a PNG file begins with a header chunk")
        }
        let width = bytes.bigEndian32(at: 16)
        let height = bytes.bigEndian32(at: 20)
        // Deflate shrinks to a 1032nd at best, and a byte holds up to eight pixels.
        try ImageDecoder.check(width: width, height: height, mostPixelsPerByte: 8 * 1032, byteCount: bytes.count, name: name)

        // Bit depth and kind of colour.
        if bytes[24] == 16, bytes[25] == 0 {
            var deep = DeepGrey(storage: "16 bits", bits: decoding.greyBits ?? 16)
            let samples = try samples(2, width: width, height: height)
            let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
                samples.withUnsafeBytes { samples in
                    for index in 0..<(width * height) {
                        let shade = deep.shade(samples.bigEndian16(at: 2 * index))
                        for channel in 0..<3 { buffer[3 * index + channel] = shade }
                    }
                }
                count = buffer.count
            }
            return DecodedImage(picture: Picture(width: width, height: height, pixels: pixels), orientation: orientation(), deepGrey: deep)
        }
        let pixels = try samples(3, width: width, height: height)
        return DecodedImage(picture: Picture(width: width, height: height, pixels: pixels), orientation: orientation())
    }

    /// Returns three bytes a pixel, or the two of 16-bit grey.
    private func samples(_ pixelBytes: Int, width: Int, height: Int) throws(Problem) -> [UInt8] {
        var message = [CChar](repeating: 0, count: Int(VITRINE_PNG_MESSAGE))
        var succeeded = false
        let samples = [UInt8](unsafeUninitializedCapacity: pixelBytes * width * height) { buffer, count in
            succeeded =
                vitrine_png_read(
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, UInt32(width), UInt32(height),
                    Int32(pixelBytes), buffer.baseAddress, &message) == 1
            count = succeeded ? buffer.count : 0
        }
        guard succeeded else {
            throw ImageDecoder.damaged(name, "libpng says: \(message.text)")
        }
        return samples
    }

    /// Returns the orientation of an eXIf chunk, else of uncompressed XMP. Compressed text is left alone.
    private func orientation() -> Orientation {
        var exif: Orientation?
        var xmp: Orientation?
        var offset = 8
        while offset + 12 <= bytes.count {
            let length = bytes.bigEndian32(at: offset)
            guard length <= bytes.count - offset - 12 else { break }
            let data = UnsafeRawBufferPointer(rebasing: bytes[(offset + 8)..<(offset + 8 + length)])
            let kind = bytes[(offset + 4)..<(offset + 8)]
            if kind.elementsEqual("eXIf".utf8) {
                exif = Orientation(exif: data) ?? exif
            } else if kind.elementsEqual("iTXt".utf8), data.starts(with: "XML:com.adobe.xmp\0\0".utf8) {
                xmp = Orientation(xmp: data) ?? xmp
            }
            offset += 12 + length
        }
        return exif ?? xmp ?? .upright
    }
}
