import Diagnostics

/// A cursor over a range of a file. Every step is checked: reading past the end is a `Problem`, never a trap.
struct ByteReader {
    let file: MappedFile
    let end: Int
    /// The next byte's place in the file.
    private(set) var position: Int
    /// What is being read, as it stands in a sentence: `the pickle`.
    private(set) var subject: String

    /// `range` lies within the file.
    init(_ file: MappedFile, range: Range<Int>, subject: String) {
        precondition(range.lowerBound >= 0 && range.upperBound <= file.count, "a range outside the file")
        self.file = file
        self.subject = subject
        position = range.lowerBound
        end = range.upperBound
    }

    /// The same place in the file under another name.
    func named(_ subject: String) -> ByteReader {
        var reader = self
        reader.subject = subject
        return reader
    }

    var remaining: Int { end - position }

    func damaged(_ what: String) -> Problem { file.damaged("\(subject) \(what)") }

    /// The range of the next `count` bytes, which are passed over.
    /// - Throws: `Problem` if fewer remain.
    mutating func take(_ count: Int) throws -> Range<Int> {
        guard count >= 0, count <= remaining else {
            throw damaged("ends early: \(count) bytes expected at byte \(position), \(remaining) are left")
        }
        defer { position += count }
        return position..<position + count
    }

    mutating func byte() throws -> UInt8 { try integer(UInt8.self) }

    /// The next byte, not passed over; nil at the end.
    func peek() -> UInt8? {
        position < end ? file.withBytes(in: position..<position + 1) { $0[0] } : nil
    }

    /// The next little-endian integer.
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws -> Value {
        let range = try take(MemoryLayout<Value>.size)
        return file.withBytes(in: range) { Value(littleEndian: $0.loadUnaligned(as: Value.self)) }
    }

    /// The next little-endian unsigned integer of `size` bytes as a count or offset.
    mutating func length<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws -> Int {
        let value = try integer(type)
        guard let length = Int(exactly: value), length >= 0 else {
            throw damaged("states an impossible length, \(value), at byte \(position - MemoryLayout<Value>.size)")
        }
        return length
    }

    mutating func bytes(_ count: Int) throws -> [UInt8] {
        let range = try take(count)
        return file.withBytes(in: range) { Array($0) }
    }

    /// The next `count` bytes as UTF-8 text.
    mutating func text(_ count: Int) throws -> String {
        let range = try take(count)
        guard let text = file.withBytes(in: range, { String(validating: $0, as: UTF8.self) }) else {
            throw damaged("holds text at byte \(range.lowerBound) that is not UTF-8")
        }
        return text
    }

    /// The text up to the next line feed, which is passed over but not returned.
    mutating func line(limit: Int) throws -> String {
        let window = position..<position + min(limit, remaining)
        guard let length = file.withBytes(in: window, { $0.firstIndex(of: 0x0A) }) else {
            throw damaged("holds an unfinished line at byte \(position)")
        }
        let text = try text(length)
        _ = try take(1)
        return text
    }
}
