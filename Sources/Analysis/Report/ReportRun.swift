public import Dataset
public import Diagnostics
import Foundation
public import Network
import Relevance
public import Run
import Tensors

/// The main job: the stages of a report, one after the other; everything into the run folder as soon as it is known.
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
    let concepts: ConceptSelection
    /// What is to be found out about templates; nil where the network matches none.
    let templates: TemplateStudy?
    /// What is to be said of the network beside its teacher; nil where none is known.
    let teaching: TeacherStudy?
    /// Those that the network has as a layer of its own; nil where it has none.
    let directions: Directions?
    /// Whose heads are to be looked at; empty where nobody asked for that.
    let attentions: [AttentionLayer]
    /// Answers line-ups; nil where no other network was named.
    let judge: Judge?
    /// Words and attributes that units are compared with; nil where none were named.
    let labels: LabelStudy?
    /// SHA-256 over the images' paths and sizes: made once, since there may be very many.
    private let listing: String

    /// A run into `folder`. Throws a `Problem` when the options ask for units or classes that do not exist, or when the
    /// folder holds a run with other options.
    public init(
        network: ImageNetwork, description: NetworkDescription, images: RealImages, classNames: [String], options: RunOptions,
        title: String, tool: RunManifest.Tool, warnings: [RunManifest.Warning], templates: TemplateStudy? = nil, teaching: TeacherStudy? = nil,
        directions: Directions? = nil, judge: Judge? = nil, labels: LabelStudy? = nil, threads: Int, folder: RunFolder
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
        self.teaching = teaching
        self.directions = directions
        self.judge = judge
        self.labels = labels
        self.threads = threads
        self.folder = folder
        listing = images.listing
        (units, classes) = try Self.selection(options, network: network, classNames: classNames)
        attentions = try Self.attentions(options, network: network)
        references = try ReferenceSettings(options, input: network.input.shape)
        concepts = try ConceptSelection(options.concepts, among: options.layers)
        try identity.check(folder)
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
        var named: [String] = []
        for layer in options.layers.map({ NegatedLayer.original(of: $0) ?? $0 }) where !named.contains(layer) { named.append(layer) }
        let units = try options.layers.map { layer in
            let count = shapes[try network.graph.node(named: layer)][0]
            return (layer, try selection.units(of: NegatedLayer.original(of: layer) ?? layer, count: count, among: named))
        }
        _ = try attentions(options, network: network)
        if options.classes != "none" { try network.requireClasses(for: "--classes \(options.classes)") }
        return (Dictionary(uniqueKeysWithValues: units), try UnitSelection(options.classes).classes(names: classNames))
    }

    /// The attentions whose heads are asked for. Throws a usage `Problem` where the network has none.
    static func attentions(_ options: RunOptions, network: ImageNetwork) throws -> [AttentionLayer] {
        guard options.heads == true else { return [] }
        let found = try network.graph.attentions(input: network.input.shape)
        guard !found.isEmpty else {
            throw Problem(
                "\(network.displayName) has no attention whose heads could be shown",
                explanation: "A softmax over products of queries and keys, and a product of that with values, was looked for.",
                remedy: "Leave --heads out.", kind: .usage)
        }
        return found
    }

    /// Does all that is not done yet; with `part` only what stands before that, and what is chosen by timing for it.
    public func run(stoppingBefore part: RunPart? = nil, progress: any ProgressReport) throws {
        let lock = try RunLock(folder)
        defer { withExtendedLifetime(lock) {} }
        // Nobody else writes here now: temporary files are those of a process that was killed.
        try folder.removeTemporaries()
        try identity.check(folder)
        try writeBeginning()
        var findings = ReportFindings()
        func perform<Stage: ReportStage>(_ stage: Stage) throws {
            findings.add(try stage.run(self, findings, progress: progress), of: stage)
        }
        for stage in ReportStages.all {
            if let part, let shared = stage as? any SharedStage, shared.part == part { return try shared.prepare(self, findings) }
            try perform(stage)
        }
    }

    /// Writes what is known before the images are looked at.
    func writeBeginning() throws {
        try identity.write(to: folder)
        // Written first, so that an interrupted run can be looked at; a finished one keeps its bytes.
        if !folder.exists(.manifest) { try folder.write(manifest(skipped: [], warnings: warnings), to: .manifest) }
    }

    /// The run's manifest, with what is known of the images so far.
    func manifest(skipped: [ImageSetDescription.Skipped], warnings: [RunManifest.Warning]) -> RunManifest {
        RunManifest(
            title: title, tool: tool, network: description,
            images: ImageSetDescription(
                path: images.folder.path, found: images.count, used: images.count - skipped.count, skipped: skipped,
                listing: listing, isLabelled: images.isLabelled),
            options: options, warnings: warnings, year: folder.yearOfRun)
    }

    var identity: RunIdentity { RunIdentity(manifest(skipped: [], warnings: [])) }

    // MARK: What stages share

    var states: RunStates { RunStates(folder: folder, fingerprint: identity.fingerprint) }

    /// What is chosen by timing is written to the run's folder before anything is computed with it, and read from there when
    /// the run goes on.
    var algorithms: AlgorithmChoices? {
        options.winograd ? AlgorithmChoices(record: folder.full(.state("algorithms"))) : nil
    }

    var precision: Precision { Precision(rawValue: options.precision) ?? .float32 }

    var innerMatching: InnerMatching { InnerMatching(rawValue: options.inner) ?? .balanced }
}
