import Images
import Network
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
    /// told of every step of every picture, from any thread.
    func make(
        _ classes: [Int], by method: ComparedMethod, step: @escaping @Sendable (_ pictures: Int) -> Void,
        deliver: @escaping @Sendable (_ index: Int, _ pictures: [Picture]) throws -> Void
    ) throws {
        switch method {
        case .vital: try makeVITAL(classes, step: step, deliver: deliver)
        }
    }

    private func makeVITAL(
        _ classes: [Int], step: @escaping @Sendable (Int) -> Void, deliver: @escaping @Sendable (Int, [Picture]) throws -> Void
    ) throws {
        let layers = network.matched.map { PrototypeTask.Layer(name: $0.layer, weight: $0.weight) }
        let tasks = classes.map { index in
            PrototypeTask(
                target: .classOutput(index: index), layers: layers,
                choice: .ofLabelledClass(
                    index, labels: images.labels, unreadable: unreadable, count: options.references, seed: options.seed))
        }
        let studio = PrototypeStudio(
            network: network, images: images, schedule: OptimisationSchedule(steps: options.steps, size: network.input.size),
            seed: options.seed, seeds: options.seeds, threads: threads, algorithms: algorithms)
        try studio.run(tasks.filter { !$0.choice.references.isEmpty }, step: step) { result in
            if case .classOutput(let index) = result.task.target { try deliver(index, result.pictures) }
        }
    }
}
