import Diagnostics
import Network
import Relevance
import Run

/// How much of the relevance of classes goes through each head, over the classes' references.
struct HeadRelevanceStage: ReportStage {
    /// Classes named with a head.
    private static let named = 8

    let title = "Following relevance through heads", unit = "classes"
    let needs: [any ReportStage.Type] = [ReferenceStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { targets(run, findings).isEmpty ? [] : [.headRelevance] }

    /// Those that `FlowStage` follows; none where relevance is none, or nobody asked for heads.
    private func targets(_ run: ReportRun, _ findings: ReportFindings) -> [FlowPass.Target] {
        guard !run.attentions.isEmpty, (try? Composite.named(run.options.composite))?.isRelevance == true else { return [] }
        return FlowStage.classTargets(findings.of(ReferenceStage.self).tasks)
    }

    func pieces(of sample: ReportSample, done: Int) -> Int { sample.prototypes.first { $0.group == "classes" }?.count ?? done }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        let targets = targets(run, findings)
        guard !targets.isEmpty else { return }
        if let known = try? run.folder.read(HeadRelevance.self, from: .headRelevance), known.layers.map(\.name) == run.attentions.map(\.name) { return }
        let (network, layers) = try run.network.showingHeads(of: run.attentions)
        let pass = try FlowPass(
            from: network.logits, to: layers, targets: targets, network: network, images: run.images,
            composite: try Composite.named(run.options.composite), algorithms: run.algorithms)
        progress.begin(title, total: targets.count, done: 0)
        defer { progress.end() }
        // Only one target is delivered at a time, and nothing else touches this meanwhile.
        nonisolated(unsafe) var tally = FlowTally(units: pass.units, keepsImages: false)
        try pass.run(from: 0, threads: run.threads) { number, found in
            tally.add(found, of: targets[number].references)
            progress.update(number + 1)
        }
        let isUsed = targets.indices.map { tally.source(of: $0, in: 0, name: "") != nil }
        let document = HeadRelevance(
            composite: run.options.composite, images: targets.map(\.references.count).max() ?? 0, classes: isUsed.count { $0 },
            layers: run.attentions.enumerated().map { place, attention in
                .init(
                    name: attention.name,
                    heads: (0..<attention.heads).map { head in
                        let shares = targets.indices.map { target in
                            (0..<attention.width).reduce(Float(0)) { $0 + tally.share(of: head * attention.width + $1, in: place, target: target) }
                        }
                        return .init(
                            share: shares.reduce(0, +) / Float(max(1, isUsed.count { $0 })),
                            classes: Sweep.best(Self.named, of: shares).filter { shares[$0] > 0 }.map {
                                RelevanceShare(index: targets[$0].unit, share: shares[$0])
                            })
                    })
            })
        try run.folder.write(document, to: .headRelevance)
    }
}
