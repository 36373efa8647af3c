import Glibc
import Run

/// The total loss over the steps of an optimisation.
enum LossCurve {
    static func chart(_ points: [Prototype.CurvePoint], id: String, subject: String) -> Markup? {
        let points = points.filter { $0.loss.isFinite }
        guard points.count > 1, let first = points.first, let last = points.last, last.step > first.step else { return nil }
        let isLogarithmic = points.allSatisfy { $0.loss > 0 }
        func value(_ loss: Float) -> Double { isLogarithmic ? log10(Double(loss)) : Double(loss) }
        let values = points.map { value($0.loss) }
        var low = values.min() ?? 0
        var high = values.max() ?? 1
        if isLogarithmic {
            low = floor(low)
            high = ceil(high)
        }
        if high <= low { high = low + 1 }
        var drawing = Drawing(width: 380, height: 200)
        let axes = Axes(drawing)
        func x(_ step: Int) -> Double { axes.left + Double(step - first.step) / Double(last.step - first.step) * axes.width }
        func y(_ value: Double) -> Double { axes.bottom - (value - low) / (high - low) * (axes.height - 12) }
        let spacing = isLogarithmic ? max(1, ceil((high - low) / 4)) : (high - low) / 4
        let marks = stride(from: low, through: high + 1e-9, by: spacing)
        axes.draw(
            in: &drawing, x: "step", y: isLogarithmic ? "loss (log scale)" : "loss",
            xTicks: [first.step, (first.step + last.step) / 2, last.step].map { (x($0), Number.grouped($0)) },
            yTicks: marks.map { (y($0), Number.short(isLogarithmic ? pow(10, $0) : $0)) })
        drawing.polyline(zip(points, values).map { (x($0.step), y($1)) }, "curve")
        return drawing.element(
            id: id, title: "Loss of \(subject)",
            description:
                "From \(Number.short(first.loss)) at step \(first.step) to \(Number.short(last.loss)) at step \(last.step).")
    }
}
