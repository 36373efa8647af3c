public import Dataset
public import Diagnostics
public import Network
public import Run

/// Switches parts of a network off, one after the other, and counts what becomes of its accuracy.
public struct AblationStudy: Sendable {
    /// A layer, and what of it is switched off by itself.
    public struct Layer: Sendable {
        public var name: String
        public var units: [Int]
        /// Directions of length 1, by concept.
        public var concepts: [[Float]]

        public init(name: String, units: [Int], concepts: [[Float]] = []) {
            self.name = name
            self.units = units
            self.concepts = concepts
        }
    }

    public struct Options: Sendable {
        public var replacement = Ablation.Replacement.zero
        /// Units sought that carry a class, at most; 0 for not looking.
        public var carriers = 5
        public var classes: [Int] = []
        public var isGreedy = false
        public var seed: UInt64 = 0

        public init() {}
    }

    public struct Result: Sendable {
        public var layers: [LayerAblation]
        public var sets: [Ablation.NamedEffect]
        public var images: Ablation.Images
    }

    private let network: ImageNetwork
    private let images: RealImages
    private let classNames: [String]
    private let layers: [Layer]
    private let sets: [(name: String, off: SwitchedOff)]
    private let options: Options
    private let threads: Int
    /// Units of each layer that is touched.
    private let unitCounts: [String: Int]

    /// - Parameters:
    ///   - images: those of a known class are looked at.
    ///   - sets: what is switched off together, by name.
    /// - Throws: a usage `Problem` for a layer that is not there, or that the logits do not depend on.
    public init(
        network: ImageNetwork, images: RealImages, classNames: [String], layers: [Layer], sets: [(name: String, off: SwitchedOff)],
        options: Options, threads: Int
    ) throws {
        self.network = network
        self.images = images
        self.classNames = classNames
        self.layers = layers
        self.sets = sets
        self.options = options
        self.threads = threads
        let shapes = try network.graph.mapShapes(input: network.input.shape)
        unitCounts = try Dictionary(
            (layers.map(\.name) + sets.flatMap(\.off.layers)).map { ($0, shapes[try network.graph.node(named: $0)][0]) }
        ) { first, _ in first }
        _ = try pass(unitCounts.mapValues { Array(repeating: 0, count: $0) })
    }

    /// Does what is not known yet.
    ///
    /// - Parameters:
    ///   - identity: of everything that a layer's numbers depend on but the options given here and the images.
    ///   - known: what is known of a layer already; of another identity it is of no use.
    ///   - save: is called with each layer when it is done.
    public func run(
        identity: String, known: (_ layer: String) -> LayerAblation?, save: (LayerAblation) throws -> Void, progress: any ProgressReport
    ) throws -> Result {
        let survey = try survey(progress)
        let pass = try pass(survey.levels)
        let halves = ImageHalves(survey.readable, labels: images.labels)
        var done: [LayerAblation] = []
        for layer in layers {
            let own = self.identity(of: layer, identity)
            if let known = known(layer.name), known.identity == own, known.layer == layer.name {
                done.append(known)
                continue
            }
            let found = try look(at: layer, identity: own, pass, survey, halves, progress)
            try save(found)
            done.append(found)
        }
        var tallies = sets.map { _ in EffectTally(classCount: network.classCount) }
        if !sets.isEmpty {
            let all = Array(sets.indices)
            try pass.run(survey.readable, sets.map(\.off), title: "Switching sets off", progress: progress) { _ in
                all
            } deliver: { _, label, before, after in
                for (ablation, outcome) in after { tallies[ablation].add(label, before: before, after: outcome) }
            }
        }
        return Result(
            layers: done, sets: zip(sets, tallies).map { .init(name: $0.name, effect: $1.effect) }, images: survey.description)
    }

    private func identity(of layer: Layer, _ rest: String) -> String {
        let lines: [String] = [
            rest, images.listing, images.labels.map { $0.map(String.init) ?? "-" }.joined(separator: " "), layer.name, "\(layer.units)",
            "\(layer.concepts)", options.replacement.rawValue, String(options.carriers), "\(options.classes)", String(options.isGreedy),
            String(options.seed),
        ]
        return FileHash.sha256(Array(lines.joined(separator: "\n").utf8))
    }

