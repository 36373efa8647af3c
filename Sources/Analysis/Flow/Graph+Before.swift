import Network
import Run

extension Graph {
    /// Those of `layers` at which relevance of `target` can be read. A layer that was turned round carries nothing that its original does not.
    func layers(_ layers: [String], before target: String) -> [String] {
        guard let part = try? cut(to: [target]) else { return [] }
        return layers.filter { layer in
            guard layer != target, NegatedLayer.original(of: layer) == nil, layer != NegatedLayer.original(of: target),
                let node = index[layer]
            else { return false }
            return part.index[nodes[node].name] != nil
        }
    }
}
