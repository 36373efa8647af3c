import Dataset
import Diagnostics
import Network
import Run
import Tensors

/// Whether the references of units fall into clusters, where that was asked for: those of each cluster get a prototype of their own.
///
/// As multifaceted feature visualisation (Nguyen, Yosinski and Clune 2016) has it; how many facets a unit has is tested here.
struct FacetStage: ReportStage {
    struct Findings: AsksForPrototypes {
        var tasks: [PrototypeTask] = []
        fileprivate var statistics: [String: LayerStatistics] = [:]

        func statistics(of target: Prototype.Target) -> LayerStatistics.Unit? {
            guard case .facet(let layer, let unit, _) = target else { return nil }
            return statistics[layer]?.units[unit]
        }
    }

    /// Facets a unit has on the average (ResNet-20, 5,000 images): how many an estimate counts with.
    static let usual = 1.0

    let title = "Looking for facets", unit = "references"
    let needs: [any ReportStage.Type] = [StatisticsStage.self, ReferenceStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { layers(run, findings).map { .facets(layer: $0.layer.layer) } }

    /// The layers whose units have prototypes, with the tasks of these.
    private func layers(_ run: ReportRun, _ findings: ReportFindings) -> [(layer: LayerStatistics, tasks: [PrototypeTask])] {
        guard run.options.facets == true else { return [] }
        return findings.of(StatisticsStage.self).layers.compactMap { layer in
            let tasks = findings.of(ReferenceStage.self).tasks.filter { $0.target.unit(of: layer.layer) != nil }
            return tasks.isEmpty ? nil : (layer, tasks)
        }
    }

    func pieces(of sample: ReportSample, done: Int) -> Int {
        let count = sample.run.references.count(among: sample.real.count)
        return sample.prototypes.filter { sample.run.options.layers.contains($0.group) }.reduce(0) { $0 + $1.count * count }
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        try look(at: layers(run, findings), run, progress)
    }

    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Findings {
        let few = layers(sample.run, findings).map { (layer: $0.layer, tasks: Array($0.tasks.prefix(ReportSample.units))) }
        return try measured(on: sample, &estimate) { try look(at: few, sample.run, $0) }
    }

    private func look(
        at layers: [(layer: LayerStatistics, tasks: [PrototypeTask])], _ run: ReportRun, _ progress: any ProgressReport
    ) throws -> Findings {
        func units(_ tasks: [PrototypeTask], _ layer: LayerStatistics) -> [Int] { tasks.compactMap { $0.target.unit(of: layer.layer) } }
        let known = layers.map { layer, tasks -> LayerFacets? in
            let known = try? run.folder.read(LayerFacets.self, from: .facets(layer: layer.layer))
            return known?.units.map(\.unit) == units(tasks, layer) ? known : nil
        }
        let open = zip(layers, known).filter { $0.1 == nil }.map(\.0)
        var found: [LayerFacets] = [], done = 0
        if !open.isEmpty {
            progress.begin("Looking for facets (references)", total: open.flatMap(\.tasks).reduce(0) { $0 + $1.choice.references.count }, done: 0)
        }
        defer { if !open.isEmpty { progress.end() } }
        for (place, (layer, tasks)) in layers.enumerated() {
            if let known = known[place] {
                found.append(known)
                continue
            }
            let before = done
            let facets = try self.facets(of: layer, tasks, run) { progress.update(before + $0) }
            done += tasks.reduce(0) { $0 + $1.choice.references.count }
            try run.folder.write(facets, to: .facets(layer: layer.layer))
            found.append(facets)
        }
        return Findings(
            tasks: zip(layers, found).flatMap { layer, found in zip(layer.tasks, found.units).flatMap { Self.tasks(of: $1, like: $0) } },
            statistics: Dictionary(uniqueKeysWithValues: layers.map { ($0.layer.layer, $0.layer) }))
    }

    private func facets(
        of layer: LayerStatistics, _ tasks: [PrototypeTask], _ run: ReportRun, done: @escaping (_ references: Int) -> Void
    ) throws -> LayerFacets {
        let features = try FacetFeatures(layer, run.network, algorithms: run.algorithms, precision: run.precision)
        let (images, seed) = (run.images, run.options.seed)
        // One unit is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var units: [LayerFacets.Unit] = [], count = 0
        nonisolated(unsafe) let tell = done
        try OrderedWork.run(0..<tasks.count, threads: run.threads) {
            try Workspace(features.plan)
        } piece: { workspace, number in
            let task = tasks[number], unit = task.target.unit(of: layer.layer) ?? 0
            let all = task.choice.references + task.choice.others
            let vectors = try features.vectors(of: all, unit: unit, workspace) { try images.write($0, into: $1) }
            return try Self.facets(unit, task.choice, vectors, seed: seed, name: task.name)
        } deliver: { number, unit in
            units.append(unit)
            count += tasks[number].choice.references.count
            tell(count)
        }
        return LayerFacets(layer: layer.layer, units: units)
    }

    /// What `vectors` say, those of the references before those of the other candidates.
    static func facets(_ unit: Int, _ choice: ReferenceChoice, _ vectors: [[Float]], seed: UInt64, name: String) throws -> LayerFacets.Unit {
        let references = choice.references, own = Array(vectors.prefix(references.count))
        var random = RandomSource(seed: seed, stream: "facets/\(name)")
        guard let test = try FacetTest(of: own, random: &random) else {
            return .init(unit: unit, references: references.count, test: nil, facets: [])
        }
        guard test.needsFacets else { return .init(unit: unit, references: references.count, test: test.found, facets: []) }
        let members = (0..<test.found.clusters).map { cluster in own.indices.filter { test.labels[$0] == cluster } }
        let centres = members.map { numbers in
            vectors[0].indices.map { place in numbers.reduce(Float(0)) { $0 + own[$1][place] } / Float(numbers.count) }
        }
        let nearest = vectors.dropFirst(references.count).map { vector in
            let cosines = centres.map { FacetLikenessStage.cosine(vector, $0) / max(1e-6, FacetLikenessStage.cosine($0, $0).squareRoot()) }
            return cosines.indices.max { cosines[$0] < cosines[$1] } ?? 0
        }
        return .init(
            unit: unit, references: references.count, test: test.found,
            facets: members.indices.map { facet in
                .init(
                    references: members[facet].map { references[$0] },
                    others: zip(choice.others, nearest).filter { $0.1 == facet }.map(\.0), centre: centres[facet])
            })
    }

    /// What the unit's prototype is made like, matched to the references of each facet alone.
    private static func tasks(of unit: LayerFacets.Unit, like task: PrototypeTask) -> [PrototypeTask] {
        unit.facets.enumerated().map { number, facet in
            var result = task
            result.target = .facet(layer: task.target.layer ?? "", unit: unit.unit, index: number)
            result.choice = ReferenceChoice(
                from: facet.references + facet.others, count: facet.references.count,
                sentence: "\(facet.references.count) of the unit’s \(unit.references) references: one of \(unit.facets.count) clusters of their features.")
            return result
        }
    }
}

extension Prototype.Target {
    /// The unit that it is, of `layer`; nil for others.
    func unit(of layer: String) -> Int? { if case .unit(layer, let unit) = self { unit } else { nil } }

    var isFacet: Bool { if case .facet = self { true } else { false } }
}
