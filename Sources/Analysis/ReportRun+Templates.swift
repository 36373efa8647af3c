import Diagnostics
import Network
import Run

/// Template maps: what a student's templates match, beside the teacher's.
extension ReportRun {
    /// Images with a map, at most.
    private static let mostMaps = 40

    /// Finds out what templates match and writes it, or takes what is there. Returns the images that have to be kept as pictures; none where
    /// the network matches no templates.
    func studyTemplates(_ sweep: Sweep, _ progress: any ProgressReport) throws -> Set<Int> {
        guard let templates, !templates.record.layers.isEmpty else { return [] }
        let readable = sweep.tally.predicted.indices.filter { sweep.tally.predicted[$0] >= 0 }
        let pass = try TemplateSweep(
            network: network, images: images, record: templates.record, teacher: templates.teacher, readable: readable,
            pictured: Self.pictured(of: readable, labels: images.labels), threads: threads, algorithms: algorithms, precision: precision)
        if let kept = try state("templates") { try pass.restore(kept) }
        let save = stateKeeper
        try pass.run(progress: progress) { try save("templates", $0) }
        let classCount = images.kinds(for: network)
        let documents = TemplateDocuments(
            network: network, record: templates.record, sweep: pass, images: readable.count, classCount: classCount,
            seed: options.seed, threads: threads)
        var shown = Set(pass.pictured)
        for (place, source) in templates.record.layers.enumerated() {
            let name = source.description.name
            let layer: TemplateLayer
            // One that is damaged is made again.
            if let known = try? folder.read(TemplateLayer.self, from: .templates(layer: name)), known.layer == name,
                known.templates.count == source.description.count
            {
                layer = known
            } else {
                layer = try documents.layer(place)
                try folder.write(layer, to: .templates(layer: name))
            }
            shown.formUnion(layer.templates.flatMap { $0.windows.map(\.image) })
            try folder.write(documents.maps(place, labels: images.labels), to: .templateMaps(layer: name))
            if let matrix = documents.matrix(place) { try folder.write(matrix, to: .scoreMatrix(layer: name)) }
        }
        try folder.write(distillation(templates, sweep, pass), to: .distillation)
        return shown.filter { images.labels.indices.contains($0) }
    }

    private func distillation(_ templates: TemplateStudy, _ sweep: Sweep, _ pass: TemplateSweep) -> Distillation {
        let classes = sweep.tally.table(names: classNames).classes
        let isLabelled = images.isLabelled
        return Distillation(
            method: templates.record.method, teacher: templates.record.teacher, layers: templates.record.layers.map(\.description.name),
            images: isLabelled ? classes.map(\.images) : [], student: isLabelled ? .init(correct: classes.map(\.correct)) : nil,
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
