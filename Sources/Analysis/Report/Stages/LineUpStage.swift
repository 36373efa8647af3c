import Diagnostics
import Run

/// The line-ups of all units that get a prototype, with their windows.
struct LineUpStage: ReportStage {
    struct Findings {
        let lineUps: [LineUp]

        var pictures: [LineUp.Shown] { lineUps.flatMap { $0.questions.flatMap(\.pictures) } }
    }

    let title = "Making line-ups", unit = "units"
    let needs: [any ReportStage.Type] = [StatisticsStage.self, ReferenceStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        layers(of: run, findings.of(ReferenceStage.self).tasks).map { .lineUp(layer: $0) }
    }

    private func layers(of run: ReportRun, _ tasks: [PrototypeTask]) -> [String] {
        run.options.layers.filter { layer in tasks.contains { $0.guidance?.layer == layer } }
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        let tasks = findings.of(ReferenceStage.self).tasks
        let layers = layers(of: run, tasks), count = run.images.count
        let kept = layers.compactMap { try? run.folder.read(LineUp.self, from: .lineUp(layer: $0)) }
        let isWhole = kept.allSatisfy { $0.questions.flatMap(\.pictures).allSatisfy { (0..<count).contains($0.image) } }
        if kept.map(\.layer) == layers, isWhole { return try keep(kept, of: run) }
        return try keep(made(for: tasks, run, findings, progress), of: run)
    }

    private func made(
        for tasks: [PrototypeTask], _ run: ReportRun, _ findings: ReportFindings, _ progress: any ProgressReport
    ) throws -> [LineUp] {
        let statistics = findings.of(StatisticsStage.self)
        return try maker(run).lineUps(
            for: tasks, statistics: Array(statistics.layers), readable: statistics.readable, progress: progress)
    }

    private func keep(_ lineUps: [LineUp], of run: ReportRun) throws -> Findings {
        // The pictures first: a document promises that its pictures are there.
        try maker(run).keepWindows(lineUps, in: run.folder)
        for lineUp in lineUps { try run.folder.write(lineUp, to: .lineUp(layer: lineUp.layer)) }
        return Findings(lineUps: lineUps)
    }

    private func maker(_ run: ReportRun) -> LineUpMaker {
        LineUpMaker(
            network: run.network, images: run.images, settings: run.references, seed: run.options.seed, threads: run.threads,
            algorithms: run.algorithms, precision: run.precision)
    }
}

// MARK: The estimate

extension LineUpStage {
    /// The first units of every layer get their line-ups: images are drawn once for all, what a unit takes is multiplied.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Findings {
        let run = sample.run, all = findings.of(ReferenceStage.self).tasks, before = sample.bytes(in: .run), timer = StageTimer()
        let byLayer = layers(of: run, all).map { layer in all.filter { $0.guidance?.layer == layer } }
        let tasks = byLayer.flatMap { $0.prefix(ReportSample.units) }, count = byLayer.reduce(0) { $0 + $1.count }
        guard !tasks.isEmpty else { return Findings(lineUps: []) }
        ProcessMemory.resetPeak()
        var lineUps: [LineUp] = [], found = Findings(lineUps: [])
        let making = try ReportSample.seconds { lineUps = try made(for: tasks, run, findings, timer) }
        let keeping = try ReportSample.seconds { found = try keep(lineUps, of: run) }
        let done = Double(tasks.count), each = (timer.stages.last?.secondsPerPiece ?? making / done) + keeping / done
        estimate.phases.append(
            .init(
                name: title, amount: "\(count) \(unit)", seconds: making + keeping + each * (Double(count) - done),
                peakMemory: ProcessMemory.peak, disk: (sample.bytes(in: .run) - before) * count / tasks.count))
        return found
    }
}

extension LineUpStage.Findings: ShowsImages {
    var shownImages: Set<Int> { Set(pictures.filter { $0.window == nil }.map(\.image)) }
    var mentionedImages: Set<Int> { Set(pictures.map(\.image)) }
}
