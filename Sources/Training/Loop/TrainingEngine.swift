import Diagnostics
import Network
import Tensors

/// A network that learns: its values, and for each size of a batch a plan and its memory.
final class TrainingEngine {
    let learned: LearnedValues
    private let network: ImageNetwork
    private let layers: [String]
    private let threads: Int
    private let algorithms: AlgorithmChoices?
    private var workspaces: [Int: Workspace] = [:]

    /// - Parameter layers: whose activations are read and at which gradients are written.
    init(_ network: ImageNetwork, layers: [String], threads: Int, algorithms: AlgorithmChoices?) throws {
        self.network = network
        self.layers = layers
        self.threads = threads
        self.algorithms = algorithms
        learned = try LearnedValues(network.graph)
    }

    /// The memory for batches of so many images. The last batch of an epoch is smaller than the others.
    func workspace(batch: Int) throws -> Workspace {
        if let made = workspaces[batch] { return made }
        let activations = layers.contains(network.logits) ? layers : layers + [network.logits]
        let plan = try Plan(
            network.graph,
            .init(
                batch: batch, input: network.input.shape, activations: activations, seeds: layers, threads: threads,
                algorithms: algorithms, learned: learned))
        let workspace = try Workspace(plan)
        workspaces[batch] = workspace
        return workspace
    }

    /// Throws a `Problem` when a value is not a number any more.
    func checkValues() throws {
        func hasNonFinite(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Bool {
            // Zero for finite numbers, NaN for others.
            var sum: Float = 0
            for place in 0..<count { sum += values[place] * 0 }
            return sum.isNaN
        }
        guard hasNonFinite(learned.values, learned.count) || hasNonFinite(learned.running, learned.statisticsCount) else { return }
        let bad = learned.tensors().first { _, tensor in tensor.values.contains { !$0.isFinite } }?.0
        throw Problem("\(bad ?? "a weight") is not finite any more")
    }
}
