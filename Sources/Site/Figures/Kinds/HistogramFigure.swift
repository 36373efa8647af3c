import Run

/// How strongly a unit answers to the real images, and to its prototype.
enum HistogramFigure: FigureKind {
    static let kind = "histogram", summary = "how strongly a unit answers to the real images"
    static let keys: Set<FigureRequest.Key> = [.layer, .units]

    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        let layer = try source.layer(with: "unit", remedy: "`vitrine report` with --layers looks at layers.") { !$0.statistics.units.isEmpty }
        let unit = try source.oneUnit(of: layer)
        let prototype = layer.prototypes[unit.unit]
        let panel = HistogramPanel(histogram: unit.histogram, mark: prototype?.trust.activation)
        let height = min(source.width * 0.62, 190)
        var scene = panel.scene(width: source.width, height: height, text: source.text, type: source.type)
        let name = "unit \(unit.unit) of \(PlainText.clipped(layer.name, to: 60))"
        scene.title = "Activations of \(name)"
        scene.description = "Of \(Number.count(unit.histogram.count, "image")), \(Number.grouped(unit.histogram.zero)) leave the unit at zero; the largest "
            + "activation is \(Number.short(unit.maximum))."
        let mark = prototype.map { " Line: its activation on its prototype, \(Number.short($0.trust.activation))." } ?? ""
        return FigureContent(
            name: FigureSource.fileName(kind, layer: layer.name, [String(unit.unit)]), scene: scene,
            caption: "Strongest activation of \(name) of \(source.run.network.displayName) in each of \(Number.count(unit.histogram.count, "real image")); "
                + "\(HistogramPanel(histogram: unit.histogram, mark: nil).words). \(Number.percent(unit.activeImages)) of the images activate it.\(mark)",
            numbers: HistogramPanel.numbers(unit.histogram), request: request)
    }
}
