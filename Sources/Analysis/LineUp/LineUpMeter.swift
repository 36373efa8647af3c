import Dataset
import Network
import Run
import Tensors

/// What units do on single pictures.
struct LineUpMeter: Sendable {
    let plan: Plan
    private let images: RealImages

    /// For units of `layers`. `algorithms` as in `Plan.Request`.
    init(
        network: ImageNetwork, images: RealImages, layers: [String], algorithms: AlgorithmChoices?, precision: Precision
    ) throws {
        self.images = images
        plan = try Plan(
            network.graph,
            .init(
                batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: layers, threads: 1,
                algorithms: algorithms, precision: precision))
    }

    /// Height and width of the network's input.
    var input: [Int] { [plan.request.input[1], plan.request.input[2]] }

    /// Pictures that go through the network at once.
    var batch: Int { plan.request.batch }

    /// The largest activation of every unit of `layers` on each of `references`. Throws a `Problem` when an image cannot be read.
    func maxima(of references: [Reference], layers: [String], _ workspace: Workspace) throws -> [[String: [Float]]] {
        var result: [[String: [Float]]] = []
        try workspace.forEachBatch(of: references, write: images.write) { part in
            var maxima = part.map { _ in [String: [Float]]() }
            for layer in layers {
                let summary = LayerSummary(
                    try workspace.activation(of: layer), images: part.count, shape: try plan.shape(of: layer))
                for slot in maxima.indices {
                    maxima[slot][layer] = Array(summary.maximum[slot * summary.units..<(slot + 1) * summary.units])
                }
            }
            result += maxima
        }
        return result
    }
}
