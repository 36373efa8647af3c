import Diagnostics
import Foundation
import Network
import Run

/// Which real images the prototypes of the chosen classes and units are matched to.
struct ReferenceStage: SharedStage {
    struct Findings: AsksForPrototypes {
        /// Of the classes, then of the units of each layer; those without any reference are left out.
        let tasks: [PrototypeTask]
        fileprivate let layers: [String]
        fileprivate let statistics: [LayerStatistics]

        func statistics(of target: Prototype.Target) -> LayerStatistics.Unit? {
            switch target {
            case .classOutput(let index): statistics[layers.count].units[index]
            case .unit(let layer, let unit): layers.firstIndex(of: layer).map { statistics[$0].units[unit] }
            case .concept, .facet: nil
            }
        }
    }

    let title = "Choosing references"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    /// They stand in the documents of the prototypes.
    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { [] }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        let found = findings.of(StatisticsStage.self)
        let tasks = classTasks(run, found.sweep) + (try unitTasks(run, found.sweep, progress))
        return Findings(
            tasks: tasks.filter { !$0.choice.references.isEmpty }, layers: run.options.layers, statistics: found.statistics)
    }

    private func search(_ run: ReportRun) -> ReferenceSearch {
        ReferenceSearch(
            network: run.network, images: run.images, settings: run.references, threads: run.threads, algorithms: run.algorithms,
            precision: run.precision)
    }

    private func candidates(_ run: ReportRun, _ sweep: Sweep) -> [ReferenceCandidates] {
        run.options.layers.enumerated().flatMap { number, layer in
            (run.units[layer] ?? []).map {
                ReferenceCandidates(unit: $0, in: sweep.accumulators[number], run.references, input: run.network.input.shape)
            }
        }
    }

    private func classTasks(_ run: ReportRun, _ sweep: Sweep) -> [PrototypeTask] {
        let unreadable = Set(sweep.tally.predicted.indices.filter { sweep.tally.predicted[$0] < 0 })
        let matched = run.network.matched.map { PrototypeTask.Layer(name: $0.layer, weight: $0.weight) }
        return run.classes.map { index in
            PrototypeTask(
                target: .classOutput(index: index), layers: matched,
                choice: .ofClass(
                    index, labels: run.images.labels, unreadable: unreadable, logits: sweep.accumulators[run.options.layers.count],
                    settings: run.references, seed: run.options.seed),
                prior: ImagePrior(classesOf: run.network))
        }
    }

    private func unitTasks(_ run: ReportRun, _ sweep: Sweep, _ progress: any ProgressReport) throws -> [PrototypeTask] {
        let states = run.states
        var choices = try search(run).choices(
            for: candidates(run, sweep), progress: progress, state: states.read, save: states.write)[...]
        return try run.options.layers.flatMap { layer in
            let layers = try run.innerMatching.layers(before: layer, in: run.network)
            return (run.units[layer] ?? []).map { unit in
                PrototypeTask(
                    target: .unit(layer: layer, unit: unit), layers: layers, choice: choices.removeFirst(),
                    guidance: .init(layer: layer, start: .map(unit: unit)), prior: .unit)
            }
        }
    }

    /// The search for windows visits every image that some unit has among its candidates, once; then the references of every unit are
    /// compared, if different ones are wanted.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Findings {
        ProcessMemory.resetPeak()
        let run = sample.run, all = sample.real.count, timer = StageTimer()
        var found: Findings?
        var time = try ReportSample.seconds { found = try self.run(run, findings, progress: timer) }
        guard let found else { preconditionFailure("references that were chosen") }
        let units = found.tasks.filter { $0.guidance != nil }.count
        func candidates(of images: Int) -> Int { run.references.candidates(for: run.references.count(among: images)) }
        var pieces: [Int] = []
        let visits = ReportSample.different(units * candidates(of: all), of: all)
        if case .window = run.references.region { pieces.append(visits) }
        if run.references.diversity > 0 { pieces.append(units * candidates(of: all) / max(1, candidates(of: run.images.count))) }
        guard units > 0, !pieces.isEmpty else { return found }
        // What the sample took that is not work by the piece happens once as well.
        for (stage, count) in zip(timer.stages, pieces) {
            time += (stage.secondsPerPiece ?? time / Double(max(1, stage.total))) * Double(count - stage.total)
        }
        estimate.phases.append(
            .init(
                name: title, amount: "about \(visits) images", seconds: max(0, time), peakMemory: ProcessMemory.peak,
                disk: units * candidates(of: all) * 32, pieces: run.references.diversity > 0 ? nil : visits))
        return found
    }
}

// MARK: Shards

/// Shared are the images in which the best windows of units are looked for, which is nearly all of the work; of like references the best
/// ones are chosen by whoever puts the shards together.
extension ReferenceStage {
    var part: RunPart { .references }
    var taken: [String] { ["run.json", "state/identity", "state/algorithms", "state/\(StatisticsStage.state)"] }

    func prepare(_ run: ReportRun, _ findings: ReportFindings) throws {
        try search(run).windowSearch(for: candidates(run, findings.of(StatisticsStage.self).sweep))?.prepare()
    }

    func share(_ shard: RunShard, of run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws {
        let candidates = candidates(run, findings.of(StatisticsStage.self).sweep), states = run.states
        guard let search = search(run).windowSearch(for: candidates, shard: shard) else {
            return progress.note("References are taken without looking for windows: there is nothing to share")
        }
        if let bytes = try states.read(ReferenceSearch.windows) { try search.restore(bytes) }
        try search.run(progress: progress) { try states.write(ReferenceSearch.windows, $0) }
    }

    func join(_ shards: [FinishedShard], into folder: RunFolder, _ identity: RunIdentity) throws {
        var whole: FoundWindows?
        for shard in shards where shard.folder.exists(.state(ReferenceSearch.windows)) {
            guard let bytes = try RunStates(folder: shard.folder, fingerprint: identity.fingerprint).read(ReferenceSearch.windows) else {
                throw Problem(
                    "\(shard.folder.full(.state(ReferenceSearch.windows))) is damaged", remedy: "Remove the folder of this shard, and run it again.")
            }
            let found = try FoundWindows(bytes)
            if whole == nil { whole = found } else { try whole?.add(found) }
        }
        guard let whole else { return }
        guard whole.isWhole else { throw Problem("The shards have not looked at all images") }
        try RunStates(folder: folder, fingerprint: identity.fingerprint).write(ReferenceSearch.windows, whole.bytes)
    }
}
