import Dataset
import Diagnostics
import Run

/// One pass over the images: the statistics and the strongest images of all units of the chosen layers, and how well the network does.
struct StatisticsStage: SharedStage {
    /// The name of what is kept of the pass.
    static let state = "sweep"

    struct Findings {
        let sweep: Sweep
        /// Of the chosen layers, in their order, and of the logits last.
        let statistics: [LayerStatistics]
        let classes: ClassTable

        /// Without the logits.
        var layers: ArraySlice<LayerStatistics> { statistics.dropLast() }
        /// Numbers of the images that could be read, rising.
        var readable: [Int] { sweep.tally.predicted.indices.filter { sweep.tally.predicted[$0] >= 0 } }
    }

    let title = "Looking at images", unit = "images"
    let needs: [any ReportStage.Type] = []

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        run.options.layers.map { .statistics(layer: $0) } + [.classes]
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        let states = run.states, sweep = try restored(run, nil, progress)
        try sweep.run(progress: progress) { try states.write(Self.state, $0) }
        for item in sweep.skipped.prefix(5) { progress.note("Skipped \(item.path): \(item.reason)") }
        if sweep.skipped.count > 5 { progress.note("and \(sweep.skipped.count - 5) more; all are listed in the report") }
        return try write(sweep, of: run)
    }

    /// The pass as far as it is done.
    private func restored(_ run: ReportRun, _ shard: RunShard?, _ progress: any ProgressReport) throws -> Sweep {
        let sweep = try makeSweep(run, over: run.images, shard)
        guard let content = try run.states.read(Self.state), (try? sweep.restore(content)) == nil else { return sweep }
        progress.note("What was kept of the pass over the images is of another version of Vitrine: it is done anew")
        return try makeSweep(run, over: run.images, shard)
    }

    private func makeSweep(_ run: ReportRun, over images: RealImages, _ shard: RunShard? = nil) throws -> Sweep {
        try Sweep(
            network: run.network, images: images, layers: run.options.layers,
            capacity: max(ReferenceSearch.capacity(run.references), run.options.strongest), threads: run.threads,
            algorithms: run.algorithms, precision: run.precision, blocks: SweepBlocks(of: images.count), shard: shard)
    }

    private func write(_ sweep: Sweep, of run: ReportRun) throws -> Findings {
        let found = Findings(
            sweep: sweep,
            statistics: sweep.accumulators.map { $0.statistics(exemplars: run.options.strongest, input: run.network.input.shape) },
            classes: sweep.tally.table(names: run.classNames))
        for layer in found.layers { try run.folder.write(layer, to: .statistics(layer: layer.layer)) }
        try run.folder.write(found.classes, to: .classes)
        return found
    }

    /// The time of an image over a second of work at least, multiplied.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Findings {
        progress.note("Measuring the pass over the images")
        ProcessMemory.resetPeak()
        // The first pass makes plans and times algorithms; the second, over fewer images, tells what remains of that.
        func sweep(_ images: RealImages) throws -> Sweep {
            let sweep = try makeSweep(sample.run, over: images)
            try sweep.run(progress: SilentProgress())
            return sweep
        }
        let real = sample.real, small = sample.run.images
        let few = small.sample(sample.run.threads * MicroBatch.size(for: sample.run.network.input.shape), of: [])
        let first = try sweep(small)
        let start = try ReportSample.seconds { _ = try sweep(few) }
        var count = small.count
        var time = try ReportSample.seconds { _ = try sweep(small) }
        if time < 1, real.count > small.count {
            count = min(real.count, Int(Double(small.count) * min(50, 1.2 / max(time, 0.01))))
            let more = real.sample(count, of: [])
            count = more.count
            time = try ReportSample.seconds { _ = try sweep(more) }
        }
        let each = count > few.count ? max(0, time - start) / Double(count - few.count) : time / Double(count)
        let before = sample.bytes(in: .run)
        var found: Findings?
        let writing = try ReportSample.seconds { found = try write(first, of: sample.run) }
        guard let found else { preconditionFailure("statistics that were written") }
        // Every image is listed with its size and its class.
        let lists = real.count * 64
        estimate.phases.append(
            .init(
                name: title, amount: "\(real.count) \(unit)", seconds: start + writing + each * Double(max(0, real.count - few.count)),
                peakMemory: ProcessMemory.peak + lists, disk: first.stateBytes + real.count * 4 + sample.bytes(in: .run) - before, pieces: SweepBlocks(of: real.count).count))
        return found
    }
}

extension StatisticsStage.Findings: ShowsImages {
    var shownImages: Set<Int> {
        Set(layers.flatMap { $0.units.flatMap { $0.strongest.map(\.image) } })
    }
}

// MARK: Shards

extension StatisticsStage {
    var part: RunPart { .images }
    var taken: [String] { ["run.json", "state/identity", "state/algorithms"] }

    func prepare(_ run: ReportRun, _ findings: ReportFindings) throws { try makeSweep(run, over: run.images).prepare() }

    /// Whole blocks of the listing; the sums of each are kept by themselves.
    func share(_ shard: RunShard, of run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws {
        let states = run.states, sweep = try restored(run, shard, progress)
        try sweep.run(progress: progress, save: { try states.write(Self.state, $0) }) { block, sums in
            try states.write(Self.state(of: block), sums.bytes)
        }
    }

    private static func state(of block: Int) -> String { "\(state)-\(block)" }

    /// Counts shard by shard, sums block by block, as one pass adds them up.
    func join(_ shards: [FinishedShard], into folder: RunFolder, _ identity: RunIdentity) throws {
        func content(_ shard: FinishedShard, _ name: String) throws -> [UInt8] {
            guard let bytes = try RunStates(folder: shard.folder, fingerprint: identity.fingerprint).read(name) else {
                throw Problem("\(shard.folder.full(.state(name))) is damaged", remedy: "Remove the folder of this shard, and run it again.")
            }
            return bytes
        }
        var whole: SweepState?, sums: SweepSums?
        for shard in shards {
            let next = try SweepState(content(shard, Self.state)), blocks = SweepBlocks(of: next.images)
            guard next.range == blocks.images(of: shard.record.shard) else {
                throw Problem("\(shard.folder.path) has seen other images than shard \(shard.record.shard)")
            }
            if whole == nil { whole = next } else { try whole?.append(next) }
            for block in blocks.blocks(of: shard.record.shard) {
                let found = try SweepSums(content(shard, Self.state(of: block)))
                guard found.isLike(next.sums) else { throw Problem("\(shard.folder.path) has sums over other layers") }
                if sums == nil { sums = found } else { sums?.append(found) }
            }
        }
        guard var whole, let sums, whole.range == 0..<whole.images, sums.isLike(whole.sums) else {
            throw Problem("The shards have not seen all images")
        }
        whole.sums = sums
        try RunStates(folder: folder, fingerprint: identity.fingerprint).write(Self.state, whole.bytes)
    }
}
