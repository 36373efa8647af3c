import Run

/// The units of a layer as points: near ones go together. Every point is drawn; those of one part of the units are links.
struct UnitMap {
    /// Links on one page, which keeps it light.
    static let linked = 150
    /// Numbers beside points up to so many.
    private static let numbered = 120

    let similarity: LayerSimilarity
    private let placed: [(unit: Int, x: Double, y: Double)]

    init(_ similarity: LayerSimilarity) {
        self.similarity = similarity
        placed = similarity.units.compactMap { unit in
            guard let place = unit.place, place.count == 2, place.allSatisfy(\.isFinite) else { return nil }
            return (unit.unit, Double(place[0]), Double(place[1]))
        }
    }

    static func hasPlaces(_ similarity: LayerSimilarity) -> Bool { similarity.units.contains { $0.place?.count == 2 } }

    /// Units on the map.
    var count: Int { placed.count }
    /// Parts of all units, those that are not on the map among them.
    var parts: Int { max(1, (similarity.units.count + Self.linked - 1) / Self.linked) }

    func units(of part: Int) -> ArraySlice<LayerSimilarity.Unit> { similarity.units.dropFirst(part * Self.linked).prefix(Self.linked) }
    func part(of unit: Int) -> Int { unit / Self.linked }

    /// The chart with the units of `part`, counted from 0, as links. `hint` is what a pointer that rests on one is told.
    func chart(_ part: Int, id: String, title: String, up: String, hint: (Int) -> String) -> Markup? {
        let side = 640.0, margin = 24.0
        guard let left = placed.map(\.x).min(), let right = placed.map(\.x).max(), let bottom = placed.map(\.y).min(),
            let top = placed.map(\.y).max()
        else { return nil }
        // One scale for both axes: distances mean something.
        let scale = (side - 2 * margin) / max(right - left, top - bottom, .leastNormalMagnitude)
        let height = min(side, (top - bottom) * scale + 2 * margin)
        func x(_ value: Double) -> Double { side / 2 + (value - (left + right) / 2) * scale }
        func y(_ value: Double) -> Double { height / 2 - (value - (bottom + top) / 2) * scale }
        var drawing = Drawing(width: side, height: height)
        let byUnit = Dictionary(placed.map { ($0.unit, $0) }) { first, _ in first }
        for pair in similarity.redundant.pairs where pair.units.count == 2 {
            guard let from = byUnit[pair.units[0]], let to = byUnit[pair.units[1]] else { continue }
            drawing.line(x(from.x), y(from.y), x(to.x), y(to.y), "tie")
        }
        let own = Set(units(of: part).map(\.unit))
        drawing.dots(placed.filter { !own.contains($0.unit) }.map { (x($0.x), y($0.y)) }, "dots")
        for point in placed where own.contains(point.unit) {
            drawing.link("\(up)\(point.unit)/index.html", name: hint(point.unit)) {
                $0.disc(x(point.x), y(point.y), placed.count > 300 ? 4 : 6, "fill")
                if placed.count <= Self.numbered { $0.text(x(point.x) + 8, y(point.y) + 4, String(point.unit), .start) }
            }
        }
        return drawing.group(
            id: id, style: "chart map", title: title,
            description: "\(Number.count(placed.count, "unit")); near ones are active in the same images. The table below says the same.")
    }
}
