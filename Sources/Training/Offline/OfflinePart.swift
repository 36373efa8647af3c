public import Diagnostics
import Foundation
import Network
import Run
import Tensors

/// The offline part of letKD for one layer of the teacher (Gorgun, Gurbuz and Alatan 2023): vocabulary, discriminant analysis,
/// sub-classes and score matrix.
///
/// Each is a step whose result is kept in `<folder>/offline/<layer>`. A result that follows from the same inputs is used again; one that
/// follows from others is left to who made it, with a note of the difference, and another made beside it. K-means goes on after its last
/// finished iteration. A step makes what it needs of those before it.
public final class OfflinePart {
    /// Of the layer.
    public let folder: String
    private let original: any FeatureSource
    private let settings: OfflineSettings
    private let progress: any ProgressReport
    private let expectedBytes: Int?
    private var kept: (any FeatureSource)?

    private var featurePath: String { folder + "/features" }

    /// Counts changes of what the steps compute: results of another version are made again.
    private static let version = "1"

    /// - Parameters:
    ///   - folder: of the distillation.
    ///   - rows: how many rows `features` have at most, for deciding whether they are kept; nil keeps none.
    /// - Throws: `Problem` when the folder cannot be made.
    public init(
        folder: String, layer: String, features: any FeatureSource, rows: Int?, settings: OfflineSettings,
        progress: any ProgressReport = SilentProgress()
    ) throws {
        self.folder = "\(folder)/offline/\(RunPath.key(for: layer))"
        original = features
        self.settings = settings
        self.progress = progress
        expectedBytes = rows.map { $0 * (features.dimension + 1) * MemoryLayout<Float>.size }
        try FolderContent.makeDirectory(self.folder)
    }

    /// What `work` finds while no other process works on the layer. One that does is waited for: it may find just what is wanted.
    public func exclusively<Result>(_ work: (OfflinePart) throws -> Result) throws -> Result {
        let lock = try FolderLock(folder) { progress.note("Another process works on \(folder): it is waited for") }
        return try withExtendedLifetime(lock) {
            // Such as half of the features.
            try lock.removeUnfinishedFiles()
            return try work(self)
        }
    }

    /// Removes the kept features, once no step is wanted any more.
    public func removeFeatures() throws {
        kept = nil
        guard FileManager.default.fileExists(atPath: featurePath) else { return }
        do { try FileManager.default.removeItem(atPath: featurePath) } catch {
            throw Problem("cannot remove \(featurePath): \(error.localizedDescription)")
        }
    }

    private func features() throws -> any FeatureSource {
        if let kept { return kept }
        guard let expectedBytes, expectedBytes <= settings.keptBytes else { return original }
        progress.begin("The teacher's features", total: 1, done: 0)
        defer { progress.end() }
        let source = try KeptFeatures(original, at: featurePath)
        kept = source
        return source
    }

    private func step(_ name: String, _ inputs: [String: String]) -> OfflineStep {
        OfflineStep(
            folder: folder, name: name, inputs: original.identity.merging(inputs) { $1 }.merging(["step": "\(name) \(Self.version)"]) { $1 })
    }

    // MARK: Vocabulary

    /// The words of the layer (`vocabulary.safetensors`: `centres`, `counts`).
    public func vocabulary() throws -> Vocabulary {
        let vocabulary = try foundVocabulary()
        if !vocabulary.unused.isEmpty {
            progress.note("\(vocabulary.unused.count) of the \(vocabulary.words) words are the nearest of no feature: fewer tell the features apart")
        }
        return vocabulary
    }

    private func foundVocabulary() throws -> Vocabulary {
        let search = VocabularySearch(
            words: settings.words, iterations: settings.iterations, seed: settings.seed, threads: settings.threads)
        let (words, dimension) = (settings.words, original.dimension)
        let step = step(
            "vocabulary",
            ["words": "\(words)", "iterations": "\(settings.iterations)", "seed": "\(settings.seed)", "sample": "\(search.sample)"])
        if let file = try step.result(progress: progress) {
            return Vocabulary(
                dimension: dimension, centres: try file.values("centres", [words, dimension]).values,
                counts: try file.counts("counts", words), inertia: try file.numbers("inertia")[0],
                iterations: try file.note("iterations_done"))
        }
        let state = try step.state().map { file in
            VocabularySearch.State(
                mean: try file.values("mean", [dimension]).values, centres: try file.values("centres", [words, dimension]).values,
                iteration: try file.note("iterations_done"), hasSettled: file.metadata["has_settled"] == "true")
        }
        let result = try search.run(features(), from: state, progress: progress) { state in
            try step.save(
                state: [
                    ("mean", Tensor(shape: [dimension], values: state.mean)),
                    ("centres", Tensor(shape: [words, dimension], values: state.centres)),
                ], notes: ["iterations_done": "\(state.iteration)", "has_settled": "\(state.hasSettled)"])
        }
        try step.save(
            [
                ("centres", Tensor(shape: [words, dimension], values: result.centres)),
                ("counts", Tensor(shape: [words], values: result.counts.map { Float($0) })),
            ],
            notes: [
                "iterations_done": "\(result.iterations)", "inertia": "\(result.inertia)", "counts": Self.list(result.counts),
            ], summary: OfflineSummary.Vocabulary(result))
        return result
    }

