import Tensors

extension [UInt8] {
    /// One change of many kinds: a bit, a byte, a number at its limits, bytes that are gone or repeated.
    mutating func damage(_ random: inout RandomSource) {
        guard count > 8 else { return }
        let place = random.integer(in: 0...count - 9)
        switch random.integer(in: 0...6) {
        case 0, 1: self[place] ^= 1 << UInt8(random.integer(in: 0...7))
        case 2: self[place] = UInt8(random.integer(in: 0...255))
        case 3: self[place] = [0, 0x7F, 0x80, 0xFF, 0x28, 0x52, 0x2E][random.integer(in: 0...6)]
        case 4:
            let extremes: [UInt64] = [.max, 1 << 63, 1 << 62, 0xFFFF_FFFF, 0x8000_0000, 0]
            let value = PickleBuilder.little(extremes[random.integer(in: 0...5)])
            let size = [1, 2, 4, 8][random.integer(in: 0...3)]
            replaceSubrange(place..<place + size, with: value.prefix(size))
        case 5: removeSubrange(place..<place + random.integer(in: 1...8))
        default:
            insert(
                contentsOf: self[place..<place + random.integer(in: 1...8)], at: random.integer(in: 0...count - 1))
        }
    }
}
