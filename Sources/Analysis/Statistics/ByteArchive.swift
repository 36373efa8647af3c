import Diagnostics

/// Numbers one after another as bytes: the state of interrupted work, read back by the same program on the same machine.
struct ByteArchive {
    private(set) var bytes: [UInt8] = []
    private var cursor = 0

    init() {}
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func put<T: BitwiseCopyable>(_ values: [T]) {
        withUnsafeBytes(of: Int64(values.count)) { bytes.append(contentsOf: $0) }
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Int) { put([Int64(value)]) }
    mutating func put(_ text: String) { put(Array(text.utf8)) }

    /// The next array. Throws a `Problem` when the bytes end before it does.
    mutating func take<T: BitwiseCopyable>(_: T.Type = T.self) throws -> [T] {
        let size = MemoryLayout<T>.stride
        guard cursor + 8 <= bytes.count else { throw Self.damaged }
        let count = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: cursor, as: Int64.self) }
        cursor += 8
        guard count >= 0, count <= (bytes.count - cursor) / size else { throw Self.damaged }
        let length = Int(count)
        let result = [T](unsafeUninitializedCapacity: length) { target, filled in
            bytes.withUnsafeBytes { source in
                if length > 0 {
                    UnsafeMutableRawBufferPointer(target).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: source[cursor..<cursor + length * size]))
                }
            }
            filled = length
        }
        cursor += length * size
        return result
    }

    mutating func takeInteger() throws -> Int {
        guard let value = try take(Int64.self).first else { throw Self.damaged }
        return Int(value)
    }

    mutating func takeText() throws -> String { String(decoding: try take(UInt8.self), as: UTF8.self) }

    static var damaged: Problem { Problem("The saved state of the run is damaged") }
}
