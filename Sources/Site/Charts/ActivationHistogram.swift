import Glibc
import Run

/// How strongly a unit answered to the real images: counts over quarter octaves, on logarithmic scales.
enum ActivationHistogram {
    /// The chart.
    ///
    /// - Parameter mark: the unit's activation on its prototype, drawn as a line if given.
    static func chart(_ histogram: Histogram, mark: Float?, id: String, unit: String) -> Markup {
        var drawing = Drawing(width: 380, height: 220)
        let axes = Axes(drawing)
        let markBin = mark.flatMap(bin)
        var positive = extent(histogram.positive)
        if let markBin {
            positive = positive.map { min($0.lowerBound, markBin)...max($0.upperBound, markBin) } ?? markBin...markBin
        }
        // Bins from the left: negative ones of falling magnitude, zero, positive ones; `offset` is where zero lies.
        var positions: [(count: Int, from: String, to: String)] = []
        if let negative = extent(histogram.negative) {
            for k in negative.reversed() {
                positions.append((histogram.negative[k] ?? 0, "−" + edge(k + 1), "−" + edge(k)))
            }
        }
        let zero = positions.count
        positions.append((histogram.zero, "0", "0"))
        if let positive {
            for k in positive {
                positions.append((histogram.positive[k] ?? 0, edge(k), edge(k + 1)))
            }
        }
        let largest = positions.map(\.count).max() ?? 0
        let scale = axes.logarithmic(upTo: largest)
        let step = axes.width / Double(max(positions.count, 8))
        let zeroAt = axes.left + (Double(zero) + 0.5) * step
        var ticks = [(at: zeroAt, label: "0")]
        if let positive {
            ticks += decades(positive).map {
                (at: axes.left + (Double(zero + 1 - positive.lowerBound) + $0.place) * step, label: $0.label)
            }
        }
        if let negative = extent(histogram.negative) {
            ticks += decades(negative).map {
                (at: axes.left + (Double(negative.upperBound + 1) - $0.place) * step, label: "−" + $0.label)
            }
        }
        // Labels need room; zero keeps its own.
        var xTicks: [(at: Double, label: String)] = []
        for tick in ticks where xTicks.allSatisfy({ abs($0.at - tick.at) > 34 }) { xTicks.append(tick) }
        axes.draw(
            in: &drawing, x: "maximum activation in an image (log scale)", y: "images (log scale)",
            xTicks: xTicks, yTicks: scale.ticks)
        for (index, bar) in positions.enumerated() where bar.count > 0 {
            let height = scale.height(bar.count)
            let range = index == zero ? "exactly 0" : "\(bar.from) to \(bar.to)"
            drawing.rectangle(
                axes.left + Double(index) * step + 0.5, axes.bottom - height, max(step - 1, 1), height,
                index == zero ? "fill quiet" : "fill",
                hint: "\(range): \(Number.count(bar.count, "image"))")
        }
        if let mark, let markBin, let positive {
            let fraction = min(1, max(0, log2(Double(mark)) * 4 - Double(markBin)))
            let x = axes.left + (Double(zero + 1 + markBin - positive.lowerBound) + fraction) * step
            drawing.line(x, axes.top + 12, x, axes.bottom, "mark")
            let isRight = x > axes.left + axes.width * 0.6
            drawing.text(
                x + (isRight ? -5 : 5), axes.top + 20, "prototype \(Number.short(mark))", isRight ? .end : .start,
                style: "label marked")
        }
        return drawing.element(
            id: id, title: "Activations of \(unit) over the real images",
            description: "Of \(Number.count(histogram.count, "image")), \(Number.grouped(histogram.zero)) leave the unit at zero."
                + (mark.map { " The prototype reaches \(Number.short($0))." } ?? ""))
    }

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
