internal import CPNG
internal import Diagnostics

/// One PNG file to decode (PNG specification, third edition, W3C 2025), with libpng.
struct PNGDecoder {
    let bytes: UnsafeRawBufferPointer
    let name: String

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: signature)
    }

    /// Returns the picture, upright by its EXIF or XMP orientation.
    func picture() throws(Problem) -> Picture {
        // Signature, then IHDR with its length of 13: width and height stand at fixed places.
        guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8) else {
            throw ImageDecoder.damaged(name, "a PNG file begins with a header chunk")
        }
        let width = bytes.bigEndian32(at: 16)
        let height = bytes.bigEndian32(at: 20)
        // Deflate shrinks to a 1032nd at best, and a byte holds up to eight pixels.
        try ImageDecoder.check(width: width, height: height, mostPixelsPerByte: 8 * 1032, byteCount: bytes.count, name: name)

        var message = [CChar](repeating: 0, count: Int(VITRINE_PNG_MESSAGE))
        var succeeded = false
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
            succeeded =
                vitrine_png_read(
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, UInt32(width), UInt32(height),
                    buffer.baseAddress, &message) == 1
            count = succeeded ? buffer.count : 0
        }
        guard succeeded else {
            throw ImageDecoder.damaged(name, "libpng says: \(message.text)")
        }
        return Picture(width: width, height: height, pixels: pixels).upright(from: orientation())
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
