/// Counts over bins that need no range beforehand: quarter octaves of the magnitude, for either sign, and a bin for zero.
///
/// Bin `k` of the positive side holds values in `[2^(k/4), 2^((k+1)/4))`; `k` runs from -80 (about 1e-6) to 79 (about 1e6)
/// and the outermost bins take whatever lies beyond. Only bins that are not empty are kept.
public struct Histogram: Codable, Sendable, Equatable {
    public static let range = -80...79

    public var zero: Int
    /// Keyed by `k`.
    public var positive: [Int: Int]
    /// Keyed by `k` of the magnitude.
    public var negative: [Int: Int]

    public init(zero: Int = 0, positive: [Int: Int] = [:], negative: [Int: Int] = [:]) {
        self.zero = zero
        self.positive = positive
        self.negative = negative
    }

    public var count: Int { zero + positive.values.reduce(0, +) + negative.values.reduce(0, +) }
}
