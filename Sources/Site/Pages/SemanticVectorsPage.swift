import Run

/// Where semantic vectors lie: two maps, one straight (principal axes), one bent (t-SNE).
struct SemanticVectorsPage {
    let context: SiteContext
    let content: TemplateContent

    /// Writes the page; false where there is nothing to draw.
    func write() throws -> Bool {
        let palette = ClassPalette(classes: context.content.network.classCount)
        let map = SemanticMap(content: content, palette: palette)
        let writer = SVGWriter()
        func drawing(_ kind: SemanticMap.Kind, _ id: String) -> Markup? {
            map.scene(kind, side: 480, textSize: 11, className: context.content.className).map { writer.element($0, id: id, style: "scene wide") }
        }
        let principal = drawing(.principal, "principal")
        let embedded = drawing(.embedded, "embedded")
        guard principal != nil || embedded != nil else { return false }
        let explained = content.layer.explainedVariance.flatMap { $0.count == 2 ? $0.reduce(0, +) : nil }
        let classes = Set(map.templates.compactMap { content.classOf($0.index) }).sorted()
        try context.write(
            "semantic-vectors",
            [
                "layer": content.name, "layerPage": "\(content.folder)/index.html", "noun": content.noun,
                "channels": Number.count(content.layer.channels, "channel"),
                "principal": principal, "embedded": embedded, "explained": explained.map(Number.percent),
                "isPart": map.templates.count < content.count, "shown": Number.grouped(map.templates.count),
                "count": Number.count(content.count, content.noun), "hasOwners": content.hasOwners,
                "isNumbered": map.templates.count <= SemanticMap.numbered,
                "legend": classes.prefix(200).map { index -> Fields in
                    ["class": context.classLink(index), "swatch": writer.ornament(palette.swatch(index), style: "swatch")]
                }, "hasLegend": !classes.isEmpty, "table": "\(content.folder)/templates.csv",
            ], to: "\(content.folder)/semantics/index.html", title: "\(content.name) · semantic vectors", section: .distillation)
        return true
    }
}
