import Foundation
import Run

/// Histograms of many units, filled one value at a time (`Histogram` for the bins).
struct HistogramCounts {
    /// Bins on one side of zero.
    private static let side = Histogram.range.count
    private static let width = 2 * side + 1
    private(set) var counts: [UInt32]

    init(units: Int) { counts = Array(repeating: 0, count: units * Self.width) }

    init?(counts: [UInt32], units: Int) {
        guard counts.count == units * Self.width else { return nil }
        self.counts = counts
    }

    mutating func add(_ value: Float, unit: Int) {
        counts[unit * Self.width + Self.bin(value)] += 1
    }

    /// Adds the counts of as many units.
    mutating func append(_ next: HistogramCounts) {
        for index in counts.indices { counts[index] &+= next.counts[index] }
    }

    /// 0 for zero, then the positive side, then the negative one.
    private static func bin(_ value: Float) -> Int {
        let magnitude = abs(value)
        guard magnitude > 0, magnitude.isFinite else { return 0 }
        // Exact at the edges: quarter octaves from the significand instead of a logarithm; in double precision, since no float32
        // is an edge.
        let significand = Double(magnitude.significand)
        let quarter = significand < 1.189207115002721 ? 0 : significand < 1.414213562373095 ? 1 : significand < 1.681792830507429 ? 2 : 3
        let k = min(max(4 * Int(magnitude.exponent) + quarter, Histogram.range.lowerBound), Histogram.range.upperBound)
        return 1 + k - Histogram.range.lowerBound + (value < 0 ? side : 0)
    }

    func histogram(of unit: Int) -> Histogram {
        var result = Histogram(zero: Int(counts[unit * Self.width]))
        for k in Histogram.range {
            let bin = unit * Self.width + 1 + k - Histogram.range.lowerBound
            if counts[bin] > 0 { result.positive[k] = Int(counts[bin]) }
            if counts[bin + Self.side] > 0 { result.negative[k] = Int(counts[bin + Self.side]) }
        }
        return result
    }
}

extension Histogram {
    /// The share of values below `value`, in [0, 1]: whole bins counted, its own bin in proportion; nil when empty.
    func share(below value: Float) -> Float? {
        guard count > 0 else { return nil }
        func edge(_ k: Int) -> Double { Foundation.pow(2, Double(k) / 4) }
        func part(_ k: Int, _ magnitude: Double) -> Double { min(max((magnitude - edge(k)) / (edge(k + 1) - edge(k)), 0), 1) }
        var below = 0.0
        let magnitude = Double(abs(value))
        for (k, number) in negative {
            // A negative value is below another when its magnitude is larger.
            below += value >= 0 ? Double(number) : Double(number) * (1 - part(k, magnitude))
        }
        if value > 0 {
            below += Double(zero)
            for (k, number) in positive { below += Double(number) * part(k, magnitude) }
        }
        return Float(below / Double(count))
    }
}
