import Run

/// A layer's units in two dimensions: near ones are active in the same images. A mark a unit, of the shape and colour of the class it answers
/// to most, with its number where there is room.
enum UnitMapFigure: FigureKind {
    static let kind = "unit-map", summary = "a layer's units in two dimensions, near ones active in the same images"
    static let keys: Set<FigureRequest.Key> = [.layer, .units]
    /// Classes that colours and shapes tell apart.
    private static let classes = 10

    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        let layer = try source.layer(
            with: "map of its units", remedy: "`vitrine report` over the same run makes one where a layer has three units that differ."
        ) { $0.similarity.map(UnitMap.hasPlaces) ?? false }
        guard let similarity = layer.similarity else { throw FigureFault(.layer, "\(layer.name) has no map of its units") }
        let numbered = try source.chosenUnits(of: layer).map(Set.init)
        let points = similarity.units.compactMap { unit -> (unit: Int, x: Double, y: Double)? in
            guard let place = unit.place, place.count == 2, place.allSatisfy(\.isFinite) else { return nil }
            return (unit.unit, Double(place[0]), Double(place[1]))
        }
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(), let bottom = points.map(\.y).min(), let top = points.map(\.y).max()
        else { throw FigureFault(.layer, "\(layer.name) has no map of its units") }
        let units = Dictionary(layer.statistics.units.map { ($0.unit, $0) }) { first, _ in first }
        let owner = Dictionary(points.map { ($0.unit, units[$0.unit]?.topClasses(1).first?.index) }) { first, _ in first }
        let owners = Set(owner.values.compactMap { $0 }).sorted()
        // Of many classes the ten with most units; the others are grey.
        let counts = Dictionary(grouping: owner.values.compactMap { $0 }) { $0 }.mapValues(\.count)
        let legend = owners.count <= classes
            ? owners : Array(owners.sorted { (counts[$1] ?? 0, $0) < (counts[$0] ?? 0, $1) }.prefix(classes)).sorted()
        let palette = ClassPalette(classes: min(classes, max(legend.count, 1)))
        func colour(_ unit: Int) -> Int? { owner[unit].flatMap { $0 }.flatMap(legend.firstIndex) }

        let text = source.text, width = source.width
        let radius = points.count > 400 ? 1.2 : points.count > 120 ? 1.7 : 2.4, margin = text * 1.6
        // One scale for both axes: distances mean something.
        let across = max(1, width - 2 * margin), down = max(1, width * (width < 300 ? 0.8 : 0.55) - 2 * margin)
        let scale = min(across / max(right - left, .leastNormalMagnitude), down / max(top - bottom, .leastNormalMagnitude))
        let high = max((top - bottom) * scale + 2 * margin, width * 0.3)
        func place(_ point: (unit: Int, x: Double, y: Double)) -> Scene.Point {
            .init(x: width / 2 + (point.x - (left + right) / 2) * scale, y: high / 2 - (point.y - (bottom + top) / 2) * scale)
        }
        let names = ClassLegend(entries: legend.map { source.className($0) }, hasOthers: owners.count > legend.count).scene(
            palette, width: width, text: text, type: source.type)
        var scene = Scene(width: width, height: high + (legend.isEmpty ? 0 : names.height + 4))
        scene.add(.outline(.init(x: 0.25, y: 0.25, width: width - 0.5, height: high - 0.5), .rule, thickness: 0.5))
        let byUnit = Dictionary(points.map { ($0.unit, place($0)) }) { first, _ in first }
        let ties = similarity.redundant.pairs.compactMap { pair -> Scene.Line? in
            guard pair.units.count == 2, let from = byUnit[pair.units[0]], let to = byUnit[pair.units[1]] else { return nil }
            return Scene.Line(from: from, to: to)
        }
        if !ties.isEmpty { scene.add(.lines(ties, .soft, thickness: 0.5)) }
        for point in points {
            let at = place(point)
            palette.draw(colour(point.unit), in: &scene, x: at.x, y: at.y, radius: radius, hint: "unit \(point.unit)")
        }
        var taken = points.map { place($0) }.map { Scene.Box(x: $0.x - radius, y: $0.y - radius, width: 2 * radius, height: 2 * radius) }
        var written = 0
        for point in points where numbered?.contains(point.unit) ?? (points.count <= 300) {
            let at = place(point), words = String(point.unit), length = source.type.width(words, size: text)
            // Right, left, above, below, where nothing else stands.
            let spots = [
                (radius + 1, text * 0.35), (-radius - 1 - length, text * 0.35), (-length / 2, -radius - 1), (-length / 2, radius + 1 + text * 0.72),
            ].map { Scene.Box(x: at.x + $0.0, y: at.y + $0.1 - text * 0.74, width: length, height: text * 0.76) }
            let free = spots.first { box in
                box.x > 1 && box.x + box.width < width - 1 && box.y > 1 && box.y + box.height < high - 1 && !taken.contains { $0.overlaps(box) }
            }
            guard let free else { continue }
            taken.append(free)
            scene.text(words, free.x, free.y + text * 0.74, size: text, .start)
            written += 1
        }
        scene.add(names, x: 0, y: high + 4)
        let name = PlainText.clipped(layer.name, to: 60), all = similarity.units.count
        scene.title = "Map of the units of \(name)"
        scene.description = "\(Number.count(points.count, "unit")); near ones are active in the same images."
        var numbers = ["unit,x,y,top_class"]
        for point in points {
            let top = owner[point.unit].flatMap { $0 }.map(source.run.className) ?? ""
            numbers.append("\(point.unit),\(Number.exact(Float(point.x))),\(Number.exact(Float(point.y))),\(PlainText.csv(top))")
        }
        let others = owners.count > legend.count ? "; dark grey discs: others" : ""
        let marks = legend.isEmpty ? "" : " Colour and shape: the class with the unit’s highest mean activation\(others)."
        let tied = ties.isEmpty ? "" : " Lines join units correlated at \(Number.plain(Double(similarity.redundant.threshold))) or more."
        let wanted = numbered?.count ?? points.count
        return FigureContent(
            name: FigureSource.fileName(kind, layer: layer.name), scene: scene,
            caption: "Units of \(name) of \(source.run.network.displayName) in two dimensions: near ones are active in the same of "
                + "\(Number.count(similarity.images, "image")) (t-SNE of the correlation of mean activations; axes have no unit)."
                + "\(marks)\(tied)\(written > 0 ? " Numbers: units." : "")"
                + (points.count < all ? " \(Number.count(all - points.count, "unit")) that never change are left out." : ""),
            numbers: PlainText.csvFile(numbers), request: request,
            remarks: written > 0 && written < wanted ? ["\(wanted - written) numbers of units have no room; they are in the CSV."] : [])
    }
}

extension Scene.Box {
    fileprivate func overlaps(_ other: Scene.Box) -> Bool {
        x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
    }
}
