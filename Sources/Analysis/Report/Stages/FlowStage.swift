import Diagnostics
import Foundation
import Network
import Relevance
import Run

/// Relevance over the references of units and classes: which units upstream carry it, and whom a unit serves downstream.
struct FlowStage: ReportStage {
    struct Findings: ShowsImages {
        var shownImages: Set<Int> = []
    }

    /// References that a target's relevance is summed over, at most: the first ones.
    static let imagesOfUnit = 8, imagesOfClass = 20
    /// Downstream units, and classes, named with a unit.
    private static let named = 8

    let title = "Following relevance", unit = "targets"
    let needs: [any ReportStage.Type] = [StatisticsStage.self, ReferenceStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        guard !passes(run, findings.of(ReferenceStage.self).tasks).isEmpty else { return [] }
        return run.options.layers.map { .flow(layer: $0) } + (hasClasses(findings.of(ReferenceStage.self).tasks) ? [.classFlow] : [])
    }

    private func hasClasses(_ tasks: [PrototypeTask]) -> Bool {
        tasks.contains { if case .classOutput = $0.target { true } else { false } }
    }

    /// A pass to be made: from which layer to which, for whom.
    private struct Route {
        /// Nil for the logits.
        var layer: String?
        var upstream: [String]
        var targets: [FlowPass.Target]
    }

    /// Units' relevance is read at the nearest reported layer upstream, that of classes at all of them.
    private func passes(_ run: ReportRun, _ tasks: [PrototypeTask]) -> [Route] {
        guard let composite = try? Composite.named(run.options.composite), composite.isRelevance else { return [] }
        func before(_ target: String) -> [String] { run.network.graph.layers(run.options.layers, before: target) }
        var routes = run.options.layers.compactMap { layer -> Route? in
            let targets = tasks.compactMap { task -> FlowPass.Target? in
                guard case .unit(layer, let unit) = task.target else { return nil }
                return .init(unit: unit, references: Array(task.choice.references.prefix(Self.imagesOfUnit)))
            }
            guard let upstream = before(layer).last, !targets.isEmpty else { return nil }
            return Route(layer: layer, upstream: [upstream], targets: targets)
        }
        let classes = Self.classTargets(tasks)
        let all = before(run.network.logits)
        if !classes.isEmpty, !all.isEmpty { routes.append(Route(layer: nil, upstream: all, targets: classes)) }
        return routes
    }

    /// The classes among `tasks`, over their first references.
    static func classTargets(_ tasks: [PrototypeTask]) -> [FlowPass.Target] {
        tasks.compactMap { task in
            guard case .classOutput(let index) = task.target else { return nil }
            return .init(unit: index, references: Array(task.choice.references.prefix(imagesOfClass)))
        }
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        let routes = passes(run, findings.of(ReferenceStage.self).tasks)
        guard !routes.isEmpty else { return Findings() }
        let tallies = try follow(routes, run, progress)
        return try write(routes, tallies, run, findings)
    }

    private func follow(_ routes: [Route], _ run: ReportRun, _ progress: any ProgressReport) throws -> [FlowTally] {
        let composite = try Composite.named(run.options.composite), states = run.states
        let total = routes.reduce(0) { $0 + $1.targets.count }
        var before = 0
        progress.begin(title, total: total, done: 0)
        defer { progress.end() }
        return try routes.map { route in
            let pass = try FlowPass(
                from: route.layer ?? run.network.logits, to: route.upstream, targets: route.targets, network: run.network, images: run.images,
                composite: composite, algorithms: run.algorithms)
            let name = "flow/" + (route.layer ?? "")
            // Only one target is delivered at a time, and nothing else touches these meanwhile.
            nonisolated(unsafe) var tally = FlowTally(units: pass.units, keepsImages: route.layer == nil)
            nonisolated(unsafe) var lastSave = ContinuousClock.now
            if let kept = try states.read(name) { tally.restore(kept, targets: route.targets.count) }
            let first = tally.done, offset = before
            try pass.run(from: first, threads: run.threads) { number, found in
                tally.add(found, of: route.targets[number].references)
                progress.update(offset + tally.done)
                if lastSave.duration(to: .now) > .seconds(20) {
                    try states.write(name, tally.state())
                    lastSave = .now
                }
            }
            if tally.done > first { try states.write(name, tally.state()) }
            before += route.targets.count
            return tally
        }
    }

