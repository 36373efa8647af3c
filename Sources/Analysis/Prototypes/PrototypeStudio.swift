import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Relevance
import Run
import Tensors

/// Makes prototypes by sort matching: many at once, each an independent problem.
///
/// Tasks that match the same layers share a plan. They go through the network in batches of a fixed size, one batch a
/// thread; within a batch every picture has its own references, optimiser state and random stream.
struct PrototypeStudio {
    /// In usual colours while it works.
    private(set) var network: ImageNetwork
    private(set) var images: RealImages
    let schedule: OptimisationSchedule
    let seed: UInt64
    /// Pictures of each target, with `seed` and the numbers after it.
    let seeds: Int
    let threads: Int
    /// References of a unit that get a heat map.
    var heatMaps = 12
    /// As in `Plan.Request`.
    var algorithms: AlgorithmChoices?
    /// What convolutions multiply while pictures are optimised; they are measured in float32.
    var precision = Precision.float32

    /// By which rules relevance flows.
    var composite = Composite.vital
    /// How strictly inner units are matched by it.
    var inner = InnerMatching.balanced

    /// A finished picture and what its optimisation looked like.
    struct Result: Sendable {
        var task: PrototypeTask
        /// One for each seed, in order.
        var pictures: [Picture]
        /// Of the first picture: what mattered to its making; nil where features are not masked.
        var masked: TranslucentPicture?
        /// Of the first references, where features are masked.
        var heatMaps: [HeatMap]
        /// Whether the pictures were seen mirrored; nil where that was not left to the references.
        var mirroring: Prototype.Mirroring?
        /// By matched layer, of the first picture, like all that follows.
        var layers: [Prototype.MatchedLayer]
        var curve: [Prototype.CurvePoint]
        /// Steps done.
        var steps: Int
        /// Of the first picture; `activations` are those of all.
        var measured: PrototypeMeasurement
        var activations: [Float]
        var seedAgreement: Float?
    }

    /// Makes the prototypes of `tasks` and hands each to `deliver` as soon as it is done. `step` is told of every step of
    /// every picture, from any thread.
    func run(
        _ tasks: [PrototypeTask], step: @escaping @Sendable (_ pictures: Int) -> Void,
        deliver: @escaping @Sendable (Result) throws -> Void
    ) throws {
        var studio = self
        (studio.network, studio.images) = try images.inUsualColours(of: network)
        for group in Self.groups(of: tasks) { try studio.run(group, step: step, deliver: deliver) }
    }

    /// Chooses what is chosen by timing for `tasks`.
    func prepare(_ tasks: [PrototypeTask]) throws {
        var studio = self
        (studio.network, studio.images) = try images.inUsualColours(of: network)
        for group in Self.groups(of: tasks) { _ = try studio.plans(group) }
    }

    private typealias Group = (layers: [PrototypeTask.Layer], guide: String?, tasks: [PrototypeTask])

    private static func groups(of tasks: [PrototypeTask]) -> [Group] {
        var groups: [Group] = []
        for task in tasks {
            if let index = groups.firstIndex(where: { $0.layers == task.layers && $0.guide == task.guidance?.layer }) {
                groups[index].tasks.append(task)
            } else {
                groups.append((task.layers, task.guidance?.layer, [task]))
            }
        }
        return groups
    }

    /// What a group's pictures go through while they are optimised, by the factor of pooling, and when they are measured.
    private func plans(_ group: Group) throws -> (optimising: [(Int, Plan)], measuring: Plan) {
        let size = MicroBatch.size(for: network.input.shape), names = group.layers.map(\.name)
        let factors = [1] + Set(schedule.phases.map(\.pooling)).subtracting([1]).sorted()
        let optimising = try factors.map { factor in
            (
                factor,
                try MatchingBatch.plan(
                    network.seeing(pooledBy: factor), layers: group.layers, guide: group.guide, composite: composite, batch: size,
                    algorithms: algorithms, precision: precision)
            )
        }
        let targetLayers = Set(group.tasks.compactMap(\.target.layer))
        let measuring = try MatchingBatch.plan(
            network, layers: group.layers, guide: group.guide, composite: composite, batch: 1,
            alsoRead: targetLayers.subtracting(names).sorted() + [network.logits], withGradient: false, algorithms: algorithms)
        return (optimising, measuring)
    }

    private func run(
        _ group: Group, step: @escaping @Sendable (Int) -> Void, deliver: @escaping @Sendable (Result) throws -> Void
    ) throws {
        let size = MicroBatch.size(for: network.input.shape), (layers, guide, tasks) = (group.layers, group.guide, group.tasks)
        let (plans, measuring) = try plans(group)
        let batches = stride(from: 0, to: tasks.count, by: size).map { Array(tasks[$0..<min($0 + size, tasks.count)]) }
        let studio = self
        try OrderedWork.run(0..<batches.count, threads: threads) {
            try PrototypeWorker(studio: studio, plans: plans, measuring: measuring, layers: layers, guide: guide)
        } piece: { worker, number in
            try worker.make(batches[number], step: step)
        } deliver: { _, results in
            for result in results { try deliver(result) }
        }
    }
}

extension ImageNetwork {
    /// The network on pictures of which `factor` x `factor` pixels were averaged.
    func seeing(pooledBy factor: Int) -> ImageNetwork {
        var network = self
        network.input.size = PicturePooling(size: input.size, factor: factor).pooledSize
        return network
    }
}
