import Dataset
import Diagnostics
import Foundation
import Network
import Run
import Tensors

/// Chooses the references of inner units from what a sweep found: candidates by spatial maximum, the best window in each, and
/// different ones among them.
struct ReferenceSearch {
    let network: ImageNetwork
    let images: RealImages
    let settings: ReferenceSettings
    let threads: Int
    /// As in `Plan.Request`.
    var algorithms: AlgorithmChoices?
    var precision = Precision.float32

    /// The strongest images that a sweep must keep of each unit.
    static func capacity(_ settings: ReferenceSettings) -> Int { settings.candidates(for: settings.count) }

    /// The choice for each of `candidates`, in order. `state` gives what `save` was given for the same name and candidates in an
    /// earlier run.
    func choices(
        for candidates: [ReferenceCandidates], progress: any ProgressReport, state: (String) throws -> [UInt8]?,
        save: @escaping @Sendable (String, [UInt8]) throws -> Void
    ) throws -> [ReferenceChoice] {
        var candidates = candidates
        if let search = windowSearch(for: candidates) {
            if let bytes = try state(Self.windows) { try search.restore(bytes) }
            try search.run(progress: progress) { try save(Self.windows, $0) }
            candidates = search.found()
        }
        let looked = candidates.map(\.references.count)
        if settings.diversity > 0 {
            candidates = try different(candidates, progress, state: state("diversity")) { try save("diversity", $0) }
        }
        return zip(candidates, looked).map { candidate, looked in
            let references = candidate.references.map { reference in
                settings.usesWholeImages ? Reference(image: reference.image, score: reference.score) : reference
            }
            return ReferenceChoice(from: references, count: candidate.count, sentence: sentence(candidate.count, of: looked))
        }
    }

    /// The name of what is kept of the search for windows.
    static let windows = "windows"

    /// The search that `candidates` ask for, or the share of it that `shard` has; nil where no windows are looked for.
    func windowSearch(for candidates: [ReferenceCandidates], shard: RunShard? = nil) -> WindowSearch? {
        guard case .window = settings.region else { return nil }
        return WindowSearch(
            network: network, images: images, candidates: candidates, grid: settings.grid(for: network.input.shape), threads: threads,
            algorithms: algorithms, precision: precision, shard: shard)
    }

    private func sentence(_ count: Int, of looked: Int) -> String {
        let end = settings.diversity > 0 ? " Of like ones only the best were taken (diversity \(settings.diversity))." : ""
        let asWhole = settings.usesWholeImages ? "; the whole images were used" : ", enlarged to the network's input"
        switch settings.region {
        case .whole: return "The \(count) images that activate the unit most, whole." + end
        case .window(let side, _):
            return "The \(count) windows of \(side) x \(side) pixels with the largest mean activation of the unit, one an image, in the "
                + "\(looked) images that activate it most\(asWhole)." + end
        case .receptiveField:
            return "The receptive field of the unit’s maximum in the \(count) images that activate it most\(asWhole)." + end
        }
    }

    // MARK: Diversity

    /// The candidates in the order of a diverse choice, one more than the references: the next is held out.
    private func different(
        _ candidates: [ReferenceCandidates], _ progress: any ProgressReport, state: [UInt8]?,
        save: @escaping @Sendable ([UInt8]) throws -> Void
    ) throws -> [ReferenceCandidates] {
        nonisolated(unsafe) let orders = ChosenOrders()
        if let state { try orders.restore(state, candidates) }
        guard orders.chosen.count < candidates.count else { return orders.applied(to: candidates) }
        let size = MicroBatch.size(for: network.input.shape)
        let layers = Array(Set(candidates.map(\.layer))).sorted()
        let plan = try Plan(
            network.graph,
            .init(batch: size, input: network.input.shape, activations: layers, threads: 1, algorithms: algorithms, precision: precision))
        progress.begin("Comparing references (units)", total: candidates.count, done: orders.chosen.count)
        defer { progress.end() }
        let (search, settings) = (self, settings)
        try OrderedWork.run(orders.chosen.count..<candidates.count, threads: threads) {
            try Workspace(plan)
        } piece: { workspace, number -> [Int32] in
            let candidate = candidates[number]
            let choice = DiverseChoice(
                diversity: settings.diversity, scores: candidate.references.map { $0.score ?? 0 },
                features: try search.features(candidate, workspace))
            return choice.chosen(candidate.count + 1).map { Int32(truncatingIfNeeded: $0) }
        } deliver: { number, chosen in
            orders.chosen.append(chosen)
            progress.update(number + 1)
            if orders.lastSave.duration(to: .now) > .seconds(20) {
                try save(orders.state())
                orders.lastSave = .now
            }
        }
        try save(orders.state())
        return orders.applied(to: candidates)
    }

    /// The means over positions of all channels of the unit's layer, for each candidate as it would be used.
    private func features(_ candidate: ReferenceCandidates, _ workspace: Workspace) throws -> [[Float]] {
        let shape = try workspace.plan.shape(of: candidate.layer)
        var result: [[Float]] = []
        try workspace.forEachBatch(of: candidate.references) { reference, target in
            try images.write(settings.usesWholeImages ? Reference(image: reference.image) : reference, into: target)
        } look: { part in
            let summary = LayerSummary(try workspace.activation(of: candidate.layer), images: part.count, shape: shape)
            for slot in 0..<part.count {
                result.append((0..<shape[0]).map { Float(summary.sum[slot * shape[0] + $0] / Double(shape[1] * shape[2])) })
            }
        }
        return result
    }

    /// Which candidates were chosen for each unit so far, in order.
    private final class ChosenOrders {
        var chosen: [[Int32]] = []
        var lastSave = ContinuousClock.now
        private static let stateVersion = "diversity 1"

        func applied(to candidates: [ReferenceCandidates]) -> [ReferenceCandidates] {
            zip(candidates, chosen).map { candidate, chosen in
                var result = candidate
                result.references = chosen.map { candidate.references[Int($0)] }
                return result
            }
        }

        func state() -> [UInt8] {
            var archive = ByteArchive()
            archive.put(Self.stateVersion)
            archive.put(chosen.count)
            for order in chosen { archive.put(order) }
            return archive.bytes
        }

        func restore(_ bytes: [UInt8], _ candidates: [ReferenceCandidates]) throws {
            var archive = ByteArchive(bytes)
            guard try archive.takeText() == Self.stateVersion else { throw Problem("The saved state is of another version") }
            let count = try archive.takeInteger()
            var orders: [[Int32]] = []
            for candidate in candidates.prefix(max(0, count)) {
                let order: [Int32] = try archive.take()
                guard order.allSatisfy({ candidate.references.indices.contains(Int($0)) }) else {
                    throw Problem("The saved state is that of other references")
                }
                orders.append(order)
            }
            chosen = orders
        }
    }
}
