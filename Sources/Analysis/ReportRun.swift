public import Diagnostics
import Foundation
import Images
public import Network
import Relevance
public import Run
import Tensors

/// The main job: one pass over the images, references, prototypes; everything into the run folder as soon as it is known.
///
/// A run that was interrupted goes on where it was, and ends with the same bytes as one that was not.
public struct ReportRun: Sendable {
    public let network: ImageNetwork
    public let description: NetworkDescription
    public let images: RealImages
    public let classNames: [String]
    public let options: RunOptions
    public let title: String
    public let tool: RunManifest.Tool
    /// Known before the run: broken weights, missing labels.
    public let warnings: [RunManifest.Warning]
    public let threads: Int
    public let folder: RunFolder
    let units: [String: [Int]]
    let classes: [Int]
    let references: ReferenceSettings
    private let concepts: ConceptSelection
    /// What is to be found out about templates; nil where the network matches none.
    let templates: TemplateStudy?
    /// SHA-256 over the images' paths and sizes: made once, since there may be very many.
    private let listing: String

    /// A run into `folder`. Throws a `Problem` when the options ask for units or classes that do not exist, or when the
    /// folder holds a run with other options.
    public init(
        network: ImageNetwork, description: NetworkDescription, images: RealImages, classNames: [String], options: RunOptions,
        title: String, tool: RunManifest.Tool, warnings: [RunManifest.Warning], templates: TemplateStudy? = nil, threads: Int,
        folder: RunFolder
    ) throws {
        self.network = network
        self.description = description
        self.images = images
        self.classNames = classNames
        self.options = options
        self.title = title
        self.tool = tool
        self.warnings = warnings
        self.templates = templates
        self.threads = threads
        self.folder = folder
        listing = FileHash.sha256(
            images.folder.items.flatMap { Array("\($0.relativePath)\u{0}\($0.fileSize)\u{0}".utf8) })
        (units, classes) = try Self.selection(options, network: network, classNames: classNames)
        references = try ReferenceSettings(options, input: network.input.shape)
        concepts = try ConceptSelection(options.concepts, among: options.layers)
        try checkResumable()
    }

    /// The units of each layer and the classes that `options` ask for. Throws a `Problem` when one does not exist: to be
    /// asked before there is a folder.
    @discardableResult
    public static func selection(
        _ options: RunOptions, network: ImageNetwork, classNames: [String]
    ) throws -> (units: [String: [Int]], classes: [Int]) {
        let shapes = try network.graph.mapShapes(input: network.input.shape)
        let selection = try UnitSelection(options.units)
        // Units are chosen by their own layer, whichever way they are looked at.
        let named = options.layers.map { NegatedLayer.original(of: $0) ?? $0 }
        let units = try options.layers.map { layer in
            let count = shapes[try network.graph.node(named: layer)][0]
            return (layer, try selection.units(of: NegatedLayer.original(of: layer) ?? layer, count: count, among: named))
        }
        if options.classes != "none" { try network.requireClasses(for: "--classes \(options.classes)") }
        return (Dictionary(uniqueKeysWithValues: units), try UnitSelection(options.classes).classes(names: classNames))
    }

    /// The run's manifest, with what is known of the images so far.
    private func manifest(skipped: [ImageSetDescription.Skipped], warnings: [RunManifest.Warning]) -> RunManifest {
        RunManifest(
            title: title, tool: tool, network: description,
            images: ImageSetDescription(
                path: images.folder.path, found: images.count, used: images.count - skipped.count, skipped: skipped,
                listing: listing, isLabelled: images.isLabelled),
            options: options, warnings: warnings)
    }

    /// Writes what is known before the images are looked at.
    func writeBeginning() throws {
        if try folder.readBytes(Self.identityState) != fingerprint { try folder.writeBytes(fingerprint, to: Self.identityState) }
        // Written first, so that an interrupted run can be looked at; a finished one keeps its bytes.
        if !folder.exists(.manifest) { try folder.write(manifest(skipped: [], warnings: warnings), to: .manifest) }
    }

