internal import Diagnostics

/// One BMP file to decode (Microsoft, *Bitmap Storage*): 1, 4 and 8 bits with a palette, plain or run-length encoded, 16, 24 and
/// 32 bits. A fourth channel is left out. Data that end early are damage, as to Pillow.
struct BMPDecoder: ImageFormat {
    static let kind = "BMP"
    static let endings: Set<String> = ["bmp"]

    let bytes: UnsafeRawBufferPointer
    let name: String

    private enum Compression: Int {
        case none, runs8, runs4, masks
    }

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 16 && bytes.starts(with: "BM".utf8)
    }

    func image(_ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        DecodedImage(picture: try picture(), orientation: .upright)
    }

    private func picture() throws(Problem) -> Picture {
        guard bytes.count >= 26 else { throw ImageDecoder.damaged(name, "it ends within its header") }
        let headerSize = bytes.littleEndian32(at: 14)
        guard [12, 40, 52, 56, 64, 108, 124].contains(headerSize), 14 + headerSize <= bytes.count else {
            throw ImageDecoder.damaged(name, "its header has a length of \(headerSize) bytes")
        }
        let isOld = headerSize == 12
        let width = isOld ? bytes.littleEndian16(at: 18) : bytes.littleEndian32(at: 18)
        let signedHeight = isOld ? bytes.littleEndian16(at: 20) : Int(Int32(truncatingIfNeeded: bytes.littleEndian32(at: 22)))
        let height = abs(signedHeight)
        let bits = bytes.littleEndian16(at: isOld ? 24 : 28)
        let number = isOld ? 0 : bytes.littleEndian32(at: 30)
        guard let compression = Compression(rawValue: number), [1, 4, 8, 16, 24, 32].contains(bits),
            compression != .runs8 || bits == 8, compression != .runs4 || bits == 4, compression != .masks || bits >= 16
        else {
            throw Problem(
                "\(name) is a BMP file of a kind that is not read: \(bits) bits, compression \(number)",
                explanation: "1, 4, 8, 16, 24 and 32 bits are read, and run lengths of 4 and 8 bits",
                remedy: "convert it to PNG, or take it out of the data set")
        }
        // Two bytes of a run stand for up to 255 pixels, an end of a line for the rest of it.
        let runs = compression == .runs8 || compression == .runs4
        try ImageDecoder.check(
            width: width, height: height, mostPixelsPerByte: runs ? width : max(1, 8 / bits), byteCount: bytes.count, name: name)

        var start = 14 + headerSize
        var masks = bits == 16 ? [0x7C00, 0x3E0, 0x1F] : [0xFF0000, 0xFF00, 0xFF]
        if compression == .masks {
            // In the header from its second version on, else behind it.
            guard start + 12 <= bytes.count || headerSize > 40 else { throw ImageDecoder.damaged(name, "it ends within its header") }
            let stored = (0..<3).map { bytes.littleEndian32(at: 54 + 4 * $0) }
            if headerSize == 40 { start += 12 }
            if stored.contains(where: { $0 != 0 }) { masks = stored }
        }
        let palette = bits <= 8 ? palette(at: start, size: isOld ? 3 : 4, isOld: isOld, bits: bits) : nil
        start = bytes.littleEndian32(at: 10)
        if start == 0 { start = palette.map { $0.end } ?? 14 + headerSize }
        guard start <= bytes.count else { throw ImageDecoder.damaged(name, "it ends before its picture") }
        let data = UnsafeRawBufferPointer(rebasing: bytes[start...])

        let pixels: [UInt8]
        if let palette {
            let indices = runs ? try unrolled(data, width: width, height: height, nibbles: bits == 4) : try rows(of: data, width, height, bits)
            pixels = palette.colours.colours(of: indices)
        } else {
            pixels = try colours(of: data, width: width, height: height, bits: bits, masks: masks)
        }
        let picture = Picture(width: width, height: height, pixels: pixels)
        return signedHeight < 0 ? picture : picture.upright(from: .bottomLeft)
    }

    private func palette(at start: Int, size: Int, isOld: Bool, bits: Int) -> (colours: Palette, end: Int) {
        let declared = isOld ? 0 : bytes.littleEndian32(at: 46)
        let count = declared == 0 ? 1 << bits : declared
        var palette = Palette()
        for index in 0..<min(count, 1 << bits) where start + size * index + 3 <= bytes.count {
            let place = start + size * index
            palette[index] = RGB(bytes[place + 2], bytes[place + 1], bytes[place])
        }
        return (palette, start + size * count)
    }

    /// Returns the indices of rows of 1, 4 or 8 bits, each row padded to four bytes.
    private func rows(of data: UnsafeRawBufferPointer, _ width: Int, _ height: Int, _ bits: Int) throws(Problem) -> [UInt8] {
        let stride = (width * bits + 31) / 32 * 4
        guard stride * (height - 1) + (width * bits + 7) / 8 <= data.count else { throw ImageDecoder.damaged(name, "its picture ends early") }
        return [UInt8](unsafeUninitializedCapacity: width * height) { buffer, count in
            for y in 0..<height {
                for x in 0..<width { buffer[y * width + x] = data.sample(x, of: bits, at: y * stride) }
            }
            count = buffer.count
        }
    }

    /// Returns the indices that run lengths of 8 bits, or of 4, stand for. What is left out is 0.
    private func unrolled(_ data: UnsafeRawBufferPointer, width: Int, height: Int, nibbles: Bool) throws(Problem) -> [UInt8] {
        var indices = [UInt8](repeating: 0, count: width * height)
        var (offset, next) = (0, 0)
        func nibble(_ byte: UInt8, _ number: Int) -> UInt8 { !nibbles ? byte : number % 2 == 0 ? byte >> 4 : byte & 15 }
        while next < indices.count {
            guard offset + 2 <= data.count else { throw ImageDecoder.damaged(name, "its picture ends early") }
            let (first, second) = (Int(data[offset]), data[offset + 1])
            offset += 2
            let left = width - next % width
            switch (first, second) {
            case (1..., _):
                // A run does not go over the end of its row.
                for number in 0..<min(first, left) { indices[next + number] = nibble(second, number) }
                next += min(first, left)
            case (_, 0):
                if next % width != 0 { next += left }
            case (_, 1):
                return indices
            case (_, 2):
                guard offset + 2 <= data.count else { throw ImageDecoder.damaged(name, "its picture ends early") }
                next += Int(data[offset]) + Int(data[offset + 1]) * width
                offset += 2
            default:
                let count = min(Int(second), indices.count - next)
                let stored = nibbles ? (count + 1) / 2 : count
                guard offset + stored <= data.count else { throw ImageDecoder.damaged(name, "its picture ends early") }
                for number in 0..<count { indices[next + number] = nibble(data[offset + (nibbles ? number / 2 : number)], number) }
                next += count
                offset += stored + stored % 2
            }
        }
        return indices
    }

    /// Returns the colours of pixels of 16, 24 or 32 bits, of which the masks choose red, green and blue.
    private func colours(of data: UnsafeRawBufferPointer, width: Int, height: Int, bits: Int, masks: [Int]) throws(Problem) -> [UInt8] {
        let stride = (width * bits + 31) / 32 * 4
        let size = bits / 8
        guard stride * (height - 1) + width * size <= data.count else { throw ImageDecoder.damaged(name, "its picture ends early") }
        let channels = masks.map { mask in
            let shift = mask == 0 ? 0 : mask.trailingZeroBitCount
            return (mask: mask, shift: shift, largest: max(1, mask >> shift))
        }
        return [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
            for y in 0..<height {
                for x in 0..<width {
                    let place = y * stride + x * size
                    var value = data.littleEndian16(at: place)
                    for byte in 2..<max(2, size) { value |= Int(data[place + byte]) << (8 * byte) }
                    for (channel, from) in channels.enumerated() {
                        buffer[3 * (y * width + x) + channel] = UInt8((value & from.mask) >> from.shift * 255 / from.largest)
                    }
                }
            }
            count = buffer.count
        }
    }
}
