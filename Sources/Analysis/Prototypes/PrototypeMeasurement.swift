import Foundation
import Run

/// What the network makes of one picture, before it is compared with real images.
struct PrototypeMeasurement: Sendable, Equatable {
    /// The target's activation: spatial maximum of a unit, logit of a class, projection of the mean features on a concept.
    var activation: Float
    /// Of the class targeted, if any.
    var probability: Float?
    /// nil where the network has no classes.
    var predicted: Int?
    var predictedProbability: Float?

    /// From the logits, and what a unit's or a concept's own layer says: `strength`. Probabilities are the softmax of the logits, times
    /// `scale`.
    init(target: Prototype.Target, strength: Float?, logits: [Float], scale: Float = 1) {
        let largest = logits.max() ?? 0
        let exponentials = logits.map { exp(Double(scale * ($0 - largest))) }
        let total = exponentials.reduce(0, +)
        predicted = logits.indices.max { logits[$0] < logits[$1] }
        predictedProbability = exponentials.max().map { Float($0 / total) }
        switch target {
        case .classOutput(let index):
            activation = logits[index]
            probability = Float(exponentials[index] / total)
        case .unit, .concept, .facet:
            activation = strength ?? 0
        }
    }

    /// The measurement beside the real images': `real` is what the target did there.
    func trust(among real: LayerStatistics.Unit) -> Prototype.Trust {
        Prototype.Trust(
            activation: activation, multipleOfLargest: real.maximum > 0 ? activation / real.maximum : nil,
            percentile: real.share(below: activation).map { 100 * $0 }, probability: probability, predicted: predicted,
            predictedProbability: predictedProbability)
    }
}

extension LayerStatistics.Unit {
    /// The share of the images whose largest activation is below `activation`, in [0, 1]; nil when there are none.
    func share(below activation: Float) -> Float? {
        let stronger = strongest.prefix { $0.activation >= activation }.count, count = histogram.count
        // Among the strongest the count is exact; below them the histogram tells.
        let isAmongStrongest = stronger < strongest.count || count <= strongest.count
        return isAmongStrongest && count > 0 ? 1 - Float(stronger) / Float(count) : histogram.share(below: activation)
    }
}
