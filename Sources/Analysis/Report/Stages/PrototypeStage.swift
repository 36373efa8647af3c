import Dataset
import Diagnostics
import Network
import Relevance
import Run

/// The prototypes that other stages ask for, each with all that lies beside it, as soon as it is made.
struct PrototypeStage: SharedStage {
    let title = "Making prototypes"
    let needs: [any ReportStage.Type] = [ReferenceStage.self, ConceptStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { findings.tasks.map { .prototype($0.target) } }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        try make(findings.tasks, run, findings, progress)
    }

    /// Makes those of `tasks` that are not made yet.
    private func make(_ tasks: [PrototypeTask], _ run: ReportRun, _ findings: ReportFindings, _ progress: any ProgressReport) throws {
        let keeper = PrototypeKeeper(run: run)
        let open = tasks.filter { !keeper.isMade($0.target) }
        let each = run.options.steps * run.options.seeds
        let counter = StepCounter(progress, done: (tasks.count - open.count) * each)
        progress.begin("Making \(tasks.count) prototypes (steps)", total: tasks.count * each, done: counter.done)
        defer { progress.end() }
        try make(open, run, findings, Self.schedule(run), seeds: run.options.seeds) { counter.add($0) }
    }

    private static func schedule(_ run: ReportRun) -> OptimisationSchedule {
        OptimisationSchedule(run.options, size: run.network.input.size)
    }

    private func make(
        _ tasks: [PrototypeTask], _ run: ReportRun, _ findings: ReportFindings, _ schedule: OptimisationSchedule, seeds: Int,
        step: @escaping @Sendable (Int) -> Void
    ) throws {
        let studio = studio(run, schedule, seeds: seeds)
        let keeper = PrototypeKeeper(run: run)
        let real = Dictionary(tasks.map { ($0.name, findings.statistics(of: $0.target)) }) { first, _ in first }
        try studio.run(tasks, step: step) { result in
            guard let statistics = real[result.task.name] else { preconditionFailure("a prototype that was not asked for") }
            try keeper.save(result, among: statistics)
        }
    }
}

// MARK: Shards

extension PrototypeStage {
    var part: RunPart { .prototypes }
    var taken: [String] { ["run.json", "state/", "layers/", "classes/"] }

    func prepare(_ run: ReportRun, _ findings: ReportFindings) throws {
        try studio(run, Self.schedule(run), seeds: run.options.seeds).prepare(findings.tasks)
    }

    func share(_ shard: RunShard, of run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws {
        try make(shard.share(of: findings.tasks), run, findings, progress)
    }

    private func studio(_ run: ReportRun, _ schedule: OptimisationSchedule, seeds: Int) -> PrototypeStudio {
        PrototypeStudio(
            network: run.network, images: run.images, schedule: schedule, seed: run.options.seed, seeds: seeds, threads: run.threads,
            algorithms: run.algorithms, precision: run.precision, composite: (try? Composite.named(run.options.composite)) ?? .vital,
            inner: run.innerMatching)
    }
}

// MARK: The estimate

extension PrototypeStage {
    /// Of the classes, and of every layer's units, as many prototypes as go at a time are made for a few steps: the time of a step and of what
    /// comes before and after, each multiplied by how often it happens. Early stops are not foreseen. Prototypes that are mostly noise yet
    /// make larger files than finished ones.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Void {
        let run = sample.run
        let schedule = Self.schedule(run)
        for (group, count) in sample.prototypes where count > 0 {
            let own = findings.tasks.filter { $0.group == group }
            guard !own.isEmpty else { continue }
            progress.note("Measuring prototypes of \(group)")
            ProcessMemory.resetPeak()
            let batch = MicroBatch.size(for: run.network.input.shape)
            let batches = (count + batch - 1) / batch, atOnce = min(run.threads, batches)
            // Where the sample has fewer targets than go at a time, the same ones again stand for others.
            let tasks = (0..<min(count, batch * atOnce)).map { sample.withAllReferences(own[$0 % own.count]) }
            var round = 0.0, steps = 0.0, planning = 0.0
            for phase in schedule.phases {
                let cost = try cost(of: tasks, phase, run, findings)
                planning += cost.planning
                round += cost.around
                steps += cost.step * Double(phase.steps * run.options.seeds)
            }
            let rounds = Double((batches + atOnce - 1) / atOnce)
            let kept = own.prefix(tasks.count)
            func bytes(_ path: (Prototype.Target) -> RunPath) -> Int { kept.reduce(0) { $0 + sample.size(path($1.target)) } / kept.count * count }
            let pictures = bytes(RunPath.prototypePicture) * run.options.seeds
            estimate.pictures += pictures
            estimate.phases.append(
                .init(
                    name: "Prototypes of \(group)", amount: "\(count * run.options.seeds) pictures of \(run.options.steps) steps",
                    seconds: planning + rounds * (round + steps), peakMemory: ProcessMemory.peak,
                    disk: bytes(RunPath.prototype) + pictures, pieces: count))
        }
    }

    /// Seconds for the plans, for a step of all of `tasks`, and for what comes before the first step and after the last.
    private func cost(
        of tasks: [PrototypeTask], _ phase: OptimisationSchedule.Phase, _ run: ReportRun, _ findings: ReportFindings
    ) throws -> (planning: Double, step: Double, around: Double) {
        var tiny = tasks[0]
        tiny.choice.references = Array(tiny.choice.references.prefix(1))
        // The first time algorithms are timed, which this machine knows afterwards.
        _ = try time([tiny], phase, steps: 1, run, findings)
        let single = try time([tiny], phase, steps: 2, run, findings)
        let steps = 2 + max(2, min(40, Int(1.5 / max(single.step, 0.001))))
        let all = try time(tasks, phase, steps: steps, run, findings)
        let planning = max(0, single.total - 2 * single.step)
        return (planning, all.step, max(0, all.total - planning - Double(steps) * all.step))
    }

    private func time(
        _ tasks: [PrototypeTask], _ phase: OptimisationSchedule.Phase, steps: Int, _ run: ReportRun, _ findings: ReportFindings
    ) throws -> (total: Double, step: Double) {
        var schedule = Self.schedule(run)
        schedule.phases = [.init(steps: steps, pooling: phase.pooling)]
        schedule.settling = nil
        let clock = StepClock()
        let total = try ReportSample.seconds { try make(tasks, run, findings, schedule, seeds: 1) { clock.note($0) } }
        return (total, clock.seconds(forPictures: tasks.count))
    }
}

extension PrototypeTask {
    /// The prototypes that are estimated together: those of the classes, of a layer's units, of its concepts.
    fileprivate var group: String {
        switch target {
        case .classOutput: "classes"
        case .unit(let layer, _): layer
        case .concept(let layer, _): "concepts of \(layer)"
        }
    }
}
