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
        let statistics = findings.of(StatisticsStage.self), tasks = findings.of(ReferenceStage.self).tasks
        let maker = LineUpMaker(
            network: run.network, images: run.images, settings: run.references, seed: run.options.seed, threads: run.threads,
            algorithms: run.algorithms, precision: run.precision)
        let layers = layers(of: run, tasks), count = run.images.count
        var lineUps = layers.compactMap { try? run.folder.read(LineUp.self, from: .lineUp(layer: $0)) }
        let isWhole = lineUps.allSatisfy { $0.questions.flatMap(\.pictures).allSatisfy { (0..<count).contains($0.image) } }
        if lineUps.map(\.layer) != layers || !isWhole {
            lineUps = try maker.lineUps(
                for: tasks, statistics: Array(statistics.layers), readable: statistics.readable, progress: progress)
        }
        // The pictures first: a document promises that its pictures are there.
        try maker.keepWindows(lineUps, in: run.folder)
        for lineUp in lineUps { try run.folder.write(lineUp, to: .lineUp(layer: lineUp.layer)) }
        return Findings(lineUps: lineUps)
    }
}

extension LineUpStage.Findings: ShowsImages {
    var shownImages: Set<Int> { Set(pictures.filter { $0.window == nil }.map(\.image)) }
    var mentionedImages: Set<Int> { Set(pictures.map(\.image)) }
}
