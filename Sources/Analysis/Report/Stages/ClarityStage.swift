import Diagnostics
import Run

/// Whether the references of each unit are alike, to the judge's eyes where there is one, else to the network's own.
struct ClarityStage: ReportStage {
    let title = "Comparing references", unit = "units"
    let needs: [any ReportStage.Type] = [StatisticsStage.self, ReferenceStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        run.options.layers.filter { !wishes($0, findings).isEmpty }.map { .clarity(layer: $0) }
    }

    func pieces(of sample: ReportSample, done: Int) -> Int {
        max(done, sample.prototypes.filter { sample.run.options.layers.contains($0.group) }.reduce(0) { $0 + $1.count })
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        try compare(.max, run, findings, progress)
    }

    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Void {
        try measured(on: sample, &estimate) { try compare(ReportSample.units, sample.run, findings, $0) }
    }

    /// The first `most` units of every layer.
    private func compare(_ most: Int, _ run: ReportRun, _ findings: ReportFindings, _ progress: any ProgressReport) throws {
        let open = run.options.layers.map { ($0, Array(wishes($0, findings).prefix(most))) }.filter { layer, wishes in
            guard !wishes.isEmpty else { return false }
            // Of other eyes, or of other units, it is made again.
            guard let known = try? run.folder.read(LayerClarity.self, from: .clarity(layer: layer)) else { return true }
            return known.layer != layer || known.judge != run.judge?.description || known.units.map(\.unit) != wishes.map(\.unit)
        }
        guard !open.isEmpty else { return }
        let meter = ClarityMeter(
            network: run.judge?.network ?? run.network, judge: run.judge?.description, images: run.images, seed: run.options.seed, threads: run.threads)
        let readable = findings.of(StatisticsStage.self).readable
        var done = 0
        progress.begin(title, total: open.reduce(0) { $0 + $1.1.count }, done: 0)
        defer { progress.end() }
        for (layer, wishes) in open {
            let before = done
            try run.folder.write(meter.clarity(of: layer, wishes, readable: readable) { progress.update(before + $0) }, to: .clarity(layer: layer))
            done += wishes.count
        }
    }

    /// The units of a layer with two references at least.
    private func wishes(_ layer: String, _ findings: ReportFindings) -> [ClarityMeter.Wish] {
        findings.of(ReferenceStage.self).tasks.compactMap { task in
            guard case .unit(layer, let unit) = task.target, task.choice.references.count > 1 else { return nil }
            return .init(unit: unit, references: task.choice.references)
        }
    }
}
