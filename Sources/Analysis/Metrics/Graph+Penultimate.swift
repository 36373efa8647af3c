import Diagnostics
import Network

extension Graph {
    /// The name of the node that feeds the layer which makes the logits: pooled features in most networks, and the last map before a
    /// convolution that makes a map of logits. Where several layers make them together (two heads, averaged) the first counts.
    ///
    /// - Throws: `Problem` when nothing but the image is before it.
    func penultimateLayer(logits: String) throws -> String {
        var place = try node(named: logits)
        while place > 0, ![.linear, .convolution].contains(nodes[place].operation.role), let first = nodes[place].inputs.first { place = first }
        guard place > 0, let features = nodes[place].inputs.first, features > 0 else {
            throw Problem(
                "The network has no layer before the one that makes its logits, \(logits)",
                explanation: "Distances between distributions of features are measured there.")
        }
        return nodes[features].name
    }
}