    /// What results depend on, by the names that a person knows it by: a run with other values is another run.
    private static func identity(_ manifest: RunManifest) -> [(name: String, value: String)] {
        let (network, options, tool) = (manifest.network, manifest.options, manifest.tool)
        return [
            ("the checkpoint's hash", network.checkpoint.sha256),
            ("the architecture", network.architecture),
            ("the image listing's hash", manifest.images.listing),
            ("--layers", options.layers.joined(separator: ",")),
            ("--units", options.units),
            ("--classes", options.classes),
            ("--concepts", options.concepts),
            ("--labels", options.labels ?? "not given"),
            ("--seed", String(options.seed)),
            ("--seeds", String(options.seeds)),
            ("--schedule", options.schedule),
            ("--steps", String(options.steps)),
            ("--flip", options.flip ? "yes" : "no"),
            ("--early-stop", options.earlyStop ? "yes" : "no"),
            ("--references", String(options.references)),
            ("--window", options.window),
            ("--window-stride", String(options.windowStride)),
            ("--references-as", options.referencesAs),
            ("--diversity", String(options.diversity)),
            ("--winograd", options.winograd ? "yes" : "no"),
            ("--precision", options.precision),
            ("--inner", options.inner),
            ("--composite", options.composite),
            ("the teacher's hash", options.teacher ?? "not given"),
            ("--teacher-architecture", options.teacherArchitecture ?? "none"),
            ("the version of \(tool.name)", tool.version),
            ("the engine", tool.engine),
        ]
    }

    /// The identity as a fingerprint, kept with the states, which are of no use to another run.
    private var fingerprint: [UInt8] {
        let lines = Self.identity(manifest(skipped: [], warnings: [])).map { "\($0.name)\u{0}\($0.value)\u{0}" }
        return Array(FileHash.sha256(Array(lines.joined().utf8)).utf8)
    }

    private func checkResumable() throws {
        guard let old = try folder.read(RunManifest.self, from: .manifest) else {
            // The manifest was removed, but what it spoke of is still there.
            guard let kept = try folder.readBytes(Self.identityState), kept != fingerprint else { return }
            throw Problem(
                "\(folder.path) holds another run", explanation: "Its run.json is missing, so what differs is not known.",
                remedy: "Choose another folder with --run, or remove this one to start anew.", kind: .usage)
        }
        let now = Self.identity(manifest(skipped: [], warnings: []))
        let differences = zip(Self.identity(old), now).filter { $0.value != $1.value }
            .map { "\($0.name) was \(Self.shortened($0.value)), now \(Self.shortened($1.value))" }
        guard differences.isEmpty else {
            throw Problem(
                "\(folder.path) holds another run", explanation: "\(differences.joined(separator: "; ")).",
                remedy: "Choose another folder with --run, or remove this one to start anew.", kind: .usage)
        }
    }

    /// What is chosen by timing is written to the run's folder before anything is computed with it, and read from there when
    /// the run goes on.
    var algorithms: AlgorithmChoices? {
        options.winograd ? AlgorithmChoices(record: folder.full(.state("algorithms"))) : nil
    }

    var precision: Precision { Precision(rawValue: options.precision) ?? .float32 }

    private var innerMatching: InnerMatching { InnerMatching(rawValue: options.inner) ?? .balanced }

    private static let identityState = RunPath.state("identity")

    /// Of a hash its beginning.
    private static func shortened(_ value: String) -> String {
        value.count == 64 && value.allSatisfy(\.isHexDigit) ? String(value.prefix(12)) : value
    }

    /// Does all that is not done yet.
    public func run(progress: any ProgressReport) throws {
        let lock = try RunLock(folder)
        defer { withExtendedLifetime(lock) {} }
        // Nobody else writes here now: temporary files are those of a process that was killed.
        try folder.removeTemporaries()
        try checkResumable()
        try writeBeginning()
        let sweep = try sweep(progress)
        noteSkipped(sweep.skipped, progress)
        let statistics = sweep.accumulators.map { $0.statistics(exemplars: options.strongest, input: network.input.shape) }
        let table = sweep.tally.table(names: classNames)
        for layer in statistics.dropLast() { try folder.write(layer, to: .statistics(layer: layer.layer)) }
        try folder.write(table, to: .classes)
        let templateImages = try studyTemplates(sweep, progress)
        var tasks = try tasks(sweep, progress)
        let lineUps = try lineUps(tasks, statistics: statistics, tally: sweep.tally, progress)
        let concepts = try findConcepts(sweep, progress)
        tasks += try conceptTasks(concepts)
        try writeImages(tasks, lineUps, statistics: statistics, concepts: concepts, more: templateImages, tally: sweep.tally, progress)
        try folder.write(
            manifest(
                skipped: sweep.skipped, warnings: warnings + RunWarnings.found(in: sweep, statistics, tasks, self)),
            to: .manifest)
        try makePrototypes(tasks, statistics: statistics, concepts: concepts, progress)
    }

