/// CRC-32 as ZIP archives use it (ISO 3309; polynomial 0xEDB88320 reflected), eight bytes a step with eight tables
/// (Kounavis and Berry 2005). Written here because it is thirty lines; the archives need nothing else of zlib.
enum CyclicRedundancyCheck {
    /// `tables[k * 256 + b]`: the check of byte `b` followed by `k` zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0xEDB8_8320 }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()

    /// The CRC-32 of `bytes`: 0xCBF43926 for the ASCII digits 1 to 9, 0 for nothing.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var state: UInt32 = 0xFFFF_FFFF
            var position = 0
            while bytes.count - position >= 8 {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ UInt64(state)
                var next: UInt32 = 0
                for lane in 0..<8 {
                    next ^= tables[(7 - lane) * 256 + Int(truncatingIfNeeded: (word >> UInt64(8 * lane)) & 0xFF)]
                }
                state = next
                position += 8
            }
            while position < bytes.count {
                state = (state >> 8) ^ tables[Int((state ^ UInt32(bytes[position])) & 0xFF)]
                position += 1
            }
            return ~state
        }
    }
}
