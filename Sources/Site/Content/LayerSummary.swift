import Run

/// What the overview keeps of a layer once its pages are written.
struct LayerSummary {
    let layer: NetworkDescription.Layer
    let key: String
    let units: Int
    let dead: [Int]
    let prototypes: Int
    /// True when there are pictures of what mattered in prototypes.
    let hasMaskedPictures: Bool
    /// True when there are maps of what mattered in references.
    let hasHeatMaps: Bool
    let hasLineUps: Bool
    /// Who answers them besides people; nil where no other network was asked.
    let judgement: (judge: String, layers: [String])?
    /// Words and labels of its units; nil where none were looked for.
    let words: LayerWords?
    let checks: LayerChecks?
    /// Whose eyes compared references, and in which layers; nil where nobody's did.
    let clarity: (judge: String?, random: Int)?
    /// What the method page tells of the images from the whole range, and of similar units; nil where there are none.
    let range: (sample: Int, images: Int, steps: Int)?
    let similarity: (images: Int, threshold: Float, hasMap: Bool)?
    /// Of a layer of which relevance was followed: how many images a unit's is summed over, at most; 0 where no unit's was.
    let flow: (composite: String, unitImages: Int, hasRelevantImages: Bool)?
    /// True where prototypes were compared with real images layer by layer.
    let hasPaths: Bool
    /// Units of which facets were looked for, with how many have some, and how many clusterings were drawn; nil where nobody looked.
    let facets: (units: Int, split: Int, draws: Int)?
    /// The prototype of the lowest unit, as an example.
    let example: Prototype?
    /// Units that could have a prototype and have none: all but the dead.
    let withoutPrototype: Int
    let medianSelectivity: Float?
    /// Mean over units of the share of images that excite them.
    let meanActivity: Float
    let mostSelective: [Mark]
    /// Prototypes that a tenth of the real images outdo, with their percentiles.
    let doubtful: [Mark]

    /// A unit and the number for which it is mentioned.
    struct Mark {
        let unit: Int
        let value: Float
        /// The real image that excites it most, by number.
        let strongest: Int?
    }

    init(_ content: LayerContent) {
        layer = content.description
        key = content.key
        let all = content.statistics.units
        units = all.count
        dead = content.deadUnits
        prototypes = content.prototypes.count
        hasMaskedPictures = content.prototypes.values.contains { $0.maskedPicture != nil }
        hasHeatMaps = content.prototypes.values.contains { !($0.heatMaps?.maps.isEmpty ?? true) }
        hasLineUps = content.lineUps.keys.contains { content.prototypes[$0] != nil }
        judgement = content.judgement.map { ($0.judge.displayName, $0.judgeLayers) }
        words = content.words.map { LayerWords($0, units: []) }
        checks = content.checks.map { LayerChecks($0, units: []) }
        clarity = content.clarity.map { ($0.judge?.displayName, $0.random) }
        range = content.range.map { ($0.sample, $0.images, $0.units.map(\.quantiles.count).max() ?? 0) }
        similarity = content.similarity.map { ($0.images, $0.redundant.threshold, UnitMap.hasPlaces($0)) }
        flow = content.flow.map { flow in
            (flow.composite, flow.units.compactMap { $0.source?.images }.max() ?? 0, flow.units.contains { !$0.relevantImages.isEmpty })
        }
        hasPaths = !content.paths.isEmpty
        let tested = content.facets.values
        facets = tested.isEmpty ? nil : (tested.count, tested.count { !$0.facets.isEmpty }, tested.compactMap { $0.test?.draws }.max() ?? 0)
        example = content.prototypes.min { $0.key < $1.key }?.value
        withoutPrototype = all.filter { !$0.isDead && content.prototypes[$0.unit] == nil }.count
        let selectivities = all.compactMap { $0.isDead ? nil : $0.selectivity }.filter(\.isFinite).sorted()
        medianSelectivity = selectivities.isEmpty ? nil : selectivities[selectivities.count / 2]
        meanActivity = all.isEmpty ? 0 : all.reduce(0) { $0 + $1.activeImages } / Float(all.count)
        let strongest = Dictionary(all.map { ($0.unit, $0.strongest.first?.image) }) { first, _ in first }
        func mark(_ unit: Int, _ value: Float) -> Mark { Mark(unit: unit, value: value, strongest: strongest[unit] ?? nil) }
        mostSelective = Array(
            all.compactMap { unit in unit.isDead ? nil : unit.selectivity.map { mark(unit.unit, $0) } }
                .filter { $0.value.isFinite }.sorted { ($1.value, $0.unit) < ($0.value, $1.unit) }.prefix(8))
        doubtful = Array(
            content.prototypes.values.compactMap { prototype -> Mark? in
                guard case .unit(_, let unit) = prototype.target, prototype.trust.isDoubtful else { return nil }
                return mark(unit, prototype.trust.percentile ?? 0)
            }.sorted { ($0.value, $0.unit) < ($1.value, $1.unit) }.prefix(8))
    }
}

extension Prototype.Trust {
    /// True when at least one real image in ten excites the unit more than its prototype does.
    var isDoubtful: Bool { percentile.map { $0 < 90 } ?? false }
}