    // MARK: Documents

    private func write(_ routes: [Route], _ tallies: [FlowTally], _ run: ReportRun, _ findings: ReportFindings) throws -> Findings {
        var result = Findings()
        let accumulators = findings.of(StatisticsStage.self).sweep.accumulators
        let classes = zip(routes, tallies).first { $0.0.layer == nil }
        for (number, layer) in run.options.layers.enumerated() {
            let own = zip(routes, tallies).first { $0.0.layer == layer }
            let behind = zip(routes, tallies).filter { $0.0.layer != nil && $0.0.upstream == [layer] }
            let place = classes?.0.upstream.firstIndex(of: layer)
            let units = (0..<accumulators[number].shape[0]).map { unit -> LayerFlow.Unit in
                var source: RelevanceSource?
                if let (route, tally) = own, let target = route.targets.firstIndex(where: { $0.unit == unit }) {
                    source = tally.source(of: target, in: 0, name: route.upstream[0])
                }
                let downstream = behind.flatMap { route, tally in
                    route.targets.indices.map { target in
                        LayerFlow.Downstream(
                            layer: route.layer ?? "", unit: route.targets[target].unit, share: tally.share(of: unit, in: 0, target: target))
                    }
                }
                var served: [RelevanceShare] = [], relevant: [LayerFlow.RelevantImage] = []
                if let (route, tally) = classes, let place {
                    served = route.targets.indices.map {
                        RelevanceShare(index: route.targets[$0].unit, share: tally.share(of: unit, in: place, target: $0))
                    }
                    let found = tally.relevant(place, unit)
                    relevant = found.shares.indices.map { rank in
                        .init(
                            exemplar: accumulators[number].exemplar(
                                image: Int(found.images[rank]), activation: found.shares[rank], position: Int(found.positions[rank]),
                                input: run.network.input.shape), classIndex: route.targets[Int(found.targets[rank])].unit)
                    }
                }
                result.shownImages.formUnion(relevant.map(\.exemplar.image))
                return .init(
                    unit: unit, source: source, downstream: Self.largest(downstream.map(\.share)).map { downstream[$0] },
                    classes: Self.largest(served.map(\.share)).map { served[$0] }, relevantImages: relevant)
            }
            try run.folder.write(
                LayerFlow(layer: layer, composite: run.options.composite, upstream: own?.0.upstream[0], units: units), to: .flow(layer: layer))
        }
        if let (route, tally) = classes {
            let entries = route.targets.indices.map { target in
                ClassFlow.Entry(
                    index: route.targets[target].unit,
                    layers: route.upstream.indices.compactMap { tally.source(of: target, in: $0, name: route.upstream[$0]) })
            }
            try run.folder.write(ClassFlow(composite: run.options.composite, classes: entries), to: .classFlow)
        }
        return result
    }

    /// Places of the largest shares above zero, largest first.
    private static func largest(_ shares: [Float]) -> [Int] { Sweep.best(named, of: shares).filter { shares[$0] > 0 } }

    // MARK: The estimate

    func pieces(of sample: ReportSample, done: Int) -> Int { done }

    /// A few targets of every pass, multiplied.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Findings {
        let run = sample.run, routes = passes(run, findings.of(ReferenceStage.self).tasks)
        guard !routes.isEmpty else { return Findings() }
        ProcessMemory.resetPeak()
        let counts = Dictionary(sample.prototypes.map { ($0.group, $0.count) }) { first, _ in first }
        var seconds = 0.0, targets = 0
        let few = routes.map { route in
            var route = route
            route.targets = Array(route.targets.prefix(2 * run.threads))
            return route
        }
        let before = sample.bytes(in: .run)
        var tallies: [FlowTally] = []
        for route in few {
            let time = try ReportSample.seconds { tallies += try follow([route], run, SilentProgress()) }
            let count = counts[route.layer ?? "classes"] ?? route.targets.count
            seconds += time / Double(max(1, route.targets.count)) * Double(count)
            targets += count
        }
        let found = try write(few, tallies, run, findings)
        estimate.phases.append(
            .init(
                name: title, amount: "\(targets) \(unit)", seconds: seconds, peakMemory: ProcessMemory.peak,
                disk: sample.bytes(in: .run) - before))
        return found
    }
}
