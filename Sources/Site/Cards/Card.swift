import Run

/// What the card of a unit or a concept is about: what its sections speak of.
struct Card {
    let context: SiteContext
    let layer: LayerContent
    let target: Prototype.Target
    /// What it does on real images.
    let statistics: LayerStatistics.Unit
    /// Nil where none was made.
    let prototype: Prototype?
    /// As within the layer: `unit 3`.
    let name: String
    /// As among all layers: `unit 3 of layer2`.
    let subject: String
    /// The place of its page and pictures in the site.
    let folder: String
    /// As a BibTeX key, and as a name for downloads: `layer2-3`.
    let key: String

    var picturePath: String { "\(folder)/prototype.png" }

    /// Where its numbers are for programs; nil for a concept.
    var recordPath: String? {
        guard case .unit = target else { return nil }
        return "\(folder)/unit.json"
    }

    /// The card of a layer's unit.
    init(_ unit: LayerStatistics.Unit, of layer: LayerContent, in context: SiteContext) {
        self.context = context
        self.layer = layer
        statistics = unit
        target = .unit(layer: layer.name, unit: unit.unit)
        prototype = layer.prototypes[unit.unit]
        name = "unit \(unit.unit)"
        subject = "unit \(unit.unit) of \(layer.name)"
        folder = "\(layer.folder)/\(unit.unit)"
        key = "\(layer.key)-\(unit.unit)"
    }

    /// The card of a layer's concept.
    init(_ concept: LayerConcepts.Concept, of layer: LayerContent, in context: SiteContext) {
        self.context = context
        self.layer = layer
        statistics = concept.statistics
        target = .concept(layer: layer.name, index: concept.index)
        prototype = layer.conceptPrototypes[concept.index]
        name = "concept \(concept.index) of \(layer.name)"
        subject = name
        folder = "\(layer.folder)/concepts/\(concept.index)"
        key = "\(layer.key)-concept-\(concept.index)"
    }

    /// The fields of all its sections.
    func fields() throws -> Fields {
        var fields = Fields()
        for section in CardSections.all { fields.add(try section.fields(of: self)) }
        return fields
    }
}
