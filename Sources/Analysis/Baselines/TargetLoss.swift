import Foundation
import Tensors

/// A picture's main loss: the cross-entropy of its class, or minus the spatial mean of its unit.
enum TargetLoss {
    case crossEntropy
    case spatialMean

    /// The loss of `channel` at one picture's `values` of a layer of `shape`, blocked. Adds `seedWeight` times its gradient to `seed`, if
    /// given.
    func value(
        of channel: Int, _ values: UnsafePointer<Float>, shape: Shape, seed: UnsafeMutablePointer<Float>?, seedWeight: Float
    ) -> Double {
        switch self {
        case .crossEntropy:
            let logits = (0..<shape[0]).map { Double(values[$0]) }
            let largest = logits.max() ?? 0
            let exponentials = logits.map { exp($0 - largest) }
            let total = exponentials.reduce(0, +)
            if let seed {
                for i in logits.indices { seed[i] += seedWeight * Float(exponentials[i] / total - (i == channel ? 1 : 0)) }
            }
            return log(total) + largest - logits[channel]
        case .spatialMean:
            let area = shape.dimensions.dropFirst().reduce(1, *)
            let first = channel / Layout.block * area * Layout.block + channel % Layout.block
            var sum = 0.0
            for position in 0..<area {
                sum += Double(values[first + position * Layout.block])
                if let seed { seed[first + position * Layout.block] -= seedWeight / Float(area) }
            }
            return -sum / Double(area)
        }
    }
}
