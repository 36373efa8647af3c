import Diagnostics

/// The dictionary at the head of a `.npy` file, a Python literal:
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NumPyHeader {
    /// Byte order, kind and size: `<f4`.
    private(set) var type = ""
    private(set) var isColumnMajor = false
    private(set) var dimensions: [Int] = []

    /// - Throws: `Problem` if the header holds anything else.
    init(_ reader: ByteReader) throws {
        var reader = reader
        let text = try reader.bytes(reader.remaining)
        var scanner = Scanner(text: text, reader: reader)
        var missing: Set = ["descr", "fortran_order", "shape"]
        try scanner.expect("{")
        while !scanner.accept("}") {
            let key = try scanner.string()
            guard missing.remove(key) != nil else { throw scanner.damaged("has an unknown or repeated entry '\(key)'") }
            try scanner.expect(":")
            switch key {
            case "descr":
                guard scanner.next == UInt8(ascii: "'") || scanner.next == UInt8(ascii: "\"") else {
                    throw scanner.damaged("describes a structured array, which is not read")
                }
                type = try scanner.string()
            case "fortran_order": isColumnMajor = try scanner.boolean()
            default: dimensions = try scanner.tuple()
            }
            if !scanner.accept(",") {
                try scanner.expect("}")
                break
            }
        }
        guard missing.isEmpty, scanner.next == nil else { throw scanner.damaged("is incomplete or goes on after its end") }
    }

    private struct Scanner {
        let text: [UInt8]
        let reader: ByteReader
        var position = 0

        func damaged(_ what: String) -> Problem { reader.damaged(what) }

        /// The next byte that is not white space; nil at the end.
        var next: UInt8? {
            mutating get {
                while position < text.count, text[position] == 0x20 || text[position] == 0x0A || text[position] == 0x09 {
                    position += 1
                }
                return position < text.count ? text[position] : nil
            }
        }

        mutating func accept(_ character: Character) -> Bool {
            guard let byte = next, byte == character.asciiValue else { return false }
            position += 1
            return true
        }

        mutating func expect(_ character: Character) throws {
            guard accept(character) else { throw damaged("lacks a '\(character)'") }
        }

        mutating func string() throws -> String {
            guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
                throw damaged("lacks a string")
            }
            let start = position + 1
            guard let end = text[start...].firstIndex(of: quote),
                let string = String(validating: text[start..<end], as: UTF8.self)
            else {
                throw damaged("has an unfinished string")
            }
            position = end + 1
            return string
        }

        mutating func boolean() throws -> Bool {
            _ = next
            for (word, value) in [("True", true), ("False", false)] where text[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return value
            }
            throw damaged("lacks True or False")
        }

        mutating func tuple() throws -> [Int] {
            try expect("(")
            var values: [Int] = []
            while !accept(")") {
                _ = next
                let digits = text[position...].prefix { (0x30...0x39).contains($0) }
                guard let text = String(validating: digits, as: UTF8.self), let value = Int(text) else {
                    throw damaged("has an impossible shape")
                }
                values.append(value)
                position = digits.endIndex
                _ = accept("L")  // written by Python 2
                if !accept(",") {
                    try expect(")")
                    break
                }
            }
            return values
        }
    }
}
