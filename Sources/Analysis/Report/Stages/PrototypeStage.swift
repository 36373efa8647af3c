import Dataset
import Diagnostics
import Network
import Relevance
import Run

/// The prototypes that other stages ask for, each with all that lies beside it, as soon as it is made.
struct PrototypeStage: SharedStage {
    let title = "Making prototypes"
    let needs: [any ReportStage.Type] = [ReferenceStage.self, FacetStage.self, ConceptStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { findings.tasks.map { .prototype($0.target) } }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        try make(findings.tasks, run, findings, progress)
    }

    /// Makes those of `tasks` that are not made yet.
    private func make(_ tasks: [PrototypeTask], _ run: ReportRun, _ findings: ReportFindings, _ progress: any ProgressReport) throws {
        let keeper = PrototypeKeeper(run: run)
        let open = tasks.filter { !keeper.isMade($0.target) }
        func steps(_ tasks: [PrototypeTask]) -> Int { tasks.reduce(0) { $0 + run.options.steps * Self.seeds($1.target, run) } }
        let counter = StepCounter(progress, done: steps(tasks) - steps(open))
        progress.begin("Making \(tasks.count) prototypes (steps)", total: steps(tasks), done: counter.done)
        defer { progress.end() }
        for isFacet in [false, true] {
            let part = open.filter { $0.target.isFacet == isFacet }
            guard let first = part.first else { continue }
            try make(part, run, findings, Self.schedule(run), seeds: Self.seeds(first.target, run)) { counter.add($0) }
        }
    }

    /// A facet's prototype stands beside the unit's own, of which there are those of other seeds.
    private static func seeds(_ target: Prototype.Target, _ run: ReportRun) -> Int { target.isFacet ? 1 : run.options.seeds }

    private static func schedule(_ run: ReportRun) -> OptimisationSchedule {
        OptimisationSchedule(run.options, size: run.network.input.size)
    }

    private func make(
        _ tasks: [PrototypeTask], _ run: ReportRun, _ findings: ReportFindings, _ schedule: OptimisationSchedule, seeds: Int,
        step: @escaping @Sendable (Int) -> Void
    ) throws {
        var studio = studio(run, schedule, seeds: seeds)
        // Where relevance lies in its references stands beside the unit's own prototype.
        if tasks.allSatisfy(\.target.isFacet) { studio.heatMaps = 0 }
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
        for (group, count, seeds) in groups(of: sample) where count > 0 {
            var own = findings.tasks.filter { $0.group == group }
            // The sample has too few references for facets: units stand for them.
            if own.isEmpty, group.hasPrefix("facets of ") { own = findings.tasks.filter { "facets of \($0.group)" == group } }
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
                steps += cost.step * Double(phase.steps * seeds)
            }
            let rounds = Double((batches + atOnce - 1) / atOnce)
            let kept = own.prefix(tasks.count)
            func bytes(_ path: (Prototype.Target) -> RunPath) -> Int { kept.reduce(0) { $0 + sample.size(path($1.target)) } / kept.count * count }
            let pictures = bytes(RunPath.prototypePicture) * seeds
            estimate.pictures += pictures
            estimate.phases.append(
                .init(
                    name: "Prototypes of \(group)", amount: "\(count * seeds) pictures of \(run.options.steps) steps",
                    seconds: planning + rounds * (round + steps), peakMemory: ProcessMemory.peak,
                    disk: bytes(RunPath.prototype) + pictures, pieces: count))
        }
    }

    /// The kinds of prototypes with their number and that of their seeds.
    private func groups(of sample: ReportSample) -> [(group: String, count: Int, seeds: Int)] {
        let run = sample.run, facets = run.options.facets == true ? run.options.layers : []
        return sample.prototypes.map { ($0.group, $0.count, run.options.seeds) } + facets.map { layer in
            let units = sample.prototypes.first { $0.group == layer }?.count ?? 0
            return ("facets of \(layer)", Int((FacetStage.usual * Double(units)).rounded(.up)), 1)
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
        case .facet(let layer, _, _): "facets of \(layer)"
        }
    }
}
