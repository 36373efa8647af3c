import Dataset
import Diagnostics
import Run

/// Which units of a layer go together, from what the pass over the images kept.
struct SimilarityStage: ReportStage {
    let title = "Comparing units", unit = "layers"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        layers(findings.of(StatisticsStage.self)).map { .similarity(layer: $0.layer) }
    }

    private func layers(_ found: StatisticsStage.Findings) -> [(layer: String, correlation: UnitCorrelation)] {
        zip(found.layers, found.sweep.correlations).filter { !$1.isEmpty }.map { ($0.layer, $1) }
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        let layers = layers(findings.of(StatisticsStage.self)), (folder, seed) = (run.folder, run.options.seed)
        // One that is damaged is made again.
        let open = layers.filter { layer, correlation in
            let known = try? folder.read(LayerSimilarity.self, from: .similarity(layer: layer))
            return known?.layer != layer || known?.images != correlation.images || known?.units.count != correlation.units
        }
        let done = layers.count - open.count
        progress.begin(title, total: layers.count, done: done)
        defer { progress.end() }
        try OrderedWork.run(0..<open.count, threads: run.threads) {
        } piece: { _, number in
            SimilarUnits(layer: open[number].layer, open[number].correlation).document(seed: seed)
        } deliver: { number, document in
            try folder.write(document, to: .similarity(layer: document.layer))
            progress.update(done + number + 1)
        }
    }
}
