/// Grey values of more than 8 bits on their way to 8.
struct DeepGrey: Equatable {
    /// How the values are stored, for a remark: "16 bits".
    let storage: String
    /// The number of bits shown: the value `1 << bits` and those above are white.
    let bits: Int
    /// The greatest value.
    private(set) var greatest = 0

    init(storage: String, bits: Int) {
        self.storage = storage
        self.bits = bits
    }

    /// Returns the shade of `value`, from 0 to 255: its highest 8 of `bits`. Values below zero are black.
    mutating func shade(_ value: Int) -> UInt8 {
        if value > greatest { greatest = value }
        return UInt8(min(255, max(0, value >> (bits - 8))))
    }
}
