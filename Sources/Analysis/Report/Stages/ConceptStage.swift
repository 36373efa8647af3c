import Diagnostics
import Network
import Run
import Tensors

/// The concepts that were asked for: directions among a layer's channels.
struct ConceptStage: ReportStage {
    struct Findings: AsksForPrototypes {
        let tasks: [PrototypeTask]
        fileprivate let layers: [LayerConcepts]

        func statistics(of target: Prototype.Target) -> LayerStatistics.Unit? {
            guard case .concept(let layer, let index) = target else { return nil }
            return layers.first { $0.layer == layer }?.concepts[index].statistics
        }
    }

    let title = "Looking for concepts", unit = "images"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        run.concepts.counts.map { .concepts(layer: $0.layer) }
    }

    /// As many images as there is room for.
    func pieces(of sample: ReportSample, done: Int) -> Int {
        let windows = sample.run.references.grid(for: sample.run.network.input.shape).windows.count
        return max(done, min(sample.real.count, WindowActivations.mostWindows / windows))
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        let statistics = findings.of(StatisticsStage.self)
        let layers = try run.concepts.counts.map { layer, count in
            // One that is damaged is made again.
            if let known = try? run.folder.read(LayerConcepts.self, from: .concepts(layer: layer)), known.layer == layer,
                known.concepts.count == count
            {
                return known
            }
            let found = try find(count, in: layer, run, statistics, progress)
            try run.folder.write(found, to: .concepts(layer: layer))
            return found
        }
        return Findings(tasks: try layers.flatMap { try tasks($0, run) }, layers: layers)
    }

    private func find(
        _ count: Int, in layer: String, _ run: ReportRun, _ statistics: StatisticsStage.Findings, _ progress: any ProgressReport
    ) throws -> LayerConcepts {
        let (network, images) = (run.network, run.images)
        if let number = run.options.layers.firstIndex(of: layer), let unit = statistics.sweep.accumulators[number].negativeUnit {
            throw ConceptSearch.negativeValues(in: layer, unit: unit)
        }
        let activations = try WindowActivations(
            layer: layer, network: network, images: images, candidates: statistics.readable,
            grid: run.references.grid(for: network.input.shape), threads: run.threads, algorithms: run.algorithms,
            precision: run.precision, progress: progress)
        let search = ConceptSearch(
            activations: activations, layer: layer, input: network.input.shape, labels: images.labels,
            classCount: images.isLabelled ? network.classCount : 0, strongest: run.options.strongest,
            references: run.references.count(among: activations.images.count))
        return try search.concepts(count, random: RandomSource(seed: run.options.seed, stream: "concepts/\(layer)"))
    }

    private func tasks(_ layer: LayerConcepts, _ run: ReportRun) throws -> [PrototypeTask] {
        let layers = try run.innerMatching.layers(before: layer.layer, in: run.network)
        return layer.concepts.filter { !$0.references.isEmpty }.map { concept in
            let candidates = (concept.references + [concept.heldOut].compactMap { $0 }).map {
                run.references.usesWholeImages ? Reference(image: $0.image, score: $0.score) : $0
            }
            return PrototypeTask(
                target: .concept(layer: layer.layer, index: concept.index), layers: layers,
                choice: ReferenceChoice(
                    from: candidates, count: concept.references.count, sentence: sentence(concept, of: layer, run.references)),
                guidance: .init(layer: layer.layer, start: .direction(concept.direction)), prior: .unit)
        }
    }

    private func sentence(_ concept: LayerConcepts.Concept, of layer: LayerConcepts, _ settings: ReferenceSettings) -> String {
        let count = concept.references.count
        guard layer.windows > layer.images else {
            return "The \(count) images of \(layer.images) with the largest coefficient of the concept, whole."
        }
        return "The \(count) windows of \(layer.side) x \(layer.side) pixels with the largest coefficient of the concept, one an image, of "
            + "\(layer.windows) in \(layer.images) images"
            + (settings.usesWholeImages ? "; the whole images were used." : ", enlarged to the network's input.")
    }
}

extension ConceptStage.Findings: ShowsImages {
    var shownImages: Set<Int> {
        Set(layers.flatMap { $0.concepts.flatMap { $0.statistics.strongest.map(\.image) } })
    }
}
