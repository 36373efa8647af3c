import Foundation

/// A seeded stream of random numbers that gives the same values on every machine.
///
/// The generator is xoshiro256++ (Blackman and Vigna, 2019), seeded through SplitMix64. Independent streams are made
/// by name: `RandomSource(seed: 7, stream: "class/3")` does not depend on how many other streams there are or in which
/// order they are used, which is what lets a batch of prototypes equal the same prototypes made one by one.
public struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)
    private var spare: Float?

    public init(seed: UInt64, stream: String = "") {
        // FNV-1a over the name, mixed into the seed: stable across processes, unlike Swift's own hashing.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in stream.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        var mixer = seed ^ hash
        func next() -> UInt64 {
            mixer &+= 0x9e37_79b9_7f4a_7c15
            var z = mixer
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
        state = (next(), next(), next(), next())
    }

    public mutating func next() -> UInt64 {
        let result = Self.rotate(state.0 &+ state.3, 23) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, 45)
        return result
    }

    private static func rotate(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }

    /// A value from the uniform distribution on [0, 1).
    public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A whole number from `range`, each with equal probability.
    public mutating func integer(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// A value from the standard normal distribution (Box and Muller, 1958).
    public mutating func normal() -> Float {
        if let value = spare {
            spare = nil
            return value
        }
        // 1 - u lies in (0, 1], so that the logarithm is finite.
        let radius = (-2 * Foundation.log(1 - Double(uniform()))).squareRoot()
        let angle = 2 * Double.pi * Double(uniform())
        spare = Float(radius * Foundation.sin(angle))
        return Float(radius * Foundation.cos(angle))
    }
}
