import Network

/// The layers at which a picture for an inner unit is matched (VITAL, supplement: conv1, layer1, layer2, layer3 with weights 0.1, 1, 1,
/// 1 for units of layer4 of ResNet-50).
enum InnerLayers {
    /// The stem, with weight 0.1, and the ends of stages before `target`, with weight 1 each: those of the layers a class is matched at that
    /// the target depends on. Where there are none, as for the stem itself, the target's own layer.
    static func before(_ target: String, in network: ImageNetwork) throws -> [PrototypeTask.Layer] {
        let end = network.graph.nodes[try network.graph.node(named: target)].name
        let part = try network.graph.cut(to: [target])
        let layers = network.matched.enumerated().compactMap { number, layer -> PrototypeTask.Layer? in
            guard let node = network.graph.index[layer.layer].map({ network.graph.nodes[$0].name }), node != end, part.index[node] != nil
            else { return nil }
            return PrototypeTask.Layer(name: layer.layer, weight: number == 0 ? 0.1 : 1)
        }
        return layers.isEmpty ? [PrototypeTask.Layer(name: target, weight: 1)] : layers
    }
}
