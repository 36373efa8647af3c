/// One header of a tar file, 512 bytes (POSIX.1-2001, pax interchange format; GNU tar manual, *Basic Tar Format*).
struct TarHeader {
    enum Kind {
        case file
        /// GNU's: what follows is the name of the next member.
        case longName
        /// What follows are records about the next member.
        case paxRecords
        case globalRecords
        /// Folders, links, devices.
        case other
    }

    static let size = 512

    let kind: Kind
    let name: [UInt8]
    /// Of what follows, in bytes; nil for a number that makes no sense.
    let contentSize: Int?

    /// Nil when the checksum is wrong.
    init?(_ block: [UInt8]) {
        // The sum of all bytes, those of the sum itself taken as blanks.
        let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
        guard block.count == Self.size, Self.number(block[148..<156]) == sum else { return nil }
        switch block[156] {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = .file
        case UInt8(ascii: "L"): kind = .longName
        case UInt8(ascii: "x"): kind = .paxRecords
        case UInt8(ascii: "g"): kind = .globalRecords
        default: kind = .other
        }
        let last = Array(block[0..<100].prefix { $0 != 0 })
        // GNU's headers, "ustar" and a blank, have other things in the place of the prefix.
        let prefix = block[257..<263].elementsEqual("ustar\0".utf8) ? Array(block[345..<500].prefix { $0 != 0 }) : []
        name = prefix.isEmpty ? last : prefix + [UInt8(ascii: "/")] + last
        // Links and folders have no content, whatever they say.
        contentSize = (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(block[156]) ? 0 : Self.number(block[124..<136])
    }

    /// Octal digits between blanks and zeros, or GNU's binary numbers of 95 bits, marked by the highest bit.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            let bytes = [first & 0x7F] + field.dropFirst()
            guard bytes.dropLast(7).allSatisfy({ $0 == 0 }) else { return nil }
            return bytes.suffix(7).reduce(0) { $0 << 8 | Int($1) }
        }
        let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }

    /// The path and the size in pax records, `LENGTH KEY=VALUE` and an end of line each. What makes no sense ends them.
    static func paxRecords(_ content: [UInt8]) -> (path: [UInt8]?, size: Int?) {
        var path: [UInt8]?
        var size: Int?
        var rest = content[...]
        while let blank = rest.firstIndex(of: 0x20), let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
            length > blank - rest.startIndex + 1, length <= rest.count
        {
            let record = rest[(blank + 1)..<(rest.startIndex + length - 1)]
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = Array(record[(equals + 1)...])
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": path = value
            case "size": size = Int(String(decoding: value, as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
            default: break
            }
        }
        return (path, size)
    }
}
