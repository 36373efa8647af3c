import Run

/// A concept of a layer: what a unit's card says of a unit, said of a direction among the layer's channels.
struct ConceptPage {
    let context: SiteContext
    let layer: LayerContent
    let concepts: LayerConcepts
    let concept: LayerConcepts.Concept

    private var content: Card { Card(concept, of: layer, in: context) }

    func write() throws {
        let places = concepts.concepts.map(\.index)
        let place = places.firstIndex(of: concept.index) ?? 0
        func neighbour(_ place: Int) -> Fields? {
            guard places.indices.contains(place) else { return nil }
            return ["index": String(places[place]), "href": layer.page(ofConcept: places[place])]
        }
        var fields = try content.fields()
        fields.add([
            "layer": layer.name, "layerPage": "\(layer.folder)/index.html", "index": String(concept.index),
            "previous": neighbour(place - 1), "next": neighbour(place + 1),
            "importance": Number.percent(concept.importance), "error": Number.percent(concepts.reconstructionError),
            "images": Number.grouped(concepts.images), "windows": Number.grouped(concepts.windows), "side": String(concepts.side),
            "channels": channels, "hasChannels": !channels.isEmpty,
        ])
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
        let content = content
        if let prototype = content.prototype, let path = try context.prototypePath(prototype, at: content.picturePath) {
            fields["picture"] = context.picture(path, alt: "", .small)
        } else if let first = concept.references.first, let path = try context.imagePath(first.image) {
            fields["picture"] = context.picture(path, alt: "", .small)
            fields["isReal"] = true
        }
        return fields
    }
}
