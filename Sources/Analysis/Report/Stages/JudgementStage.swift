import Diagnostics
import Images
import Run

/// The line-ups of all units as another network answers them, where one was named.
struct JudgementStage: ReportStage {
    let title = "Having line-ups judged", unit = "units"
    let needs: [any ReportStage.Type] = [LineUpStage.self, ReferenceStage.self, PrototypeStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        run.judge == nil ? [] : findings.of(LineUpStage.self).lineUps.map { .judgement(layer: $0.layer) }
    }

    /// As many as units get a prototype.
    func pieces(of sample: ReportSample, done: Int) -> Int {
        max(done, sample.prototypes.filter { sample.run.options.layers.contains($0.group) }.reduce(0) { $0 + $1.count })
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        guard let judge = run.judge else { return }
        let worker = LineUpJudge(judge: judge, images: run.images, threads: run.threads)
        let layers = try findings.of(LineUpStage.self).lineUps.filter { lineUp in
            // Of another judge, or of other units, it is made again.
            guard let known = try? run.folder.read(LayerJudgement.self, from: .judgement(layer: lineUp.layer)) else { return true }
            let units = try self.wishes(lineUp, run, findings).map { $0.question.unit }
            return known.layer != lineUp.layer || known.judge != judge.description || known.units.contains { !units.contains($0.unit) }
                || known.units.count < units.count
        }
        let work = try layers.map { try self.wishes($0, run, findings) }
        var done = 0
        guard !layers.isEmpty else { return }
        progress.begin("Having line-ups judged (units)", total: work.reduce(0) { $0 + $1.count }, done: 0)
        defer { progress.end() }
        for (lineUp, wishes) in zip(layers, work) {
            let before = done
            let found = try worker.judgement(of: lineUp.layer, wishes) { progress.update(before + $0) }
            done += wishes.count
            try run.folder.write(found, to: .judgement(layer: lineUp.layer))
        }
    }

    /// The units of a layer that have a line-up, a prototype and real images besides.
    private func wishes(_ lineUp: LineUp, _ run: ReportRun, _ findings: ReportFindings) throws -> [LineUpJudge.Wish] {
        let tasks = Dictionary(
            findings.of(ReferenceStage.self).tasks.compactMap { task -> (Int, PrototypeTask)? in
                if case .unit(lineUp.layer, let unit) = task.target { (unit, task) } else { nil }
            }, uniquingKeysWith: { first, _ in first })
        return try lineUp.questions.compactMap { question in
            guard let task = tasks[question.unit], let bytes = try run.folder.readBytes(.prototypePicture(task.target)) else { return nil }
            let shown = Set(question.pictures.map(\.image)), references = task.choice.references + task.choice.others
            guard references.contains(where: { !shown.contains($0.image) }) else { return nil }
            return LineUpJudge.Wish(
                question: question, prototype: try ImageDecoder.decode(bytes, name: "the prototype of \(task.name)"), references: references)
        }
    }
}
