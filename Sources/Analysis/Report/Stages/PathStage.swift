import Diagnostics
import Images
import Run

/// Whether the network treats prototypes as it treats real images, layer by layer.
struct PathStage: ReportStage {
    let title = "Comparing paths", unit = "prototypes"
    let needs: [any ReportStage.Type] = [ReferenceStage.self, ConceptStage.self, PrototypeStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { groups(findings).map(\.path) }

    /// The targets of a layer with its concepts, and the classes.
    private func groups(_ findings: ReportFindings) -> [(path: RunPath, tasks: [PrototypeTask])] {
        var groups: [(path: RunPath, tasks: [PrototypeTask])] = []
        for task in findings.tasks where !task.target.isFacet {
            let path = RunPath.paths(of: task.target)
            if let place = groups.firstIndex(where: { $0.path == path }) { groups[place].tasks.append(task) } else { groups.append((path, [task])) }
        }
        return groups
    }

    func pieces(of sample: ReportSample, done: Int) -> Int { max(done, sample.prototypes.reduce(0) { $0 + $1.count }) }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        try compare(groups(findings), run, progress)
    }

    /// On the prototypes that the sample has: not all of them are made for it.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Void {
        let made = groups(findings).map { group in
            (path: group.path, tasks: group.tasks.filter { sample.run.folder.exists(.prototypePicture($0.target)) })
        }
        try measured(on: sample, &estimate) { try compare(made.filter { !$0.tasks.isEmpty }, sample.run, $0) }
    }

    private func compare(_ groups: [(path: RunPath, tasks: [PrototypeTask])], _ run: ReportRun, _ progress: any ProgressReport) throws {
        let open = groups.filter { group in
            guard let known = try? run.folder.read(PathSimilarity.self, from: group.path) else { return true }
            return known.entries.map(\.target) != group.tasks.map(\.target)
        }
        guard !open.isEmpty else { return }
        let meter = try PathMeter(
            run.network, layers: run.network.path(through: run.options.layers), images: run.images, threads: run.threads)
        var done = 0
        progress.begin("Comparing paths (prototypes)", total: open.reduce(0) { $0 + $1.tasks.count }, done: 0)
        defer { progress.end() }
        for (path, tasks) in open {
            let folder = run.folder
            let subjects = tasks.map { task in
                PathMeter.Subject(task) {
                    guard let bytes = try folder.readBytes(.prototypePicture(task.target)) else {
                        throw Problem("There is no prototype of \(task.name)", remedy: "Run the report again: it makes it anew.")
                    }
                    return try ImageDecoder.decode(bytes, name: "the prototype of \(task.name)")
                }
            }
            // Concepts are compared with concepts, units with units.
            let concepts = subjects.filter(\.isConcept), units = subjects.filter { !$0.isConcept }
            let before = done
            let found = try meter.entries(of: units) { progress.update(before + $0) }
                + meter.entries(of: concepts) { progress.update(before + units.count + $0) }
            done += tasks.count
            try run.folder.write(PathSimilarity(entries: found), to: path)
        }
    }
}

extension PathMeter.Subject {
    fileprivate var isConcept: Bool { if case .concept = target { true } else { false } }
}
