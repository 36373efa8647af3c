import Dataset
import Diagnostics
import Images
import Network
import Run
import Tensors

/// Makes pictures of classes by any of the methods that are compared.
struct MethodStudio {
    let network: ImageNetwork
    let images: RealImages
    let options: ComparisonOptions
    let threads: Int
    let algorithms: AlgorithmChoices?
    let unreadable: Set<Int>

    /// Makes the pictures of `classes` by `method`, one of each seed, and hands on those of a class as soon as they are there. `step` is
    /// told of every step of every picture, from any thread. Throws `UnusableMethod` when the network has no batch normalisation for
    /// DeepInversion, or sees grey.
    func make(
        _ classes: [Int], by method: ComparedMethod, step: @escaping @Sendable (_ pictures: Int) -> Void,
        deliver: @escaping @Sendable (_ index: Int, _ pictures: [Picture]) throws -> Void
    ) throws {
        if let schedule = method.schedule { try makeVITAL(classes, schedule, step: step, deliver: deliver) }
        if case .baseline(let baseline) = method { try make(classes, by: baseline, step: step, deliver: deliver) }
    }

    private func makeVITAL(
        _ classes: [Int], _ kind: OptimisationSchedule.Kind, step: @escaping @Sendable (Int) -> Void,
        deliver: @escaping @Sendable (Int, [Picture]) throws -> Void
    ) throws {
        // As a report makes them.
        let layers = network.matched.map { PrototypeTask.Layer(name: $0.layer, weight: $0.weight) }
        let tasks = classes.map { index in
            PrototypeTask(
                target: .classOutput(index: index), layers: layers,
                choice: .ofLabelledClass(
                    index, labels: images.labels, unreadable: unreadable, count: options.references, seed: options.seed),
                prior: ImagePrior(classesOf: network))
        }
        let studio = PrototypeStudio(
            network: network, images: images, schedule: OptimisationSchedule(kind, steps: options.steps, size: network.input.size),
            seed: options.seed, seeds: options.seeds, threads: threads, algorithms: algorithms)
        try studio.run(tasks.filter { !$0.choice.references.isEmpty }, step: step) { result in
            if case .classOutput(let index) = result.task.target { try deliver(index, result.pictures) }
        }
    }

    private func make(
        _ classes: [Int], by baseline: Baseline, step: @escaping @Sendable (Int) -> Void,
        deliver: @escaping @Sendable (Int, [Picture]) throws -> Void
    ) throws {
        if baseline == .deepInversion {
            do { _ = try FeatureStatistics(network, firstLayer: 1) } catch let problem as Problem {
                throw UnusableMethod(reason: problem.summary)
            }
        }
        if BaselineStudio.needsColours(baseline, network) {
            throw UnusableMethod(reason: "It makes pictures of red, green and blue, and the network takes \(network.input.channelOrder.rawValue)")
        }
        let targets = classes.map { Prototype.Target.classOutput(index: $0) }
        let collected = Collected(seeds: options.seeds, deliver: deliver)
        func studio(seed: UInt64) -> BaselineStudio {
            BaselineStudio(
                network: network, images: images, method: baseline, steps: options.steps, seed: seed, threads: threads, algorithms: algorithms)
        }
        for number in 0..<options.seeds {
            try studio(seed: options.seed &+ UInt64(number)).run(targets, step: step) { target, picture in
                if case .classOutput(let index) = target { try collected.add(picture, of: index) }
            }
        }
    }

    /// Pictures by class until all seeds of it are there.
    private final class Collected: @unchecked Sendable {
        private var pictures: [Int: [Picture]] = [:]
        private let seeds: Int
        private let deliver: @Sendable (Int, [Picture]) throws -> Void

        init(seeds: Int, deliver: @escaping @Sendable (Int, [Picture]) throws -> Void) {
            self.seeds = seeds
            self.deliver = deliver
        }

        /// Called for one picture at a time.
        func add(_ picture: Picture, of index: Int) throws {
            pictures[index, default: []].append(picture)
            guard let all = pictures[index], all.count == seeds else { return }
            pictures[index] = nil
            try deliver(index, all)
        }
    }
}