    // MARK: Discriminant analysis

    private lazy var discriminantStep = step("discriminants", ["components": settings.components.map { "\($0)" } ?? "all, 60 at most"])

    /// The discriminant directions of the layer (`discriminants.safetensors`: `mean`, `scalings`, `eigenvalues`).
    public func discriminants() throws -> DiscriminantAnalysis {
        let step = discriminantStep, dimension = original.dimension
        if let file = try step.result(progress: progress) {
            let scalings = try file.values("scalings", [dimension, nil])
            return DiscriminantAnalysis(
                mean: try file.values("mean", [dimension]).values, scalings: scalings.values, components: scalings.shape[1],
                eigenvalues: try file.numbers("eigenvalues"), counts: try file.counts("counts", original.classNames.count))
        }
        let result = try DiscriminantAnalysis(features(), components: settings.components, progress: progress)
        try step.save(
            [
                ("mean", Tensor(shape: [dimension], values: result.mean)),
                ("scalings", Tensor(shape: [dimension, result.components], values: result.scalings)),
                ("eigenvalues", Tensor(shape: [result.eigenvalues.count], values: result.eigenvalues.map { Float($0) })),
            ], notes: ["eigenvalues": Self.list(result.eigenvalues), "counts": Self.list(result.counts)],
            summary: OfflineSummary.Discriminants(result, classNames: original.classNames))
        return result
    }

    // MARK: Sub-classes

    private func subClassStep() throws -> OfflineStep {
        step(
            "sub-classes",
            [
                "sub_classes": "\(settings.subClasses)", "iterations": "\(settings.subClassIterations)", "seed": "\(settings.seed)",
                "discriminants_sha256": try discriminantStep.hash(),
            ])
    }

    /// The sub-classes of every class (`sub-classes.safetensors`: `centres`, `classes`, `counts`).
    public func subClasses() throws -> SubClasses {
        let subClasses = try foundSubClasses(), repeated = subClasses.repeated
        let names = zip(original.classNames, repeated).filter { $1 > 0 }.map(\.0)
        if !names.isEmpty {
            progress.note(
                "\(repeated.reduce(0, +)) of the \(subClasses.count) sub-classes lie where another one of their class does "
                    + "(\(names.listed())): its features have fewer different values than sub-classes were asked for")
        }
        return subClasses
    }

    private func foundSubClasses() throws -> SubClasses {
        let discriminants = try discriminants(), step = try subClassStep()
        let count = original.classNames.count * settings.subClasses, components = discriminants.components
        if let file = try step.result(progress: progress) {
            return SubClasses(
                perClass: settings.subClasses, dimension: components, centres: try file.values("centres", [count, components]).values,
                counts: try file.counts("counts", count), inertias: try file.numbers("inertias"),
                iterations: try file.note("iterations_done"))
        }
        let state = try step.state().map { file in
            SubClassSearch.State(
                centres: try file.values("centres", [count, components]).values, iteration: try file.note("iterations_done"),
                hasSettled: file.metadata["has_settled"] == "true")
        }
        let search = SubClassSearch(
            perClass: settings.subClasses, iterations: settings.subClassIterations, seed: settings.seed, threads: settings.threads)
        let result = try search.run(features(), discriminants, from: state, progress: progress) { state in
            try step.save(
                state: [("centres", Tensor(shape: [count, components], values: state.centres))],
                notes: ["iterations_done": "\(state.iteration)", "has_settled": "\(state.hasSettled)"])
        }
        try step.save(
            [
                ("centres", Tensor(shape: [count, components], values: result.centres)),
                ("classes", Tensor(shape: [count], values: (0..<count).map { Float(result.class(of: $0)) })),
                ("counts", Tensor(shape: [count], values: result.counts.map { Float($0) })),
            ],
            notes: [
                "iterations_done": "\(result.iterations)", "inertias": Self.list(result.inertias), "counts": Self.list(result.counts),
            ], summary: OfflineSummary.SubClassTable(result, classNames: original.classNames))
        return result
    }

    // MARK: Score matrix

    /// How often the teacher confuses sub-classes (`score-matrix.safetensors`: `score_matrix`).
    public func scoreMatrix() throws -> ScoreMatrix {
        let discriminants = try discriminants(), subClasses = try foundSubClasses()
        let step = step("score-matrix", ["sub_classes_sha256": try subClassStep().hash()])
        if let file = try step.result(progress: progress) {
            return ScoreMatrix(
                count: subClasses.count, values: try file.values("score_matrix", [subClasses.count, subClasses.count]).values)
        }
        let result = try ScoreMatrix(features(), discriminants, subClasses, threads: settings.threads, progress: progress)
        try step.save(
            [("score_matrix", Tensor(shape: [result.count, result.count], values: result.values))],
            summary: OfflineSummary.Scores(result, subClasses, classNames: original.classNames))
        return result
    }

    private static func list<Number>(_ numbers: [Number]) -> String { numbers.map { "\($0)" }.joined(separator: " ") }
}
