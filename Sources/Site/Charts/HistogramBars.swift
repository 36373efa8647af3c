import Glibc
import Run

/// A unit's histogram as bars from the left: negative bins of falling magnitude, zero, positive ones, a step each.
struct HistogramBars {
    struct Bar {
        var count: Int
        /// The ends of its bin, as they are printed.
        var from: String
        var to: String
    }

    let bars: [Bar]
    /// Which of them is exactly zero.
    let zero: Int
    /// Where numbers stand, in steps from the left, those that matter most first.
    let ticks: [(place: Double, label: String)]
    /// Where the mark lies, in steps from the left; nil for none.
    let mark: Double?

    /// - Parameter mark: a value that is to lie within the bars.
    init(_ histogram: Histogram, mark value: Float?) {
        let markBin = value.flatMap(Self.bin)
        var positive = Self.extent(histogram.positive)
        if let markBin {
            positive = positive.map { min($0.lowerBound, markBin)...max($0.upperBound, markBin) } ?? markBin...markBin
        }
        let negative = Self.extent(histogram.negative)
        var bars: [Bar] = []
        for k in (negative.map { Array($0) } ?? []).reversed() {
            bars.append(Bar(count: histogram.negative[k] ?? 0, from: "−" + Self.edge(k + 1), to: "−" + Self.edge(k)))
        }
        let zero = bars.count
        bars.append(Bar(count: histogram.zero, from: "0", to: "0"))
        for k in positive.map({ Array($0) }) ?? [] { bars.append(Bar(count: histogram.positive[k] ?? 0, from: Self.edge(k), to: Self.edge(k + 1))) }
        var ticks = [(place: Double(zero) + 0.5, label: "0")]
        if let positive {
            ticks += Self.decades(positive).map { (place: Double(zero + 1 - positive.lowerBound) + $0.place, label: $0.label) }
        }
        if let negative { ticks += Self.decades(negative).map { (place: Double(negative.upperBound + 1) - $0.place, label: "−" + $0.label) } }
        (self.bars, self.zero, self.ticks) = (bars, zero, ticks)
        if let value, let markBin, let positive {
            let fraction = min(1, max(0, log2(Double(value)) * 4 - Double(markBin)))
            mark = Double(zero + 1 + markBin - positive.lowerBound) + fraction
        } else {
            mark = nil
        }
    }

    var largest: Int { bars.map(\.count).max() ?? 0 }

    /// The bin that a positive value falls into; nil for others.
    private static func bin(_ value: Float) -> Int? {
        guard value.isFinite, value > 0 else { return nil }
        let k = Int(floor(log2(Double(value)) * 4))
        return min(max(k, Histogram.range.lowerBound), Histogram.range.upperBound)
    }

    private static func extent(_ bins: [Int: Int]) -> ClosedRange<Int>? {
        let keys = bins.keys.filter(Histogram.range.contains)
        guard let low = keys.min(), let high = keys.max() else { return nil }
        return low...high
    }

    /// The powers of ten within the bins, or 1, 2 and 5 times them where there are few, with their places in bins.
    private static func decades(_ bins: ClosedRange<Int>) -> [(place: Double, label: String)] {
        let low = Double(bins.lowerBound)
        let high = Double(bins.upperBound + 1)
        let factors = high - low > 40 ? [1.0] : [1.0, 2, 5]
        return factors.flatMap { factor in (-7...7).map { factor * pow(10, Double($0)) } }
            .map { (place: log2($0) * 4, label: Number.plain($0)) }
            .filter { $0.place >= low && $0.place <= high }
    }

    private static func edge(_ k: Int) -> String { Number.short(exp2(Double(k) / 4)) }
}
