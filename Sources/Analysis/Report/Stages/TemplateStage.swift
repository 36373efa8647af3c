import Diagnostics
import Network
import Run

/// Template maps: what a student's templates match, beside the teacher's.
struct TemplateStage: ReportStage {
    struct Findings: ShowsImages {
        var shownImages: Set<Int> = []
    }

    let title = "Matching templates", unit = "images"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    /// Images with a map, at most.
    private static let mostMaps = 40

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        guard let layers = run.templates?.record.layers.map(\.description.name), !layers.isEmpty else { return [] }
        return layers.flatMap { [.templates(layer: $0), .templateMaps(layer: $0)] } + [.distillation]
    }

    /// Every image goes through the student, the student without templates and the teacher; the rest does not depend on images.
    func pieces(of sample: ReportSample, done: Int) -> Int { sample.real.count }

    /// Finds out what templates match and writes it, or takes what is there; nothing where the network matches no templates.
    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        guard let templates = run.templates, !templates.record.layers.isEmpty else { return Findings() }
        let statistics = findings.of(StatisticsStage.self), images = run.images, states = run.states
        let readable = statistics.readable
        let pass = try TemplateSweep(
            network: run.network, images: images, record: templates.record, teacher: templates.teacher, readable: readable,
            pictured: Self.pictured(of: readable, labels: images.labels), threads: run.threads, algorithms: run.algorithms,
            precision: run.precision)
        if let kept = try states.read("templates") { try pass.restore(kept) }
        try pass.run(progress: progress) { try states.write("templates", $0) }
        let documents = TemplateDocuments(
            network: run.network, record: templates.record, sweep: pass, images: readable.count,
            classCount: images.isLabelled ? run.network.classCount : 0, seed: run.options.seed, threads: run.threads)
        var shown = Set(pass.pictured)
        for (place, source) in templates.record.layers.enumerated() {
            let layer = try write(documents, place, source.description, to: run.folder, labels: images.labels)
            shown.formUnion(layer.templates.flatMap { $0.windows.map(\.image) })
        }
        try run.folder.write(distillation(run, templates, statistics.classes, pass), to: .distillation)
        return Findings(shownImages: shown.filter { images.labels.indices.contains($0) })
    }

    private func write(
        _ documents: TemplateDocuments, _ place: Int, _ description: TemplateDescription, to folder: RunFolder, labels: [Int?]
    ) throws -> TemplateLayer {
        let name = description.name
        let layer: TemplateLayer
        // One that is damaged is made again.
        if let known = try? folder.read(TemplateLayer.self, from: .templates(layer: name)), known.layer == name,
            known.templates.count == description.count
        {
            layer = known
        } else {
            layer = try documents.layer(place)
            try folder.write(layer, to: .templates(layer: name))
        }
        try folder.write(documents.maps(place, labels: labels), to: .templateMaps(layer: name))
        if let matrix = documents.matrix(place) { try folder.write(matrix, to: .scoreMatrix(layer: name)) }
        return layer
    }

    private func distillation(_ run: ReportRun, _ templates: TemplateStudy, _ table: ClassTable, _ pass: TemplateSweep) -> Distillation {
        let isLabelled = run.images.isLabelled
        return Distillation(
            method: templates.record.method, teacher: templates.record.teacher, layers: templates.record.layers.map(\.description.name),
            images: isLabelled ? table.classes.map(\.images) : [], student: isLabelled ? .init(correct: table.classes.map(\.correct)) : nil,
            withoutTemplates: isLabelled ? .init(correct: pass.correctWithout.map { Int($0) }) : nil,
            teacherAccuracy: isLabelled && pass.comparesClasses ? .init(correct: pass.correctOfTeacher.map { Int($0) }) : nil,
            options: templates.record.options, warnings: templates.warnings)
    }

    /// The first two images of each class, or the first one where classes are many, of classes spread evenly where they are more still;
    /// without labels images spread evenly. Rising.
    static func pictured(of readable: [Int], labels: [Int?]) -> [Int] {
        func spread<Item>(_ items: [Item], _ count: Int) -> [Item] {
            items.count <= count ? items : (0..<count).map { items[$0 * items.count / count] }
        }
        let byClass = Dictionary(grouping: readable.filter { labels[$0] != nil }) { labels[$0] ?? 0 }
        guard !byClass.isEmpty else { return spread(readable, mostMaps) }
        let classes = spread(byClass.keys.sorted(), mostMaps)
        let each = 2 * classes.count <= mostMaps ? 2 : 1
        return classes.flatMap { (byClass[$0] ?? []).prefix(each) }.sorted()
    }
}
