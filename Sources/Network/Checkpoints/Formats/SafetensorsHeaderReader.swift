import Diagnostics

/// Reads the JSON of a safetensors header (RFC 8259), token by token. A parser of our own rather than Foundation's,
/// because the order of the tensors and repeated names must be seen, and nothing here nests.
struct SafetensorsHeaderReader {
    private var reader: ByteReader

    init(_ reader: ByteReader) { self.reader = reader }

    func damaged(_ what: String) -> Problem { reader.damaged("\(what) at byte \(reader.position)") }

    /// Passes over white space and returns the next byte, which stays.
    private mutating func next() throws -> UInt8? {
        while let byte = reader.peek() {
            guard byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return byte }
            _ = try reader.take(1)
        }
        return nil
    }

    private mutating func accept(_ character: Character) throws -> Bool {
        guard let byte = try next(), byte == character.asciiValue else { return false }
        _ = try reader.take(1)
        return true
    }

    private mutating func expect(_ character: Character) throws {
        guard try accept(character) else { throw damaged("lacks a '\(character)'") }
    }

    /// Reads an object and hands each key to `body`, which reads the value.
    mutating func object(_ body: (_ key: String, _ reader: inout SafetensorsHeaderReader) throws -> Void) throws {
        try expect("{")
        if try accept("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try body(key, &self)
        } while try accept(",")
        try expect("}")
    }

    /// Reads an array of at most `limit` whole numbers from 0 to the largest `Int`.
    mutating func integers(limit: Int) throws -> [Int] {
        try expect("[")
        var values: [Int] = []
        if try accept("]") { return values }
        repeat {
            guard values.count < limit else { throw damaged("has a list of more than \(limit) numbers") }
            values.append(try integer())
        } while try accept(",")
        try expect("]")
        return values
    }

    private mutating func integer() throws -> Int {
        _ = try next()
        var value = 0
        var digits = 0
        while let byte = reader.peek(), (0x30...0x39).contains(byte) {
            let (tens, multiplied) = value.multipliedReportingOverflow(by: 10)
            let (sum, added) = tens.addingReportingOverflow(Int(byte - 0x30))
            guard !multiplied, !added else { throw damaged("has a number beyond 64 bits") }
            value = sum
            digits += 1
            _ = try reader.take(1)
        }
        guard digits > 0 else { throw damaged("lacks a whole number") }
        return value
    }

    /// Reads a string with its escapes.
    mutating func string() throws -> String {
        try expect("\"")
        var bytes: [UInt8] = []
        while true {
            let byte = try reader.byte()
            switch byte {
            case 0x22:
                guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged("has text that is not UTF-8") }
                return text
            case 0x5C:
                let escape = try reader.byte()
                switch escape {
                case 0x22, 0x5C, 0x2F: bytes.append(escape)
                case 0x62: bytes.append(0x08)
                case 0x66: bytes.append(0x0C)
                case 0x6E: bytes.append(0x0A)
                case 0x72: bytes.append(0x0D)
                case 0x74: bytes.append(0x09)
                case 0x75: bytes.append(contentsOf: Array(String(Character(try escapedScalar())).utf8))
                default: throw damaged("has an unknown escape")
                }
            case 0x00..<0x20: throw damaged("has a control character in text")
            default: bytes.append(byte)
            }
        }
    }

    private mutating func escapedScalar() throws -> Unicode.Scalar {
        var value = try hexadecimal()
        if (0xD800..<0xDC00).contains(value), try reader.byte() == 0x5C, try reader.byte() == 0x75 {
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else { throw damaged("has half a character") }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw damaged("has half a character") }
        return scalar
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try reader.byte())).hexDigitValue else {
                throw damaged("has an unknown escape")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// - Throws: `Problem` unless only white space is left.
    mutating func finish() throws {
        guard try next() == nil else { throw damaged("goes on after its end") }
    }
}
