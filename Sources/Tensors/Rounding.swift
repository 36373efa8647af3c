extension Int {
    /// The quotient rounded up. Neither is negative, and the divisor is not zero.
    package func divided(upBy divisor: Int) -> Int { (self + divisor - 1) / divisor }

    /// So many bytes filled up to whole cache lines, so that what lies behind them begins one.
    package var upToCacheLine: Int { divided(upBy: 64) * 64 }
}
