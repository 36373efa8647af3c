import Diagnostics
import Network
public import Tensors

/// What an objective sees of a step: the batch, activations after the forward pass, and where gradients go.
public final class TrainingStep {
    public let batch: Batch
    private let workspace: Workspace
    private let plan: Plan
    private let learned: LearnedValues?
    private var written: Set<String> = []

    init(_ workspace: Workspace, batch: Batch, learned: LearnedValues? = nil) {
        self.workspace = workspace
        self.batch = batch
        plan = workspace.plan
        self.learned = learned
    }

    /// How far the maps of `layer` reach in their buffers.
    public func extent(of layer: String) throws -> MapExtent { MapExtent(batch: batch.count, shape: try plan.shape(of: layer)) }

    /// The shape of the maps of `layer`: C x H x W, a vector as C x 1 x 1.
    public func shape(of layer: String) throws -> Shape { try plan.shape(of: layer) }

    /// The activations of a layer, blocked.
    public func activation(of layer: String) throws -> UnsafePointer<Float> { UnsafePointer(try workspace.activation(of: layer)) }

    /// A learned tensor as it is now, by its name in a checkpoint.
    func learnedTensor(_ name: String) throws -> Tensor {
        guard let learned, let item = learned.trained.first(where: { $0.name == name }) else {
            throw Problem("There is no learned tensor \(name)")
        }
        return Tensor(
            shape: item.shape, values: Array(UnsafeBufferPointer(start: learned.values + item.offset, count: item.shape.count)))
    }

    /// Where the gradient at a layer goes: to be written now, completely. The first to ask replaces what an earlier step left
    /// there, the others add.
    public func gradient(at layer: String, weight: Float) throws -> Losses.Gradient {
        Losses.Gradient(try workspace.seed(at: layer), weight: weight, adds: !written.insert(layer).inserted)
    }
}
