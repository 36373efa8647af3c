import Run

/// What a run found out about one layer.
struct LayerContent {
    let description: NetworkDescription.Layer
    let key: String
    let statistics: LayerStatistics
    /// Keyed by the unit's number.
    let prototypes: [Int: Prototype]
    /// Nil where none were looked for.
    let concepts: LayerConcepts?
    /// Keyed by the concept's number.
    let conceptPrototypes: [Int: Prototype]
    /// Keyed by the unit's number.
    let lineUps: [Int: LineUp.Question]
    /// How another network answers them; nil where none was asked.
    let judgement: LayerJudgement?
    /// Keyed by the unit's number.
    let judged: [Int: LayerJudgement.Unit]
    /// Words and labels of its units; nil where none were looked for.
    let words: LayerWords?
    let checks: LayerChecks?
    /// Keyed by the unit's number.
    let checked: [Int: [LayerChecks.Check]]
    /// How alike their references are, keyed by the unit's number, and whose eyes tell: nil for the network's own.
    let clarity: (units: [Int: LayerClarity.Unit], judge: Comparison.Network?, random: Int)?
    /// Nil in runs of before.
    let range: LayerRange?
    let similarity: LayerSimilarity?
    let flow: LayerFlow?
    /// Of a layer of directions.
    let directions: LayerDirections?
    let paths: [Prototype.Target: PathSimilarity.Entry]
    /// Keyed by the unit's number; empty where nobody looked for facets.
    let facets: [Int: LayerFacets.Unit]
    let facetLikeness: [Int: FacetLikeness.Unit]

    /// The layer's content, or nil when its statistics are not there yet.
    init?(_ layer: NetworkDescription.Layer, of run: RunFolder) throws {
        guard let statistics = try run.read(LayerStatistics.self, from: .statistics(layer: layer.name)) else { return nil }
        description = layer
        key = RunPath.key(for: layer.name)
        self.statistics = statistics
        var prototypes: [Int: Prototype] = [:]
        for unit in statistics.units {
            prototypes[unit.unit] = try run.read(Prototype.self, from: .prototype(layer: layer.name, unit: unit.unit))
        }
        self.prototypes = prototypes
        concepts = try run.read(LayerConcepts.self, from: .concepts(layer: layer.name))
        var conceptPrototypes: [Int: Prototype] = [:]
        for concept in concepts?.concepts ?? [] {
            conceptPrototypes[concept.index] = try run.read(
                Prototype.self, from: .prototype(.concept(layer: layer.name, index: concept.index)))
        }
        self.conceptPrototypes = conceptPrototypes
        let questions = try run.read(LineUp.self, from: .lineUp(layer: layer.name))?.questions ?? []
        lineUps = Dictionary(questions.map { ($0.unit, $0) }) { first, _ in first }
        judgement = try run.read(LayerJudgement.self, from: .judgement(layer: layer.name))
        judged = Dictionary((judgement?.units ?? []).map { ($0.unit, $0) }) { first, _ in first }
        words = try run.read(LayerWords.self, from: .words(layer: layer.name))
        checks = try run.read(LayerChecks.self, from: .checks(layer: layer.name))
        checked = Dictionary((checks?.units ?? []).map { ($0.unit, $0.checks) }) { first, _ in first }
        clarity = try run.read(LayerClarity.self, from: .clarity(layer: layer.name)).map { clarity in
            (Dictionary(clarity.units.map { ($0.unit, $0) }) { first, _ in first }, clarity.judge, clarity.random)
        }
        range = try run.read(LayerRange.self, from: .range(layer: layer.name))
        similarity = try run.read(LayerSimilarity.self, from: .similarity(layer: layer.name))
        flow = try run.read(LayerFlow.self, from: .flow(layer: layer.name))
        directions = try run.read(LayerDirections.self, from: .directions(layer: layer.name))
        paths = try run.read(PathSimilarity.self, from: .paths(layer: layer.name))?.byTarget ?? [:]
        let facets = try run.read(LayerFacets.self, from: .facets(layer: layer.name))?.units ?? []
        self.facets = Dictionary(facets.map { ($0.unit, $0) }) { first, _ in first }
        let likeness = try run.read(FacetLikeness.self, from: .facetLikeness(layer: layer.name))?.units ?? []
        facetLikeness = Dictionary(likeness.map { ($0.unit, $0) }) { first, _ in first }
    }

    var name: String { description.name }
    var deadUnits: [Int] { statistics.units.filter(\.isDead).map(\.unit) }
    /// The name that a direction was given; nil for other units.
    func name(of unit: Int) -> String? {
        guard let names = directions?.names, names.indices.contains(unit) else { return nil }
        return names[unit]
    }

    /// What words were found for a unit; nil where none were looked for.
    func words(of unit: Int) -> LayerWords.Unit? {
        guard let units = words?.units, units.indices.contains(unit), units[unit].unit == unit else { return nil }
        return units[unit]
    }

    var folder: String { "layers/\(key)" }

    func page(of unit: Int) -> String { "\(folder)/\(unit)/index.html" }
    func page(ofConcept index: Int) -> String { "\(folder)/concepts/\(index)/index.html" }
}

extension PathSimilarity {
    var byTarget: [Prototype.Target: Entry] { Dictionary(entries.map { ($0.target, $0) }) { first, _ in first } }
}

extension LayerStatistics.Unit {
    var isDead: Bool { activeImages <= 0 }

    /// True where it has one value, not zero, at every position of all images: no image or class stands out.
    var isConstant: Bool { !isDead && minimum == maximum }

    /// The classes with the highest means, highest first, as far as they are above zero; none where all classes are alike.
    func topClasses(_ count: Int) -> [(index: Int, mean: Float)] {
        guard !isConstant else { return [] }
        var best: [(index: Int, mean: Float)] = []
        for (index, mean) in classMeans.enumerated() where mean > 0 {
            if best.count == count, let last = best.last, mean <= last.mean { continue }
            let place = best.firstIndex { $0.mean < mean } ?? best.count
            best.insert((index, mean), at: place)
            if best.count > count { best.removeLast() }
        }
        return best
    }
}
