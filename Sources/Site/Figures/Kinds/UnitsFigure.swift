import Run

/// Prototypes of a layer's units in a grid, each with its number and the class it answers to most.
enum UnitsFigure: FigureKind {
    static let kind = "units", summary = "prototypes of a layer's units in a grid"
    static let keys: Set<FigureRequest.Key> = [.layer, .units]
    /// Shown where nobody chooses.
    private static let usual = 12

    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        let layer = try source.layer(with: "prototype of a unit", remedy: "`vitrine report` with --units makes them: all, 0-15, layer1:3.") {
            !$0.prototypes.isEmpty
        }
        let chosen = try source.chosenUnits(of: layer) ?? Array(layer.prototypes.keys.sorted().prefix(usual))
        let lacking = chosen.filter { layer.prototypes[$0] == nil }
        guard lacking.isEmpty else { throw noPrototype(lacking, of: layer) }
        var pictures = FigurePictures(), cells: [PictureGrid.Cell] = []
        var numbers = ["layer,unit,activation,multiple_of_largest,percentile,top_class,top_class_mean,selectivity,seed"]
        let units = Dictionary(layer.statistics.units.map { ($0.unit, $0) }) { first, _ in first }
        let hasClasses = chosen.contains { !(units[$0]?.topClasses(1) ?? []).isEmpty }
        for number in chosen {
            guard let prototype = layer.prototypes[number], let unit = units[number] else { continue }
            let picture = try source.picture(prototype.picture).map { try pictures.add($0, "unit-\(number)") }
            let top = unit.topClasses(1).first
            cells.append(.init(picture: picture, lines: ["unit \(number)"] + (hasClasses ? [top.map { source.className($0.index) } ?? "–"] : [])))
            let trust = prototype.trust
            numbers.append(
                "\(PlainText.csv(layer.name)),\(number),\(Number.exact(trust.activation)),\(Number.exact(trust.multipleOfLargest)),"
                    + "\(Number.exact(trust.percentile)),\(PlainText.csv(top.map { source.run.className($0.index) } ?? "")),\(Number.exact(top?.mean)),"
                    + "\(Number.exact(unit.selectivity)),\(prototype.seed)")
        }
        var scene = PictureGrid(cells: cells).scene(width: source.width, text: source.text, type: source.type)
        let name = PlainText.clipped(layer.name, to: 60), known = chosen.compactMap { layer.prototypes[$0] }
        scene.title = "Prototypes of \(Number.count(chosen.count, "unit")) of \(name)"
        scene.description = "Prototypes of units \(chosen.prefix(40).map(String.init).joined(separator: ", "))."
        let holding = known.filter { ($0.trust.multipleOfLargest ?? 0) >= 1 }.count
        return FigureContent(
            name: FigureSource.fileName(kind, layer: layer.name, chosen.count <= 4 ? chosen.map(String.init) : []), scene: scene,
            caption: "Prototypes of units of \(name) of \(source.run.network.displayName), each matched to the feature distributions of "
                + "the real images\(layer.hasWindows ? " (windows)" : "") that activate it most\(PrototypeWords.references(known)) "
                + "(\(PrototypeWords.steps(known)))."
                + (hasClasses ? " Below each: the class with its highest mean activation." : "")
                + (holding == 0 ? " None" : " \(holding) of \(known.count)")
                + " exceed\(holding == 1 || holding == 0 ? "s its" : " their") unit’s maximum over the real images.",
            numbers: PlainText.csvFile(numbers), pictures: pictures.bytes, request: request,
            remarks: FigureSource.missing(cells.filter { $0.picture == nil }.count))
    }

    static func noPrototype(_ units: [Int], of layer: LayerContent) -> FigureFault {
        let list = units.prefix(8).map { "\(PlainText.clipped(layer.name, to: 120)):\($0)" }.joined(separator: ",")
        let isOne = units.count == 1
        return FigureFault(
            .units, "the run has no prototype of unit\(isOne ? "" : "s") \(units.prefix(8).map(String.init).joined(separator: ", "))"
                + (units.count > 8 ? " and \(units.count - 8) others" : "") + " of \(PlainText.clipped(layer.name, to: 120))",
            remedy: "`vitrine report` with --units \(list) makes \(isOne ? "it" : "them").")
    }
}

extension LayerContent {
    /// True where prototypes are matched to windows of images.
    var hasWindows: Bool { prototypes.values.contains { $0.references.contains { $0.window != nil } } }
}
