import Network
import Run

/// How the picture of an inner unit is matched: at which layers, and how strictly by relevance.
public enum InnerMatching: String, Sendable, CaseIterable {
    /// As VITAL's authors do (supplement: conv1, layer1, layer2, layer3 with weights 0.1, 1, 1, 1 for units of layer4 of ResNet-50): the
    /// stem and the ends of stages before the target, masks and importance as they are.
    case published
    /// Better on our networks: the target's own layer counts as well, the stem as much as the others, and what is not relevant keeps
    /// a share of its weight, so that the rest of the picture looks like pictures do. On ResNet-20 (CIFAR-10) units of layer3 reach the
    /// 99th percentile of real images where the published way reaches the 67th, in pictures with less noise.
    case balanced

    /// The least that a mask and a channel's importance can be.
    var floor: Float { self == .published ? 0 : 0.3 }

    /// Those of the layers a class is matched at that `target` depends on, and for `balanced` the target's own. Where there are
    /// none, as for the stem itself, the target's own layer.
    func layers(before target: String, in network: ImageNetwork) throws -> [PrototypeTask.Layer] {
        let end = network.graph.nodes[try network.graph.node(named: NegatedLayer.original(of: target) ?? target)].name
        let part = try network.graph.cut(to: [target])
        let before = network.matched.enumerated().compactMap { number, layer -> PrototypeTask.Layer? in
            guard let node = network.graph.index[layer.layer].map({ network.graph.nodes[$0].name }), node != end, part.index[node] != nil
            else { return nil }
            return PrototypeTask.Layer(name: layer.layer, weight: number == 0 && self == .published ? 0.1 : 1)
        }
        return before.isEmpty || self == .balanced ? before + [PrototypeTask.Layer(name: target, weight: 1)] : before
    }
}