    private func noteSkipped(_ skipped: [ImageSetDescription.Skipped], _ progress: any ProgressReport) {
        for item in skipped.prefix(5) { progress.note("Skipped \(item.path): \(item.reason)") }
        if skipped.count > 5 { progress.note("and \(skipped.count - 5) more; all are listed in the report") }
    }

    // MARK: Statistics

    private func sweep(_ progress: any ProgressReport) throws -> Sweep {
        let sweep = try makeSweep(images)
        if let content = try state("sweep") { try sweep.restore(content) }
        let save = stateKeeper
        try sweep.run(progress: progress) { try save("sweep", $0) }
        return sweep
    }

    /// What was kept under `name`; nil when there is nothing, or it is damaged or that of another run.
    func state(_ name: String) throws -> [UInt8]? { try folder.readBytes(.state(name)).flatMap(checked) }

    /// Keeps bytes under a name.
    var stateKeeper: @Sendable (String, [UInt8]) throws -> Void {
        let (folder, fingerprint) = (folder, fingerprint)
        return { try folder.writeBytes(Self.sealed(fingerprint + $1), to: .state($0)) }
    }

    /// The pass over `images` that is still to be made.
    func makeSweep(_ images: RealImages) throws -> Sweep {
        try Sweep(
            network: network, images: images, layers: options.layers,
            capacity: max(ReferenceSearch.capacity(references), options.strongest), threads: threads, algorithms: algorithms, precision: precision)
    }

    /// Bytes with their hash before them: a state that is not whole is not used.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] { Array(FileHash.sha256(bytes).utf8) + bytes }

    /// The state in `bytes`; nil when it is damaged or that of another run.
    private func checked(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 128, Array(bytes[64..<128]) == fingerprint else { return nil }
        return Array(FileHash.sha256(Array(bytes[64...])).utf8) == Array(bytes[..<64]) ? Array(bytes[128...]) : nil
    }

    // MARK: Prototypes

    func tasks(_ sweep: Sweep, _ progress: any ProgressReport) throws -> [PrototypeTask] {
        let unreadable = Set(sweep.tally.predicted.indices.filter { sweep.tally.predicted[$0] < 0 })
        let matched = network.matched.map { PrototypeTask.Layer(name: $0.layer, weight: $0.weight) }
        var tasks = classes.map { index in
            PrototypeTask(
                target: .classOutput(index: index), layers: matched,
                choice: .ofClass(
                    index, labels: images.labels, unreadable: unreadable, logits: sweep.accumulators[options.layers.count],
                    settings: references, seed: options.seed),
                prior: ImagePrior(classesOf: network))
        }
        let search = ReferenceSearch(
            network: network, images: images, settings: references, threads: threads, algorithms: algorithms, precision: precision)
        let candidates = options.layers.enumerated().flatMap { number, layer in
            (units[layer] ?? []).map {
                ReferenceCandidates(unit: $0, in: sweep.accumulators[number], references, input: network.input.shape)
            }
        }
        var choices = try search.choices(for: candidates, progress: progress, state: state, save: stateKeeper)[...]
        for layer in options.layers {
            let layers = try innerMatching.layers(before: layer, in: network)
            for unit in units[layer] ?? [] {
                tasks.append(
                    PrototypeTask(
                        target: .unit(layer: layer, unit: unit), layers: layers,
                        choice: choices.removeFirst(), guidance: .init(layer: layer, start: .map(unit: unit)), prior: .unit))
            }
        }
        return tasks.filter { !$0.choice.references.isEmpty }
    }

    /// The concepts that were asked for, found or read from the folder.
    private func findConcepts(_ sweep: Sweep, _ progress: any ProgressReport) throws -> [LayerConcepts] {
        let readable = sweep.tally.predicted.indices.filter { sweep.tally.predicted[$0] >= 0 }
        return try concepts.counts.map { layer, count in
            // One that is damaged is made again.
            if let known = try? folder.read(LayerConcepts.self, from: .concepts(layer: layer)), known.layer == layer,
                known.concepts.count == count
            {
                return known
            }
            if let number = options.layers.firstIndex(of: layer), let unit = sweep.accumulators[number].negativeUnit {
                throw ConceptSearch.negativeValues(in: layer, unit: unit)
            }
            let activations = try WindowActivations(
                layer: layer, network: network, images: images, candidates: readable, grid: references.grid(for: network.input.shape),
                threads: threads, algorithms: algorithms, precision: precision, progress: progress)
            let search = ConceptSearch(
                activations: activations, layer: layer, input: network.input.shape, labels: images.labels,
                classCount: images.kinds(for: network), strongest: options.strongest,
                references: references.count(among: activations.images.count))
            let found = try search.concepts(count, random: RandomSource(seed: options.seed, stream: "concepts/\(layer)"))
            try folder.write(found, to: .concepts(layer: layer))
            return found
        }
    }

