/// Intervals of 95 % for shares.
enum Interval95 {
    /// The quantile of the normal distribution.
    static let quantile = 1.959963984540054

    /// Of a share: `successes` of `count` (Wilson 1927, "Probable inference"). Successes need not be whole: the mean of values in [0, 1] varies
    /// at most as much as that of as many coins.
    static func ofShare(_ successes: Double, of count: Int) -> (lower: Double, upper: Double) {
        guard count > 0 else { return (0, 1) }
        let n = Double(count), share = successes / n, z2 = quantile * quantile
        let centre = share + z2 / (2 * n)
        let half = quantile * (share * (1 - share) / n + z2 / (4 * n * n)).squareRoot()
        return (max(0, (centre - half) / (1 + z2 / n)), min(1, (centre + half) / (1 + z2 / n)))
    }

    /// Of the change of a share on the same things: of `count`, `before` were right, `lost` of them are no longer, and `gained` others are now
    /// (Newcombe 1998, "Improved confidence intervals for the difference between binomial proportions based on paired data", method 10).
    static func ofChange(before: Int, lost: Int, gained: Int, of count: Int) -> (lower: Double, upper: Double) {
        guard count > 0 else { return (-1, 1) }
        let n = Double(count), first = Double(before), second = Double(before - lost + gained)
        let (a, b, c, d) = (Double(before - lost), Double(lost), Double(gained), Double(count - before - gained))
        let (l1, u1) = ofShare(first, of: count), (l2, u2) = ofShare(second, of: count)
        let (p1, p2) = (first / n, second / n)
        let margins = (a + b) * (c + d) * (a + c) * (b + d)
        var phi = 0.0
        if margins > 0 {
            let cross = a * d - b * c
            // With a correction for continuity where the two go together.
            phi = (cross > n / 2 ? cross - n / 2 : cross >= 0 ? 0 : cross) / margins.squareRoot()
        }
        func side(_ x: Double, _ y: Double) -> Double { max(0, x * x - 2 * phi * x * y + y * y).squareRoot() }
        return (p2 - p1 - side(p2 - l2, u1 - p1), p2 - p1 + side(u2 - p2, p1 - l1))
    }

    /// Of the mean of `count` values with that sum and sum of squares, by the normal approximation; nil for fewer than two.
    static func ofMean(sum: Double, squares: Double, count: Int) -> (lower: Double, upper: Double)? {
        guard count > 1 else { return nil }
        let n = Double(count), mean = sum / n
        let half = quantile * (max(0, squares / n - mean * mean) / (n - 1)).squareRoot()
        return (mean - half, mean + half)
    }
}
