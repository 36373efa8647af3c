import Glibc
import Run

/// Lines over places with names: layers, or shares of pixels.
struct LineChart {
    /// A line and what it is called.
    struct Series {
        let name: String
        /// A value a place; where there is none, the line has a gap.
        let values: [Float?]
        /// How it is drawn: `curve`, `real`, `quiet`.
        let style: String
        /// Lowest and highest by place, drawn behind it; empty for none.
        var range: [[Float]?] = []
    }

    /// What the places are called.
    let places: [String]
    /// What the height is.
    let axis: String
    let series: [Series]
    /// Places whose names are shown, where there is room, and whose values are told in words; nil for all.
    var marked: [Int]?

    /// A prototype's rank correlations layer by layer, with real images of its own and of other targets.
    init(_ entry: PathSimilarity.Entry) {
        (places, axis) = (entry.points.map(\.layer), "rank correlation")
        series = [
            Series(name: "other images", values: entry.points.map(\.others), style: "quiet"),
            Series(name: "real images", values: entry.points.map(\.real), style: "real", range: entry.points.map(\.realRange)),
            Series(name: "prototype", values: entry.points.map(\.prototype), style: "curve"),
        ].filter { $0.values.contains { $0 != nil } }
    }

    /// How answers of student and teacher came to agree over training.
    init(_ history: AgreementHistory) {
        // More points than this nobody could tell apart.
        let count = history.epochs.count, points = min(count, 480)
        let epochs = (0..<points).map { history.epochs[points > 1 ? $0 * (count - 1) / (points - 1) : 0] }
        // Round numbers, five at most, besides the first and the last.
        let step = [1, 2, 5].flatMap { digit in [1, 10, 100, 1000, 10_000].map { digit * $0 } }.sorted().first { $0 * 5 >= count } ?? max(1, count)
        let round = stride(from: step, to: count, by: step).compactMap { number in epochs.firstIndex { $0.number >= number } }
        places = epochs.enumerated().map { $0.offset == 0 ? "epoch \($0.element.number)" : Number.grouped($0.element.number) }
        axis = "share of the images"
        marked = Set([0, points - 1] + round).sorted().filter { $0 >= 0 }
        func values(_ value: (AgreementHistory.Epoch) -> Double?) -> [Float?] { epochs.map { value($0).map { Float($0) } } }
        series = [
            Series(name: "teacher right", values: values(\.teacher), style: "quiet"),
            Series(name: "student right", values: values(\.student), style: "real"),
            Series(name: "same class", values: values(\.agreement), style: "curve"),
        ]
    }

    init(places: [String], axis: String, series: [Series]) {
        self.places = places
        self.axis = axis
        self.series = series
    }

    /// From 0, or below it where values are, to 1. Nil where there are fewer than two places, or no values.
    func chart(id: String, title: String) -> Markup? {
        let values = series.flatMap { $0.values.compactMap { $0 } + $0.range.compactMap { $0 }.flatMap { $0 } }.filter(\.isFinite)
        guard places.count > 1, let least = values.min() else { return nil }
        let low = min(0, floor(Double(least) * 4) / 4)
        let rows = 1 + (series.count - 1) / 3
        var drawing = Drawing(width: 380, height: 210 + 18 * Double(rows - 1))
        let axes = Axes(drawing, rows: rows), inset = 26.0
        func x(_ place: Int) -> Double { axes.left + inset + Double(place) / Double(places.count - 1) * (axes.width - 2 * inset) }
        func y(_ value: Float) -> Double { axes.bottom - (Double(value) - low) / (1 - low) * (axes.height - 12) }
        axes.draw(
            in: &drawing, x: "", y: axis, xTicks: ticks(x),
            yTicks: stride(from: low, through: 1, by: low < -0.25 ? 0.5 : 0.25).map { (y(Float($0)), Number.fixed($0, 2)) })
        for line in series { draw(line, x, y, in: &drawing) }
        for (place, line) in series.reversed().enumerated() {
            let left = axes.left + Double(place % 3) * 110, height = axes.bottom + 36 + 18 * Double(place / 3)
            drawing.line(left, height - 4, left + 18, height - 4, line.style)
            drawing.text(left + 23, height, line.name, .start)
        }
        return drawing.element(id: id, title: title, description: description)
    }

    private func draw(_ line: Series, _ x: (Int) -> Double, _ y: (Float) -> Double, in drawing: inout Drawing) {
        let band = line.range.enumerated().compactMap { place, range -> (Int, Float, Float)? in
            guard let range, range.count == 2, range.allSatisfy(\.isFinite) else { return nil }
            return (place, range[0], range[1])
        }
        if band.count > 1 {
            drawing.polygon(band.map { (x($0.0), y($0.1)) } + band.reversed().map { (x($0.0), y($0.2)) }, "band")
        }
        var run: [(x: Double, y: Double)] = []
        for place in 0...line.values.count {
            if place < line.values.count, let value = line.values[place], value.isFinite {
                run.append((x(place), y(value)))
                continue
            }
            if run.count > 1 { drawing.polyline(run, line.style) } else { drawing.dots(run, "dots") }
            run = []
        }
    }

    /// Names that leave room for each other: the first, the last, and those between that fit.
    private func ticks(_ x: (Int) -> Double) -> [(at: Double, label: String)] {
        var ticks: [(at: Double, label: String)] = []
        func width(_ name: String) -> Double { 6.5 * Double(name.count) + 8 }
        for place in [0, places.count - 1] + (marked ?? Array(places.indices)).filter({ (1..<places.count - 1).contains($0) }) {
            let name = places[place].count > 9 ? "…\(places[place].suffix(8))" : places[place]
            guard ticks.allSatisfy({ abs($0.at - x(place)) > (width($0.label) + width(name)) / 2 }) else { continue }
            ticks.append((x(place), name))
        }
        return ticks
    }

    private var description: String {
        (marked ?? Array(places.indices)).map { place in
            "\(places[place]): "
                + series.reversed().compactMap { line in
                    line.values[place].map { "\(line.name) \(Number.correlation($0))" }
                }.joined(separator: ", ")
        }.joined(separator: "; ") + "."
    }
}
