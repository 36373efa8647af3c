extension UnsafeRawBufferPointer {
    /// The unsigned 16-bit number at `offset`, most significant byte first.
    func bigEndian16(at offset: Int) -> Int {
        Int(self[offset]) << 8 | Int(self[offset + 1])
    }

    /// The unsigned 32-bit number at `offset`, most significant byte first.
    func bigEndian32(at offset: Int) -> Int {
        bigEndian16(at: offset) << 16 | bigEndian16(at: offset + 2)
    }
}

extension [CChar] {
    /// The text before the first zero, from a C library's message buffer.
    var text: String {
        String(decoding: prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
