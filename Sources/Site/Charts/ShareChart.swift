/// How a quantity in [0, 1] is distributed over the units of a layer, in twenty bins.
enum ShareChart {
    static func chart(_ values: [Float], id: String, title: String, axis: String) -> Markup {
        var bins = [Int](repeating: 0, count: 20)
        for value in values where value.isFinite { bins[min(19, max(0, Int(value * 20)))] += 1 }
        let largest = bins.max() ?? 0
        var drawing = Drawing(width: 380, height: 200)
        let axes = Axes(drawing)
        let top = niceTop(largest)
        let scale = (axes.height - 12) / Double(max(top, 1))
        axes.draw(
            in: &drawing, x: axis, y: "units",
            xTicks: [0, 0.25, 0.5, 0.75, 1].map { (axes.left + $0 * axes.width, Number.coordinate($0)) },
            yTicks: [0, top / 2, top].filter { $0 > 0 }.map { (axes.bottom - Double($0) * scale, Number.grouped($0)) })
        for (index, count) in bins.enumerated() where count > 0 {
            let from = Number.fixed(Double(index) / 20, 2)
            let to = Number.fixed(Double(index + 1) / 20, 2)
            drawing.rectangle(
                axes.left + Double(index) * axes.width / 20 + 1, axes.bottom - Double(count) * scale, axes.width / 20 - 2,
                Double(count) * scale, "fill", hint: "\(from) to \(to): \(Number.count(count, "unit"))")
        }
        let sorted = values.filter(\.isFinite).sorted()
        let median = sorted.isEmpty ? nil : sorted[sorted.count / 2]
        return drawing.element(
            id: id, title: title,
            description: "\(Number.count(sorted.count, "unit"))\(median.map { ", median \(Number.short($0))" } ?? "").")
    }

    /// The next of 2, 4, 10, 20, 40, 100 ...: it and its half are whole.
    private static func niceTop(_ value: Int) -> Int {
        var power = 1
        while power < 1_000_000_000 {
            for factor in [2, 4, 10] where factor * power >= value { return factor * power }
            power *= 10
        }
        return value
    }
}
