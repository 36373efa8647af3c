import Dataset
import Diagnostics
import Network
import Run
import Tensors

/// What a linear classifier reads before and behind each layer of a student that matches templates.
struct LinearProbeStage: ReportStage {
    struct Findings {}

    let title = "Fitting linear probes", unit = "images"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    /// Images looked at, at most, and bytes of features held.
    private static let mostImages = 5000, mostBytes = 64 << 20
    /// Features of a layer beyond which nothing is fitted.
    private static let mostFeatures = 4096

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { layers(of: run).isEmpty ? [] : [.linearProbes] }

    private func layers(of run: ReportRun) -> [TemplateDescription] {
        run.images.isLabelled ? run.templates?.record.layers.map(\.description) ?? [] : []
    }

    /// The images of a probe, in two halves of each class.
    struct Sample {
        /// Rising.
        var images: [Int]
        var labels: [Int]
        /// Whether the classifier is fitted to it; it is tested on the others.
        var isFitted: [Bool]

        /// At most `most` of `readable`, spread evenly; every second one of a class is fitted.
        init(of readable: [Int], labels all: [Int?], most: Int) {
            let labelled = readable.filter { all[$0] != nil }
            let chosen = labelled.count <= most ? labelled : (0..<most).map { labelled[$0 * labelled.count / most] }
            var seen: [Int: Int] = [:]
            images = chosen
            labels = chosen.map { all[$0] ?? 0 }
            isFitted = labels.map { label in
                seen[label, default: 0] += 1
                return seen[label, default: 0] % 2 == 1
            }
        }

        /// Classes with images in both halves.
        var classes: Int { Set(zip(labels, isFitted).filter(\.1).map(\.0)).intersection(zip(labels, isFitted).filter { !$0.1 }.map(\.0)).count }
    }

    func pieces(of sample: ReportSample, done: Int) -> Int { min(sample.real.count, Self.mostImages) }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        let layers = layers(of: run)
        guard !layers.isEmpty, try run.folder.read(LinearProbes.self, from: .linearProbes) == nil else { return Findings() }
        let shapes = try run.network.graph.mapShapes(input: run.network.input.shape)
        let small = try layers.filter { shapes[try run.network.graph.node(named: $0.name)][0] <= Self.mostFeatures }
        let counts = try small.map { shapes[try run.network.graph.node(named: $0.name)][0] }
        let most = Self.mostBytes / max(1, counts.reduce(0) { $0 + 2 * 4 * $1 })
        let sample = Sample(of: findings.of(StatisticsStage.self).readable, labels: run.images.labels, most: min(most, Self.mostImages))
        guard !small.isEmpty, sample.classes > 1 else {
            try run.folder.write(LinearProbes(fitted: 0, tested: 0, classes: sample.classes, layers: []), to: .linearProbes)
            return Findings()
        }
        let features = try features(of: small.flatMap { [$0.layer, $0.name] }, sample, run, progress)
        let fitted = sample.isFitted.count { $0 }
        let found = try small.indices.map { place -> LinearProbes.Layer in
            let before = try Self.right(features[2 * place], counts[place], sample), behind = try Self.right(features[2 * place + 1], counts[place], sample)
            return LinearProbes.Layer(
                layer: small[place].name, correctBefore: before.count { $0 }, correctBehind: behind.count { $0 },
                gained: zip(before, behind).count { !$0 && $1 }, lost: zip(before, behind).count { $0 && !$1 })
        }
        try run.folder.write(
            LinearProbes(fitted: fitted, tested: sample.images.count - fitted, classes: Set(sample.labels).count, layers: found), to: .linearProbes)
        return Findings()
    }

    /// The features of all images of `sample` at each of `nodes`, averaged over positions: images x features.
    private func features(of nodes: [String], _ sample: Sample, _ run: ReportRun, _ progress: any ProgressReport) throws -> [[Float]] {
        let input = run.network.input, preprocessing = run.images.preprocessing
        let plan = try Plan(
            run.network.graph,
            .init(
                batch: MicroBatch.size(for: input.shape), input: input.shape, activations: Array(Set(nodes)).sorted(), threads: 1,
                algorithms: run.algorithms))
        progress.begin(title, total: sample.images.count, done: 0)
        defer { progress.end() }
        // One batch is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var features = nodes.map { _ in [Float]() }, done = 0
        try ImageReader(run.images).forEachBatch(of: sample.images, size: plan.request.batch, threads: run.threads) {
            try Workspace(plan)
        } look: { workspace, batch -> [[Float]] in
            try batch.checkWhole()
            batch.write(preprocessing, into: workspace.input)
            try workspace.forward()
            return try nodes.map { node in
                LayerSummary(try workspace.activation(of: node), images: batch.count, shape: try plan.shape(of: node)).means
            }
        } deliver: { batch, found in
            for (place, values) in found.enumerated() { features[place] += values }
            done += batch.count
            progress.update(done)
        }
        return features
    }

    /// Which of the tested images a classifier of `features` gets right that was fitted to the others.
    private static func right(_ features: [Float], _ count: Int, _ sample: Sample) throws -> [Bool] {
        func half(_ isFitted: Bool) -> (rows: [Float], labels: [Int]) {
            let places = sample.isFitted.indices.filter { sample.isFitted[$0] == isFitted }
            return (places.flatMap { features[$0 * count..<($0 + 1) * count] }, places.map { sample.labels[$0] })
        }
        let known = half(true), asked = half(false)
        let probe = try LinearProbe(known.rows, count: count, labels: known.labels, classes: 1 + (sample.labels.max() ?? 0))
        return zip(probe.classes(of: asked.rows), asked.labels).map { $0 == $1 }
    }
}
