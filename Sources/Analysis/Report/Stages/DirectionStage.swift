import Diagnostics
import Network
import Run

/// What the units of a layer of directions are, and how well a dictionary puts its layer together again.
struct DirectionStage: ReportStage {
    let title = "Putting layers together from latents", unit = "images"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { reported(run).map { [.directions(layer: $0.name)] } ?? [] }

    /// Every image goes through the network once more.
    func pieces(of sample: ReportSample, done: Int) -> Int { sample.real.count }

    private func reported(_ run: ReportRun) -> Directions? { run.directions.flatMap { run.options.layers.contains($0.name) ? $0 : nil } }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        guard let directions = reported(run) else { return }
        let path = RunPath.directions(layer: directions.name)
        // One that is damaged is made again.
        if let known = try? run.folder.read(LayerDirections.self, from: path), known.layer == directions.name { return }
        let document = LayerDirections(
            layer: directions.name, behind: directions.layer, channels: directions.channels, count: directions.count,
            fileName: directions.fileName, sha256: run.options.directionsHash ?? "", kind: directions.kind.rawValue,
            activation: directions.activation.words, names: directions.names, remarks: directions.remarks,
            reconstruction: directions.reconstructs ? try reconstruction(directions, run, findings.of(StatisticsStage.self), progress) : nil)
        try run.folder.write(document, to: path)
        if let words = document.words { progress.note(words) }
    }

    private func reconstruction(
        _ directions: Directions, _ run: ReportRun, _ statistics: StatisticsStage.Findings, _ progress: any ProgressReport
    ) throws -> LayerDirections.Reconstruction {
        let readable = statistics.readable
        let found = try ReconstructionSweep(
            directions, network: run.network, images: run.images, readable: readable, algorithms: run.algorithms, precision: run.precision
        ).run(threads: run.threads, title: title, progress: progress)
        let units = statistics.layers.first { $0.layer == directions.name }?.units ?? []
        let plain = readable.map { Int(statistics.sweep.tally.predicted[$0]) }
        let pairs = Array(zip(plain, found.predicted)), labels = readable.map { run.images.labels[$0] }
        let classes = run.network.classCount
        let known = zip(pairs, labels).compactMap { pair, label in label.flatMap { $0 < classes ? (pair, $0) : nil } }
        func share(_ hits: Int, of count: Int) -> Float? { count > 0 ? Float(hits) / Float(count) : nil }
        return .init(
            images: readable.count, explainedVariance: found.explainedVariance,
            active: Float(units.reduce(0.0) { $0 + Double($1.activePositions) }), dead: units.count { $0.activeImages <= 0 },
            agreement: share(pairs.count { $0.0 == $0.1 }, of: pairs.count), labelled: known.count,
            accuracy: share(known.count { $0.0.0 == $0.1 }, of: known.count),
            accuracyReconstructed: share(known.count { $0.0.1 == $0.1 }, of: known.count))
    }
}

extension LayerDirections {
    /// What came of a dictionary, on one line; nil where there is nothing to say.
    fileprivate var words: String? {
        guard let found = reconstruction else { return nil }
        func percent(_ share: Float) -> String { "\((Double(share) * 1000).rounded() / 10) %" }
        var parts = [found.explainedVariance.map { "explains \(percent($0)) of the variance of \(behind)" } ?? "\(behind) has one value everywhere"]
        parts.append("\((found.active * 10).rounded() / 10) of \(count) latents active at a position, \(found.dead) dead")
        if let before = found.accuracy, let after = found.accuracyReconstructed {
            parts.append("accuracy \(percent(after)) with the reconstruction in its place, \(percent(before)) without")
        } else if let agreement = found.agreement {
            parts.append("the same class for \(percent(agreement)) of the images with the reconstruction in its place")
        }
        return "\(layer): \(parts.joined(separator: "; "))"
    }
}
