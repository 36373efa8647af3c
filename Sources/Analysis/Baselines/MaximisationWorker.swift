import Dataset
import Network
import Tensors

/// One thread's share of activation maximisation: memory for a batch of pictures and the way through the network.
final class MaximisationWorker {
    private let layer: String
    private let workspace: Workspace
    private let batch: Int
    private let shape: Shape
    private let input: Shape

    /// `plan` has its seed at `layer` and gives the image's gradient.
    init(plan: Plan, layer: String) throws {
        self.layer = layer
        workspace = try Workspace(plan)
        batch = plan.request.batch
        input = plan.request.input
        shape = try plan.shape(of: layer)
    }

    /// Optimises up to a batch of pictures, each for the spatial mean of one channel of the layer, through `steps` passes of the
    /// network. Returns their values.
    func make(
        _ pictures: [(channel: Int, picture: any MaximisedPicture)], steps: Int, step: (Int) -> Void
    ) throws -> [[Float]] {
        guard let first = pictures.first else { return [] }
        // The mean over what is looked at in one step.
        let passes = max(1, min(first.picture.passes, steps))
        for number in 0..<max(0, steps) {
            try pass(pictures, weight: 1 / Float(passes))
            if number % passes == passes - 1 || number == steps - 1 {
                for entry in pictures { entry.picture.descend() }
            }
            step(pictures.count)
        }
        return pictures.map { $0.picture.finished() }
    }

    /// The network looks at every picture once. Returns each one's loss: minus `weight` times the mean of its channel.
    @discardableResult
    func pass(_ pictures: [(channel: Int, picture: any MaximisedPicture)], weight: Float) throws -> [Float] {
        for (slot, entry) in pictures.enumerated() { entry.picture.write(into: workspace.input + slot * input.count) }
        workspace.fillUp(from: pictures.count)
        try workspace.forward()
        let values = try workspace.activation(of: layer), seed = try workspace.seed(at: layer)
        let area = shape.dimensions.dropFirst().reduce(1, *)
        let stride = Layout.blocked.count(batch: 1, shape)
        seed.update(repeating: 0, count: batch * stride)
        var losses: [Float] = []
        for (slot, entry) in pictures.enumerated() {
            let first = slot * stride + entry.channel / Layout.block * area * Layout.block + entry.channel % Layout.block
            var total: Float = 0
            for position in 0..<area {
                total += values[first + position * Layout.block]
                seed[first + position * Layout.block] = -weight / Float(area)
            }
            losses.append(-weight * total / Float(area))
        }
        try workspace.backward()
        let gradient = try workspace.gradient(of: Graph.inputName)
        for (slot, entry) in pictures.enumerated() { entry.picture.collect(gradient + slot * input.count) }
        return losses
    }
}
