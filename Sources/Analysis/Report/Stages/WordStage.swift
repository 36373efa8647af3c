import Dataset
import Diagnostics
import Network
import Run
import Tensors

/// Which words go with each unit, and how well labels tell on held-out images where it is active, where words or attributes were named.
struct WordStage: ReportStage {
    let title = "Finding words", unit = "images"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    /// Words kept of a unit.
    static let shown = 5

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        guard let labels = run.labels else { return [] }
        return run.options.layers.flatMap { (labels.vocabulary == nil ? [] : [RunPath.words(layer: $0)]) + [.checks(layer: $0)] }
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        guard let labels = run.labels else { return }
        let found = findings.of(StatisticsStage.self), layers = run.options.layers
        let open = layers.filter { !isDone($0, run) }
        guard !open.isEmpty else { return LabelPass.forget(run.states) }
        let counts = found.layers.map(\.units.count), readable = found.readable
        let pass = LabelPass(run: run, encoder: try labels.vocabulary.map { try ImageEncoder($0, images: run.images) }, readable: readable, counts: counts)
        let (sums, table) = try pass.found(progress: progress)
        let paths = table.images.map { run.images.folder.items[$0].relativePath }
        let checker = try LabelChecker(
            table, LabelHalves(paths), groups(run, labels, table), words: labels.vocabulary?.words, seed: run.options.seed, threads: run.threads)
        let ranges = ranges(counts)
        if let vocabulary = labels.vocabulary {
            let finder = try WordFinder(vocabulary, sums, table, seed: run.options.seed, threads: run.threads)
            progress.begin("Shuffling activations", total: open.count * ShuffledLevels.shuffles, done: 0)
            for (place, layer) in open.enumerated() {
                guard let number = layers.firstIndex(of: layer) else { continue }
                let words = try finder.words(of: ranges[number], layer: layer) { progress.update(place * ShuffledLevels.shuffles + $0) }
                try run.folder.write(words, to: .words(layer: layer))
                // The last document of a layer is that of its checks.
            }
            progress.end()
        }
        progress.begin("Checking labels on held-out images", total: open.reduce(0) { $0 + counts[layers.firstIndex(of: $1) ?? 0] }, done: 0)
        defer { progress.end() }
        var done = 0
        for layer in open {
            guard let number = layers.firstIndex(of: layer) else { continue }
            let before = done
            try run.folder.write(try checker.checks(of: ranges[number], layer: layer) { progress.update(before + $0) }, to: .checks(layer: layer))
            done += counts[number]
        }
        LabelPass.forget(run.states)
    }

    /// One that is damaged is made again.
    private func isDone(_ layer: String, _ run: ReportRun) -> Bool {
        guard (try? run.folder.read(LayerChecks.self, from: .checks(layer: layer)))?.layer == layer else { return false }
        return run.labels?.vocabulary == nil || (try? run.folder.read(LayerWords.self, from: .words(layer: layer)))?.layer == layer
    }

    /// Where the units of each layer stand in the table.
    private func ranges(_ counts: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for count in counts {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<start + count)
        }
        return ranges
    }

    /// What images are labelled with besides words.
    private func groups(_ run: ReportRun, _ labels: LabelStudy, _ table: LabelTable) -> [LabelChecker.Group] {
        var groups: [LabelChecker.Group] = []
        let images = table.images
        if run.images.isLabelled {
            let classes = images.map { run.images.labels[$0] }
            groups.append(.init(kind: .imageClass, names: run.classNames) { label, row in classes[row].map { $0 == label ? 1 : 0 } ?? -1 })
        }
        if let attributes = labels.attributes {
            groups.append(.init(kind: .attribute, names: attributes.names) { label, row in attributes.values[label * attributes.images + images[row]] })
        }
        return groups
    }

    /// The pass grows with the images, shuffles with those that have room in the table, intervals with the held-out half.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Void {
        guard let labels = sample.run.labels else { return }
        progress.note("Measuring words")
        let before = sample.bytes(in: .run), timer = StageTimer()
        ProcessMemory.resetPeak()
        var time = try ReportSample.seconds { try run(sample.run, findings, progress: timer) }
        let stages = timer.stages, units = findings.of(StatisticsStage.self).layers.reduce(0) { $0 + $1.units.count }
        let width = labels.vocabulary?.words.width ?? 0, words = labels.vocabulary?.words.words.count ?? 0
        let seen = stages.first?.total ?? 0, rows = LabelTable.rows(of: sample.real.count, units: units, width: width)
        if let each = stages.first?.secondsPerPiece { time += each * Double(max(0, sample.real.count - seen)) }
        if labels.vocabulary != nil, stages.count > 1, let each = stages[1].secondsPerPiece {
            // Activations by vectors, and that by words.
            time += each * Double(stages[1].total) * (Double(rows + words) / Double(max(1, seen + words)) - 1)
        }
        let kinds = (words > 0 ? 1 : 0) + (sample.real.isLabelled ? 1 : 0) + (labels.attributes == nil ? 0 : 1), held = min(rows / 2, 2 * HeldOutComparison.most)
        var random = RandomSource(seed: 0)
        let values = (0..<max(2, held)).map { _ in random.uniform() }
        let each = ReportSample.seconds { _ = HeldOutComparison(with: Array(values.prefix(held / 10 + 1)), without: Array(values.dropFirst(held / 10 + 1)), random: &random) }
        time += each * Double(units * kinds) / Double(max(1, sample.run.threads))
        estimate.phases.append(
            .init(
                name: title, amount: "\(sample.real.count) \(unit)", seconds: max(0, time),
                peakMemory: ProcessMemory.peak + rows * (units + 2 * width) * MemoryLayout<Float>.size, disk: sample.bytes(in: .run) - before))
    }
}
