import Run

/// How strongly a unit answered to the real images: counts over quarter octaves, on logarithmic scales.
enum ActivationHistogram {
    /// The chart.
    ///
    /// - Parameter mark: the unit's activation on its prototype, drawn as a line if given.
    static func chart(_ histogram: Histogram, mark: Float?, id: String, unit: String) -> Markup {
        var drawing = Drawing(width: 380, height: 220)
        let axes = Axes(drawing)
        let model = HistogramBars(histogram, mark: mark)
        let scale = axes.logarithmic(upTo: model.largest)
        let step = axes.width / Double(max(model.bars.count, 8))
        // Labels need room; zero keeps its own.
        var xTicks: [(at: Double, label: String)] = []
        for tick in model.ticks {
            let at = axes.left + tick.place * step
            if xTicks.allSatisfy({ abs($0.at - at) > 34 }) { xTicks.append((at, tick.label)) }
        }
        axes.draw(
            in: &drawing, x: "maximum activation in an image (log scale)", y: "images (log scale)",
            xTicks: xTicks, yTicks: scale.ticks)
        for (index, bar) in model.bars.enumerated() where bar.count > 0 {
            let height = scale.height(bar.count)
            let range = index == model.zero ? "exactly 0" : "\(bar.from) to \(bar.to)"
            drawing.rectangle(
                axes.left + Double(index) * step + 0.5, axes.bottom - height, max(step - 1, 1), height,
                index == model.zero ? "fill quiet" : "fill",
                hint: "\(range): \(Number.count(bar.count, "image"))")
        }
        if let mark, let place = model.mark {
            let x = axes.left + place * step
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
}
