internal import Diagnostics

/// One PBM, PGM or PPM file to decode (Netpbm, pbm(5), pgm(5), ppm(5)), plain or raw. Of several pictures the first is read.
struct PNMDecoder: ImageFormat {
    static let kind = "PNM"
    static let endings: Set<String> = ["pnm", "pbm", "pgm", "ppm"]

    let bytes: UnsafeRawBufferPointer
    let name: String

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 3 && bytes[0] == UInt8(ascii: "P") && (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[1])
            && (isSpace(bytes[2]) || bytes[2] == UInt8(ascii: "#"))
    }

    func image(_ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        let kind = Int(bytes[1] - UInt8(ascii: "0"))
        let (isPlain, isBitmap, channels) = (kind <= 3, kind % 3 == 1, kind % 3 == 0 ? 3 : 1)
        var offset = 2
        let width = try number(from: &offset, "width"), height = try number(from: &offset, "height")
        let largest = isBitmap ? 1 : try number(from: &offset, "largest value")
        guard (1...65535).contains(largest) else { throw ImageDecoder.damaged(name, "it declares a largest value of \(largest)") }
        try ImageDecoder.check(width: width, height: height, mostPixelsPerByte: 8, byteCount: bytes.count, name: name)

        let count = width * height * channels
        let isWide = largest > 255
        if isPlain {
            // A digit each at least, for others with a blank.
            guard count / (isBitmap ? 1 : 2) <= bytes.count - offset else { throw tooShort }
        } else {
            offset += 1  // One blank ends the header.
            let stored = isBitmap ? (width + 7) / 8 * height : count * (isWide ? 2 : 1)
            guard stored <= bytes.count - offset else { throw tooShort }
        }

        var deep = isWide && channels == 1 ? DeepGrey(storage: "16 bits", bits: decoding.greyBits ?? 16) : nil
        // To 65535 for grey, to 255 for colours, rounded as Python does.
        let scale = deep == nil ? 255.0 : 65535.0
        let table = (0...largest).map { Int((Double($0) / Double(largest) * scale).rounded(.toNearestOrEven)) }
        var values = [UInt8](repeating: 0, count: count)
        for index in 0..<count {
            let value: Int
            switch (isPlain, isBitmap) {
            case (true, true): value = 1 - (try digit(from: &offset))
            case (true, false): value = try number(from: &offset, "value")
            case (false, true): value = 1 - Int(bytes.sample(index % width, of: 1, at: offset + index / width * ((width + 7) / 8)))
            case (false, false): value = isWide ? bytes.bigEndian16(at: offset + 2 * index) : Int(bytes[offset + index])
            }
            guard value <= largest || !isPlain else { throw ImageDecoder.damaged(name, "it holds the value \(value), above its largest of \(largest)") }
            let scaled = table[min(value, largest)]
            values[index] = deep?.shade(scaled) ?? UInt8(scaled)
        }
        let pixels = channels == 3 ? values : Palette.grey.colours(of: values)
        return DecodedImage(picture: Picture(width: width, height: height, pixels: pixels), orientation: .upright, deepGrey: deep)
    }

    private var tooShort: Problem { ImageDecoder.damaged(name, "its picture ends early") }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Moves over blanks, and over comments, which reach to the end of their lines.
    private func skipBlanks(from offset: inout Int) {
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "#") {
                while offset < bytes.count, bytes[offset] != 0x0A, bytes[offset] != 0x0D { offset += 1 }
            } else if Self.isSpace(bytes[offset]) {
                offset += 1
            } else {
                return
            }
        }
    }

    private func number(from offset: inout Int, _ what: String) throws(Problem) -> Int {
        skipBlanks(from: &offset)
        var value = 0
        var digits = 0
        while offset < bytes.count, digits <= 10, (0x30...0x39).contains(bytes[offset]) {
            value = 10 * value + Int(bytes[offset] - 0x30)
            digits += 1
            offset += 1
        }
        guard (1...10).contains(digits), offset == bytes.count || Self.isSpace(bytes[offset]) || bytes[offset] == UInt8(ascii: "#") else {
            throw ImageDecoder.damaged(name, offset == bytes.count ? "it ends early" : "its \(what) is no number")
        }
        return value
    }

    private func digit(from offset: inout Int) throws(Problem) -> Int {
        skipBlanks(from: &offset)
        guard offset < bytes.count else { throw tooShort }
        defer { offset += 1 }
        guard bytes[offset] == 0x30 || bytes[offset] == 0x31 else { throw ImageDecoder.damaged(name, "a plain bitmap holds 0 and 1") }
        return Int(bytes[offset] - 0x30)
    }
}
