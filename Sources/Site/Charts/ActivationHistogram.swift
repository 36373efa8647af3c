import Glibc
import Run

/// How strongly a unit answered to the real images: counts over quarter octaves, on logarithmic scales.
enum ActivationHistogram {
    /// The chart.
    ///
    /// - Parameter mark: the unit's activation on its prototype, drawn as a line if given.
    static func chart(_ histogram: Histogram, mark: Float?, id: String, unit: String) -> Markup {
        var drawing = Drawing(width: 440, height: 220)
        let axes = Axes(drawing)
        let markBin = mark.flatMap(bin)
        var positive = extent(histogram.positive)
        if let markBin {
            positive = positive.map { min($0.lowerBound, markBin)...max($0.upperBound, markBin) } ?? markBin...markBin
        }
        // Bins from the left: negative ones of falling magnitude, zero, positive ones; `offset` is where zero lies.
        var positions: [(count: Int, from: String, to: String)] = []
        var ticks: [(Int, String)] = []
        if let negative = extent(histogram.negative) {
            for k in negative.reversed() {
                if k % 4 == 0 { ticks.append((positions.count + 1, "−" + edge(k))) }
                positions.append((histogram.negative[k] ?? 0, "−" + edge(k + 1), "−" + edge(k)))
            }
        }
        let zero = positions.count
        positions.append((histogram.zero, "0", "0"))
        if let positive {
            for k in positive {
                if k % 4 == 0 { ticks.append((positions.count, edge(k))) }
                positions.append((histogram.positive[k] ?? 0, edge(k), edge(k + 1)))
            }
        }
        let largest = positions.map(\.count).max() ?? 0
        let scale = axes.logarithmic(upTo: largest)
        let step = axes.width / Double(max(positions.count, 8))
        let stride = max(1, (ticks.count + 6) / 7)
        let xTicks = ticks.enumerated().filter { $0.offset % stride == stride / 2 && abs($0.element.0 - zero) > 2 }
            .map { (at: axes.left + Double($0.element.0) * step, label: $0.element.1) }
        axes.draw(
            in: &drawing, x: "strongest activation in an image (log scale)", y: "images (log scale)",
            xTicks: [(at: axes.left + (Double(zero) + 0.5) * step, label: "0")] + xTicks, yTicks: scale.ticks)
        for (index, bar) in positions.enumerated() where bar.count > 0 {
            let height = scale.height(bar.count)
            let range = index == zero ? "exactly 0" : "\(bar.from) to \(bar.to)"
            drawing.rectangle(
                axes.left + Double(index) * step + 0.5, axes.bottom - height, max(step - 1, 1), height, index == zero ? "fill quiet" : "fill",
                hint: "\(range): \(Number.count(bar.count, "image"))")
        }
        if let mark, let markBin, let positive {
            let fraction = min(1, max(0, log2(Double(mark)) * 4 - Double(markBin)))
            let x = axes.left + (Double(zero + 1 + markBin - positive.lowerBound) + fraction) * step
            drawing.line(x, axes.top + 12, x, axes.bottom, "mark")
            let isRight = x > axes.left + axes.width * 0.6
            drawing.text(x + (isRight ? -5 : 5), axes.top + 20, "prototype \(Number.short(mark))", isRight ? .end : .start, style: "label marked")
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

    private static func edge(_ k: Int) -> String { Number.short(exp2(Double(k) / 4)) }
}
