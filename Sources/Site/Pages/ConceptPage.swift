import Run

/// A concept of a layer: what a unit's card says of a unit, said of a direction among the layer's channels.
struct ConceptPage {
    let context: SiteContext
    let layer: LayerContent
    let concepts: LayerConcepts
    let concept: LayerConcepts.Concept

    private var folder: String { "\(layer.folder)/concepts/\(concept.index)" }
    private var picturePath: String { "\(folder)/prototype.png" }
    private var subject: String { "concept \(concept.index) of \(layer.name)" }
    private var prototype: Prototype? { layer.conceptPrototypes[concept.index] }

    /// The parts that a concept shares with a unit.
    private var unitParts: UnitPage { UnitPage(context: context, layer: layer, unit: concept.statistics, previous: nil, next: nil) }

    func write() throws {
        let manifest = context.content.manifest
        let top = concept.statistics.topClasses(8)
        let places = concepts.concepts.map(\.index)
        let place = places.firstIndex(of: concept.index) ?? 0
        func neighbour(_ place: Int) -> Fields? {
            guard places.indices.contains(place) else { return nil }
            return ["index": String(places[place]), "href": layer.page(ofConcept: places[place])]
        }
        var fields: Fields = [
            "layer": layer.name, "layerPage": "\(layer.folder)/index.html", "index": String(concept.index),
            "page": layer.page(ofConcept: concept.index), "previous": neighbour(place - 1), "next": neighbour(place + 1),
            "importance": Number.percent(concept.importance), "error": Number.percent(concepts.reconstructionError),
            "images": Number.grouped(concepts.images), "windows": Number.grouped(concepts.windows), "side": String(concepts.side),
            "respondsTo": top.prefix(3).map { context.classLink($0.index) }, "hasRespondsTo": !top.isEmpty,
            "channels": channels, "hasChannels": !channels.isEmpty, "command": manifest.options.command,
            "bibTeX": Citation.bibTeX(
                manifest, subject: "Concept \(concept.index) of \(layer.name)", key: "\(layer.key)-concept-\(concept.index)"),
            "histogram": ActivationHistogram.chart(
                concept.statistics.histogram, mark: prototype?.trust.activation, id: "activations", unit: subject),
            "classBars": unitParts.classBars(top), "hasClassBars": !top.isEmpty,
        ]
        if let prototype {
            if let path = try context.prototypePath(prototype, at: picturePath) {
                fields["prototype"] = context.picture(path, alt: "Prototype of \(subject)", .large, isLazy: false)
                fields["fileName"] = "\(layer.key)-concept-\(concept.index).png"
            }
            fields["trust"] = unitParts.trust(prototype)
            let others = try context.otherSeeds(prototype, of: subject, in: folder)
            fields["otherSeeds"] = others
            fields["hasOtherSeeds"] = !others.isEmpty
            fields["masked"] = try context.masked(prototype, of: subject, in: folder)
            fields["heatMaps"] = try context.heatMaps(prototype, in: folder)
            fields["matching"] = context.matching(prototype)
            fields["lossCurve"] = LossCurve.chart(prototype.lossCurve, id: "loss", subject: "the prototype of \(subject)")
            fields["references"] = prototype.references.isEmpty ? nil : try context.references(prototype, .tiny)
        }
        let strongest = try concept.statistics.strongest.enumerated().compactMap { try unitParts.exemplar($1, rank: $0 + 1) }
        fields["strongest"] = strongest
        fields["hasStrongest"] = !strongest.isEmpty
        try context.write(
            "concept", fields, to: layer.page(ofConcept: concept.index), title: "\(layer.name) · concept \(concept.index)", section: .layers)
    }

    /// The channels that the concept is made of most, with their parts in the direction.
    private var channels: [Fields] {
        let units = Set(layer.statistics.units.map(\.unit))
        let order = concept.direction.indices.sorted { (concept.direction[$1], $0) < (concept.direction[$0], $1) }
        let largest = order.first.map { concept.direction[$0] } ?? 0
        return order.prefix(8).filter { concept.direction[$0] > 0 && units.contains($0) }.map { unit in
            [
                "unit": String(unit), "href": layer.page(of: unit), "value": Number.short(concept.direction[unit]),
                "bar": ShareBar.ornament(concept.direction[unit] / largest, width: 120),
            ]
        }
    }

    /// The concept as a card of its layer's page.
    func card() throws -> Fields {
        var fields: Fields = [
            "index": String(concept.index), "href": layer.page(ofConcept: concept.index), "importance": Number.percent(concept.importance),
            "top": concept.statistics.topClasses(3).map { context.content.className($0.index) }.joined(separator: ", "),
        ]
        if let prototype, let path = try context.prototypePath(prototype, at: picturePath) {
            fields["picture"] = context.picture(path, alt: "", .small)
        } else if let first = concept.references.first, let path = try context.imagePath(first.image) {
            fields["picture"] = context.picture(path, alt: "", .small)
            fields["isReal"] = true
        }
        return fields
    }
}