    private func conceptTasks(_ concepts: [LayerConcepts]) throws -> [PrototypeTask] {
        try concepts.flatMap { layer in
            let layers = try innerMatching.layers(before: layer.layer, in: network)
            return layer.concepts.filter { !$0.references.isEmpty }.map { concept in
                let candidates = (concept.references + [concept.heldOut].compactMap { $0 }).map {
                    references.usesWholeImages ? Reference(image: $0.image, score: $0.score) : $0
                }
                return PrototypeTask(
                    target: .concept(layer: layer.layer, index: concept.index), layers: layers,
                    choice: ReferenceChoice(
                        from: candidates, count: concept.references.count,
                        sentence: conceptSentence(concept, of: layer)),
                    guidance: .init(layer: layer.layer, start: .direction(concept.direction)), prior: .unit)
            }
        }
    }

    private func conceptSentence(_ concept: LayerConcepts.Concept, of layer: LayerConcepts) -> String {
        let count = concept.references.count
        guard layer.windows > layer.images else {
            return "The \(count) images of \(layer.images) with the largest coefficient of the concept, whole."
        }
        return "The \(count) windows of \(layer.side) x \(layer.side) pixels with the largest coefficient of the concept, one an image, of "
            + "\(layer.windows) in \(layer.images) images"
            + (references.usesWholeImages ? "; the whole images were used." : ", enlarged to the network's input.")
    }

    private func makePrototypes(
        _ tasks: [PrototypeTask], statistics: [LayerStatistics], concepts: [LayerConcepts], _ progress: any ProgressReport
    ) throws {
        let open = tasks.filter { !isMade($0.target) }
        let each = options.steps * options.seeds
        let counter = StepCounter(progress, done: (tasks.count - open.count) * each)
        progress.begin("Making \(tasks.count) prototypes (steps)", total: tasks.count * each, done: counter.done)
        defer { progress.end() }
        try makeStudio(schedule, seeds: options.seeds).run(open) { counter.add($0) } deliver: { try save($0, statistics, concepts) }
    }

    var schedule: OptimisationSchedule { OptimisationSchedule(options, size: network.input.size) }

    func makeStudio(_ schedule: OptimisationSchedule, seeds: Int) -> PrototypeStudio {
        PrototypeStudio(
            network: network, images: images, schedule: schedule, seed: options.seed, seeds: seeds, threads: threads,
            algorithms: algorithms, precision: precision, composite: (try? Composite.named(options.composite)) ?? .vital, inner: innerMatching)
    }

    /// True when references of units are windows that have to be looked for.
    var searchesWindows: Bool {
        if case .window = references.region { true } else { false }
    }

    // MARK: Line-ups

    /// The line-ups of all units that get a prototype, with their windows, from the run folder where they are whole.
    private func lineUps(
        _ tasks: [PrototypeTask], statistics: [LayerStatistics], tally: ClassTally, _ progress: any ProgressReport
    ) throws -> [LineUp] {
        let maker = LineUpMaker(
            network: network, images: images, settings: references, seed: options.seed, threads: threads, algorithms: algorithms,
            precision: precision)
        let layers = options.layers.filter { layer in tasks.contains { $0.guidance?.layer == layer } }
        var lineUps = layers.compactMap { try? folder.read(LineUp.self, from: .lineUp(layer: $0)) }
        let isWhole = lineUps.allSatisfy { $0.questions.flatMap(\.pictures).allSatisfy { images.labels.indices.contains($0.image) } }
        if lineUps.map(\.layer) != layers || !isWhole {
            lineUps = try maker.lineUps(
                for: tasks, statistics: statistics.dropLast(), readable: tally.predicted.indices.filter { tally.predicted[$0] >= 0 },
                progress: progress)
        }
        // The pictures first: a document promises that its pictures are there.
        try maker.keepWindows(lineUps, in: folder)
        for lineUp in lineUps { try folder.write(lineUp, to: .lineUp(layer: lineUp.layer)) }
        return lineUps
    }
}

/// Counts optimisation steps over threads.
final class StepCounter: @unchecked Sendable {
    private let lock = NSLock()
    private let progress: any ProgressReport
    private(set) var done: Int

    init(_ progress: any ProgressReport, done: Int) {
        self.progress = progress
        self.done = done
    }

    func add(_ steps: Int) {
        lock.withLock {
            done += steps
            progress.update(done)
        }
    }
}