    private func pass(_ levels: [String: [Float]]) throws -> AblationPass {
        try AblationPass(network: network, images: images, levels: levels, threads: threads)
    }

    // MARK: The network as it is

    private struct Survey: Sendable {
        /// Numbers of the images that can be read and whose class is known.
        var readable: [Int]
        /// What units are set to, by layer.
        var levels: [String: [Float]]
        var description: Ablation.Images
    }

    /// One pass that finds out which images can be read, how many of them are right, and the mean of every unit.
    private func survey(_ progress: any ProgressReport) throws -> Survey {
        let labelled = images.labels.indices.filter { images.labels[$0] != nil }
        let means = try UnitMeans(network: network, images: images, layers: unitCounts.keys.sorted(), threads: threads)
        let found = try means.look(at: labelled, progress: progress)
        guard found.tally.labelled > 0 else { throw images.noneLeft(found.skipped) }
        let table = found.tally.table(names: classNames)
        return Survey(
            readable: found.readable,
            levels: options.replacement == .mean ? found.means : unitCounts.mapValues { Array(repeating: 0, count: $0) },
            description: Ablation.Images(
                path: images.folder.path, found: images.count, count: found.tally.labelled, skipped: found.skipped, listing: images.listing,
                correct: found.tally.correct,
                classes: table.classes.filter { $0.images > 0 }.map {
                    .init(index: $0.index, name: $0.name, images: $0.images, correct: $0.correct)
                }))
    }

    // MARK: A layer

    private func look(
        at layer: Layer, identity: String, _ pass: AblationPass, _ survey: Survey, _ halves: ImageHalves, _ progress: any ProgressReport
    ) throws -> LayerAblation {
        let classCount = network.classCount, unitCount = unitCounts[layer.name] ?? 0
        let ablations = layer.units.map { SwitchedOff.units([$0], of: layer.name) }
            + layer.concepts.map { SwitchedOff([.init(layer.name, .direction($0))]) }
        let asked = options.carriers > 0 ? options.classes : []
        let sought = asked.filter { halves.hasEnough(of: $0) }
        let choosing = Set(sought.flatMap { halves.choosing[$0] ?? [] }), all = Array(ablations.indices)
        var tallies = ablations.map { _ in EffectTally(classCount: classCount) }
        // Where units are chosen: on one half of the images alone.
        var chosenBy = ablations.map { _ in EffectTally(classCount: choosing.isEmpty ? 0 : classCount) }
        if !ablations.isEmpty {
            try pass.run(survey.readable, ablations, title: "Switching units of \(layer.name) off", progress: progress) { _ in
                all
            } deliver: { image, label, before, after in
                let isChoosing = choosing.contains(image)
                for (ablation, outcome) in after {
                    tallies[ablation].add(label, before: before, after: outcome)
                    if isChoosing { chosenBy[ablation].add(label, before: before, after: outcome) }
                }
            }
        }
        let place = Dictionary(uniqueKeysWithValues: layer.units.enumerated().map { ($1, $0) })
        let search = CarrierSearch(
            layer: layer.name, unitCount: unitCount, candidates: layer.units, classes: sought, pass: pass, halves: halves, labels: images.labels,
            count: options.carriers, isGreedy: options.isGreedy, seed: options.seed)
        let carriers = sought.isEmpty || layer.units.isEmpty
            ? []
            : try search.carriers(alone: { unit, label in place[unit].flatMap { chosenBy[$0].meanLoss(of: label) } ?? 0 }, progress: progress)
        let effects = tallies.map(\.effect)
        return LayerAblation(
            layer: layer.name, unitCount: unitCount, identity: identity,
            units: zip(layer.units, effects).map { .init(index: $0, effect: $1) },
            concepts: effects.dropFirst(layer.units.count).enumerated().map { .init(index: $0, effect: $1) }, carriers: carriers,
            tooFew: layer.units.isEmpty ? [] : asked.filter { !halves.hasEnough(of: $0) })
    }
}
