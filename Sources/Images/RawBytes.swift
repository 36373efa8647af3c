extension UnsafeRawBufferPointer {
    /// The unsigned 16-bit number at `offset`, most significant byte first.
    func bigEndian16(at offset: Int) -> Int {
        Int(self[offset]) << 8 | Int(self[offset + 1])
    }

    /// The unsigned 32-bit number at `offset`, most significant byte first.
    func bigEndian32(at offset: Int) -> Int {
        bigEndian16(at: offset) << 16 | bigEndian16(at: offset + 2)
    }

    /// The unsigned 16-bit number at `offset`, least significant byte first.
    func littleEndian16(at offset: Int) -> Int {
        Int(self[offset]) | Int(self[offset + 1]) << 8
    }

    /// The unsigned 32-bit number at `offset`, least significant byte first.
    func littleEndian32(at offset: Int) -> Int {
        littleEndian16(at: offset) | littleEndian16(at: offset + 2) << 16
    }

    /// The `index`th value of `bits` bits (1, 2, 4 or 8) of a row that begins at `start`, the highest bits of a byte first.
    func sample(_ index: Int, of bits: Int, at start: Int) -> UInt8 {
        let position = index * bits
        return self[start + position >> 3] >> UInt8(8 - bits - position & 7) & UInt8(truncatingIfNeeded: 1 << bits - 1)
    }
}

extension [CChar] {
    /// The text before the first zero, from a C library's message buffer.
    var text: String {
        String(decoding: prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
