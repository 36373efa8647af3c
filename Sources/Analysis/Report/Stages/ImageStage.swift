import Dataset
import Diagnostics
import Images
import Run
import Tensors

/// The real images that somebody mentions: listed, and those that are shown kept as pictures.
struct ImageStage: ReportStage {
    /// How many of a prototype's references are kept as pictures; the others are listed by path.
    static let shownReferences = 12

    let title = "Keeping real images", unit = "images"
    let needs: [any ReportStage.Type] = [
        StatisticsStage.self, ReferenceStage.self, LineUpStage.self, ConceptStage.self, TemplateStage.self, RangeStage.self,
        FlowStage.self, AttentionStage.self, TeacherStage.self,
    ]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { [.images] }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        let (shown, mentioned) = Self.images(findings)
        let format = run.images.keptFormat
        let predictions = findings.of(StatisticsStage.self).sweep.tally.predicted
        // A file is read for its hash once: what was found of it stays found, whatever becomes of it.
        let known = (try? run.folder.read(ImageIndex.self, from: .images))?.images ?? [:]
        var index: [Int: ImageIndex.Image] = [:]
        for number in mentioned {
            let predicted = Int(predictions[number])
            index[number] = .init(
                path: run.images.folder.items[number].relativePath, label: run.images.labels[number],
                predicted: (0..<run.network.classCount).contains(predicted) ? predicted : nil,
                picture: shown.contains(number) ? RunPath.imagePicture(number, format: format).description : nil,
                sha256: known[number]?.sha256 ?? (try? run.images.folder.bytes(number)).map(FileHash.sha256))
        }
        let open = shown.sorted().filter { !run.folder.exists(.imagePicture($0, format: format)) }
        let (folder, images, done) = (run.folder, run.images, shown.count - open.count)
        progress.begin(title, total: shown.count, done: done)
        defer { progress.end() }
        try OrderedWork.run(0..<open.count, threads: run.threads) {
        } piece: { _, position in
            try images.encoded(images.picture(open[position]))
        } deliver: { position, bytes in
            try folder.writeBytes(bytes, to: .imagePicture(open[position], format: format))
            progress.update(done + position + 1)
        }
        try folder.write(ImageIndex(images: index), to: .images)
    }

    /// The images to keep, and all that are to be listed.
    private static func images(_ findings: ReportFindings) -> (shown: Set<Int>, mentioned: Set<Int>) {
        var shown = Set<Int>(), mentioned = Set<Int>()
        for each in findings.all((any ShowsImages).self) {
            shown.formUnion(each.shownImages)
            mentioned.formUnion(each.mentionedImages)
        }
        for task in findings.tasks {
            shown.formUnion(task.choice.references.prefix(shownReferences).map(\.image))
            mentioned.formUnion(task.choice.references.map(\.image))
        }
        return (shown, mentioned.union(shown))
    }

    /// How many different images there will be is a matter of chance: units share more of them than chance would have it.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Void {
        ProcessMemory.resetPeak()
        let run = sample.run
        let time = try ReportSample.seconds { try self.run(run, findings, progress: SilentProgress()) }
        let pictures = Double(max(1, sample.files(in: .images).count)), kept = sample.bytes(in: .images)
        let slots = findings.of(StatisticsStage.self).layers.reduce(0) { $0 + $1.units.count } * (run.options.strongest + RangeStage.steps)
            + sample.prototypes.reduce(0) { $0 + $1.count } * Self.shownReferences
            + run.network.templates.reduce(0) { $0 + min($1.count, TemplateLayer.picturedTemplates) } * TemplateTally.windows
        let shown = ReportSample.different(slots, of: sample.real.count)
        let copies = Int(Double(kept) / pictures * Double(shown))
        estimate.pictures += copies
        // An entry in the list of images is a line.
        estimate.phases.append(
            .init(
                name: title, amount: "about \(shown) \(unit)", seconds: time / pictures * Double(shown), peakMemory: ProcessMemory.peak,
                disk: copies + 120 * shown))
    }
}
