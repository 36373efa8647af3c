import Dataset
import Network
import Run
import Tensors

/// What a layer makes of pictures where a unit of it is strongest: all channels at that position, each less its mean and divided by its
/// standard deviation over all positions of all images, at unit length.
struct FacetFeatures: Sendable {
    let plan: Plan
    private let layer: String
    private let shape: Shape
    private let means: [Float]
    /// One by the standard deviation; 0 for channels that are always the same.
    private let factors: [Float]

    init(_ statistics: LayerStatistics, _ network: ImageNetwork, algorithms: AlgorithmChoices?, precision: Precision) throws {
        layer = statistics.layer
        plan = try Plan(
            network.graph,
            .init(
                batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: [layer], threads: 1,
                algorithms: algorithms, precision: precision))
        shape = try plan.shape(of: layer)
        means = statistics.units.map(\.mean)
        factors = statistics.units.map { $0.standardDeviation > 0 ? 1 / $0.standardDeviation : 0 }
    }

    /// Of each of `items`, which `write` puts into the input; all zeros where nothing differs from the mean.
    func vectors<Items: RandomAccessCollection>(
        of items: Items, unit: Int, _ workspace: Workspace, write: (Items.Element, UnsafeMutablePointer<Float>) throws -> Void
    ) throws -> [[Float]] {
        var result: [[Float]] = []
        try workspace.forEachBatch(of: items, write: write) { part in
            let map = try workspace.activation(of: layer)
            let summary = LayerSummary(map, images: part.count, shape: shape)
            for slot in 0..<part.count {
                let position = Int(summary.position[slot * summary.units + unit])
                var vector = [Float](repeating: 0, count: summary.units), square: Float = 0
                for channel in 0..<summary.units {
                    // Blocked: sixteen channels side by side at every position.
                    let block = slot * Layout.blocks(summary.units) + channel / 16
                    let value = (map[(block * summary.area + position) * 16 + channel % 16] - means[channel]) * factors[channel]
                    vector[channel] = value
                    square += value * value
                }
                let length = square.squareRoot()
                result.append(length > 0 && length.isFinite ? vector.map { $0 / length } : vector.map { _ in 0 })
            }
        }
        return result
    }
}
