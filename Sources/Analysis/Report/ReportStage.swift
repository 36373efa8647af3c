import Diagnostics
import Run

/// One part of a report's work: what it needs, what it finds, which documents it writes, and what it costs.
///
/// The next analysis: a file beside `Stages/LineUpStage.swift`, and a line in `ReportStages.all`. Whatever it says of its progress is shown
/// and timed; `ReportProbe` estimates it by doing it on a sample; `ImageStage` keeps the real images that it shows (`ShowsImages`), and
/// `PrototypeStage` makes the prototypes that it asks for (`AsksForPrototypes`).
protocol ReportStage: Sendable {
    associatedtype Findings

    /// What is done, as an estimate lists it: `Making line-ups`.
    var title: String { get }
    /// The stages whose findings it uses: they stand before it in the list.
    var needs: [any ReportStage.Type] { get }

    /// The documents that it writes in `run`, given what stages before it found. Each is there when `run` has returned.
    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath]

    /// Does what is not done yet, takes what is in the run's folder already, and returns what others need of it. What is found is written as
    /// soon as it is known, pictures before the document that promises them: the work may be stopped anywhere, and goes on from there.
    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings

    /// How many pieces, as it counts them in its progress, there will be with all images, where there were `done` in the sample.
    func pieces(of sample: ReportSample, done: Int) -> Int
    /// What these pieces are, in the plural: `images`.
    var unit: String { get }

    /// Does the stage on the sample and adds what all of it will take to `estimate`.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Findings
}

/// The stages of a report, in the order in which they are done.
enum ReportStages {
    static let all: [any ReportStage] = [
        StatisticsStage(),
        TemplateStage(), LinearProbeStage(), TeacherStage(),
        ReferenceStage(),
        FacetStage(),
        LineUpStage(),
        ConceptStage(),
        DirectionStage(),
        RangeStage(),
        SimilarityStage(),
        WordStage(),
        FlowStage(),
        AttentionStage(), HeadRelevanceStage(), ClarityStage(),
        ImageStage(),
        ManifestStage(),
        PrototypeStage(),
        PathStage(),
        FacetLikenessStage(),
        JudgementStage(),
    ]
}

extension ReportStage {
    var unit: String { "pieces" }

    /// As many: what does not depend on the number of images.
    func pieces(of sample: ReportSample, done: Int) -> Int { done }

    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Findings {
        try measured(on: sample, &estimate) { try run(sample.run, findings, progress: $0) }
    }

    /// What `work` finds, done on the sample: the time that it takes, and that of a piece for all that are missing, are added to `estimate`. A stage
    /// that had nothing to do is not listed.
    func measured(
        on sample: ReportSample, _ estimate: inout ReportEstimate, _ work: (any ProgressReport) throws -> Findings
    ) throws -> Findings {
        let before = sample.bytes(in: .run), timer = StageTimer()
        ProcessMemory.resetPeak()
        var found: Findings?
        var time = try ReportSample.seconds { found = try work(timer) }
        guard let found else { preconditionFailure("a stage that returned found something") }
        guard let done = timer.stages.first, done.total > 0 else { return found }
        let count = pieces(of: sample, done: done.total)
        if let each = done.secondsPerPiece { time += each * Double(count - done.total) }
        estimate.phases.append(
            .init(
                name: title, amount: "\(count) \(unit)", seconds: max(0, time), peakMemory: ProcessMemory.peak,
                disk: sample.bytes(in: .run) - before))
        return found
    }
}

/// Findings that show real images: these are kept as pictures in the run's folder.
protocol ShowsImages {
    /// Numbers in the listing.
    var shownImages: Set<Int> { get }
    /// Those that are named without being shown.
    var mentionedImages: Set<Int> { get }
}

extension ShowsImages {
    var mentionedImages: Set<Int> { [] }
}

/// Findings that ask for prototypes.
protocol AsksForPrototypes {
    var tasks: [PrototypeTask] { get }
    /// What the target of one of them does on real images; nil for the targets of others.
    func statistics(of target: Prototype.Target) -> LayerStatistics.Unit?
}
