/// Sixteen channels of a position, as buffers in blocks hold them.
typealias Lane = SIMD16<Float>

extension UnsafeMutablePointer<Float> {
    /// The same memory as blocks of sixteen. The address must be a multiple of 64 bytes.
    var lanes: UnsafeMutablePointer<Lane> { UnsafeMutableRawPointer(self).assumingMemoryBound(to: Lane.self) }
}

extension UnsafePointer<Float> {
    /// The same memory as blocks of sixteen. The address must be a multiple of 64 bytes.
    var lanes: UnsafePointer<Lane> { UnsafeRawPointer(self).assumingMemoryBound(to: Lane.self) }
}

/// Exponential and logarithm of sixteen numbers at once, to within two units in the last place: the polynomials of Cephes
/// (Moshier 1992, `expf.c` and `logf.c`).
enum VectorExponential {
    /// Adding it to a number of small magnitude leaves that number rounded in the low bits of the sum.
    private static let rounder: Float = 12_582_912
    private static let rounderBits = UInt32(0x4B40_0000)

    /// `e^x`. Zero below -87.3, where float32 has no normal number left; numbers above 88.3 count as 88.3; NaN stays NaN.
    @inline(__always)
    static func exp(_ argument: Lane) -> Lane {
        var x = argument
        x.replace(with: Lane(repeating: -87.3), where: x .< -87.3)
        x.replace(with: Lane(repeating: 88.3), where: x .> 88.3)
        let rounded = x * 1.442_695_04 + rounder
        let n = rounded - rounder
        // ln 2 in two parts, so that the product with the whole number is exact.
        let r = x - n * 0.693_359_375 + n * 2.121_944_40e-4
        var y = r * 1.987_569_15e-4 + 1.398_199_950_7e-3
        y = y * r + 8.333_451_907_3e-3
        y = y * r + 4.166_579_589_4e-2
        y = y * r + 1.666_666_545_9e-1
        y = y * r + 5.000_000_120_1e-1
        y = y * (r * r) + r + 1
        let power = (unsafeBitCast(rounded, to: SIMD16<UInt32>.self) &<< 23) &+ (127 << 23)
        y *= unsafeBitCast(power, to: Lane.self)
        return y.replacing(with: Lane(repeating: 0), where: argument .< -87.3)
    }

    /// The natural logarithm of normal positive numbers; arbitrary for others.
    @inline(__always)
    static func log(_ x: Lane) -> Lane {
        // The mantissa between sqrt(1/2) and sqrt(2), and the exponent that goes with it.
        let bits = unsafeBitCast(x, to: SIMD16<UInt32>.self)
        let exponent = (bits &- 0x3F35_04F3) & 0xFF80_0000
        let mantissa = unsafeBitCast(bits &- exponent, to: Lane.self)
        let whole = unsafeBitCast(SIMD16<Int32>(truncatingIfNeeded: exponent) &>> 23, to: SIMD16<UInt32>.self)
        let e = unsafeBitCast(whole &+ rounderBits, to: Lane.self) - rounder
        let m = mantissa - 1
        var y = m * 7.037_683_629_2e-2 - 1.151_461_031_0e-1
        y = y * m + 1.167_699_874_0e-1
        y = y * m - 1.242_014_084_6e-1
        y = y * m + 1.424_932_278_7e-1
        y = y * m - 1.666_805_766_5e-1
        y = y * m + 2.000_071_476_5e-1
        y = y * m - 2.499_999_399_3e-1
        y = y * m + 3.333_333_117_4e-1
        let square = m * m
        y = y * m * square + e * -2.121_944_40e-4 - square * 0.5
        return m + y + e * 0.693_359_375
    }
}
