import Diagnostics
import Run

/// What a student says of the images beside its teacher, where one was named.
struct TeacherStage: ReportStage {
    struct Findings: ShowsImages {
        var shownImages: Set<Int> = []
    }

    let title = "Comparing with the teacher", unit = "images"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { run.teaching == nil ? [] : [.teacher] }

    /// Every image goes through both networks.
    func pieces(of sample: ReportSample, done: Int) -> Int { sample.real.count }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        guard let study = run.teaching else { return Findings() }
        // One that is damaged is made again.
        if let known = try? run.folder.read(TeacherComparison.self, from: .teacher) { return Findings(known, of: run.images.count) }
        let (history, remarks) = study.history()
        let document = TeacherComparison(
            teacher: study.teacher.identity, method: study.record.method, options: study.record.options, studentClasses: run.network.classCount,
            teacherClasses: study.teacher.network.classCount, teacherInput: study.teacher.network.input.shape.dimensions,
            seesSamePictures: study.view != nil,
            outputs: study.sharesClasses
                ? try outputs(run, study, readable: findings.of(StatisticsStage.self).readable, progress: progress) : nil,
            history: history, warnings: study.warnings + remarks)
        try run.folder.write(document, to: .teacher)
        run.states.remove("teacher")
        return Findings(document, of: run.images.count)
    }

    private func outputs(
        _ run: ReportRun, _ study: TeacherStudy, readable: [Int], progress: any ProgressReport
    ) throws -> TeacherComparison.Outputs {
        let sweep = try OutputSweep(
            student: .init(network: run.network, images: run.images),
            teacher: .init(network: study.teacher.network, images: try study.images(run.images)), view: study.view, readable: readable,
            temperatures: study.temperatures, threads: run.threads, algorithms: run.algorithms, precision: run.precision)
        let states = run.states
        if let kept = try states.read("teacher") { try sweep.restore(kept) }
        try sweep.run(progress: progress) { try states.write("teacher", $0) }
        return sweep.tally.outputs()
    }
}

extension TeacherStage.Findings {
    fileprivate init(_ document: TeacherComparison, of images: Int) {
        guard let outputs = document.outputs else { return }
        shownImages = Set((outputs.widest + outputs.onlyTeacher + outputs.onlyStudent).map(\.image)).filter { (0..<images).contains($0) }
    }
}
