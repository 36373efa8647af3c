import Diagnostics
public import Network
import Relevance
import Run
import Tensors

/// Which way a report looks at units: at what excites them, at what inhibits them, or at both.
public enum UnitDirection: String, Sendable, CaseIterable {
    case positive, negative, both

    /// The layers to report where a person chose `layers` of `network`, and the network that has them: for what inhibits units a layer of
    /// its own, behind the original, with the sign of all values turned (`NegatedLayer`). Everything else is the same for both: statistics,
    /// strongest images, references, relevance, prototypes.
    ///
    /// `both` turns those of the layers round that can be below zero. Throws a `Problem` where `negative` is asked of one that cannot, or
    /// `both` of none that can.
    public func layers(_ layers: [String], of network: ImageNetwork) throws -> (network: ImageNetwork, layers: [String]) {
        guard self != .positive else { return (network, layers) }
        var network = network
        let isNonNegative = network.graph.isNonNegative
        var result: [String] = [], turned = false
        for layer in layers {
            let place = try network.graph.node(named: layer)
            if self == .both { result.append(layer) }
            if isNonNegative[place] {
                if self == .negative { throw Self.neverNegative([layer]) }
                continue
            }
            let name = NegatedLayer.name(of: layer)
            if network.graph.index[name] == nil { network.graph.add(name, Pointwise(.affine(scale: -1, shift: 0)), place) }
            result.append(name)
            turned = true
        }
        guard turned else { throw Self.neverNegative(layers) }
        return (network, result)
    }

    private static func neverNegative(_ layers: [String]) -> Problem {
        Problem(
            layers.count == 1 ? "\(layers[0]) is never below zero" : "None of the layers is ever below zero",
            explanation: "What inhibits a unit is looked for where its activation is negative; behind a ReLU it is zero there.",
            remedy: "Name layers before a ReLU with --layers, or leave --direction out.", kind: .usage)
    }
}
