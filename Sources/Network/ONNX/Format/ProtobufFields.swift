import Diagnostics

/// The fields of one protocol-buffer message, one after the other, straight from a mapped file: what is not asked for is
/// passed over without being copied (encoding: protobuf.dev, "Encoding").
struct ProtobufFields {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        /// Text, bytes, a message inside or packed numbers: their place in the file.
        case bytes(Range<Int>)
    }

    private var reader: ByteReader

    /// `range` lies within the file; `subject` is what the message is, as it stands in a sentence: `the graph`.
    init(_ file: MappedFile, range: Range<Int>, subject: String) {
        reader = ByteReader(file, range: range, subject: subject)
    }

    /// The next field; nil at the end.
    /// - Throws: `Problem` if the bytes are no field, or one that reaches past the message's end.
    mutating func next() throws -> (number: Int, value: Value)? {
        guard reader.remaining > 0 else { return nil }
        let start = reader.position
        let tag = try reader.varint()
        guard let number = Int(exactly: tag >> 3), number > 0, number < 1 << 29 else {
            throw reader.damaged("holds an impossible field number at byte \(start)")
        }
        switch tag & 7 {
        case 0: return (number, .varint(try reader.varint()))
        case 1: return (number, .fixed64(try reader.integer(UInt64.self)))
        case 2:
            let length = try reader.varint()
            guard length <= UInt64(reader.remaining) else {
                throw reader.damaged(
                    "ends early: field \(number) at byte \(start) states \(length) bytes, \(reader.remaining) are left")
            }
            return (number, .bytes(try reader.take(Int(length))))
        case 5: return (number, .fixed32(try reader.integer(UInt32.self)))
        default: throw reader.damaged("holds a field of unknown kind \(tag & 7) at byte \(start)")
        }
    }

    func damaged(_ what: String) -> Problem { reader.damaged(what) }
}

extension ByteReader {
    /// The next base-128 integer, seven bits a byte, lowest first.
    mutating func varint() throws -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = try byte()
            if shift == 63, byte > 1 { break }
            result |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return result }
        }
        throw damaged("holds an integer of more than 64 bits before byte \(position)")
    }
}
