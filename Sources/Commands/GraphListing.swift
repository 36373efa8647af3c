import Network
import Site
import Tensors

/// A network's graph as `inspect` shows it: every layer with where its inputs come from, its shape, its cost and what it offers a
/// report.
struct GraphListing: Encodable {
    struct Layer: Encodable {
        var name: String
        /// Names of larger parts that end here, such as `layer1`.
        var endOf: [String]
        var kind: String
        var inputs: [String]
        /// C x H x W for one image.
        var shape: [Int]
        var parameters: Int
        /// Multiplications and additions for one image, counted as two.
        var flops: Int
        var activationBytes: Int
        var parameterBytes: Int
        var offers: Offers
    }

    /// What a report can show of a layer.
    struct Offers: Encodable {
        /// Channels that statistics, strongest images and prototypes can be made of; 0 for the image and the logits.
        var units: Int
        /// Places at which each of them looks at the image.
        var positions: Int
        var isReportedByDefault: Bool
        /// The weight with which class prototypes are matched here; nil where they are not.
        var matchingWeight: Float?
        /// True for the layer whose outputs are the classes.
        var isLogits: Bool
    }

    struct Total: Encodable {
        var flops: Int
        var parameters: Int
        var parameterBytes: Int
        /// All layers together, as a gradient needs them.
        var activationBytes: Int
        var largestActivationBytes: Int
    }

    var layers: [Layer]
    var total: Total

    init(_ network: ImageNetwork) throws {
        let graph = network.graph
        let shapes = try graph.mapShapes(input: network.input.shape)
        let costs = try graph.costs(input: network.input.shape)
        let ends = graph.aliasesByNode
        let logits = try graph.node(named: network.logits)
        layers = graph.nodes.indices.map { position in
            let node = graph.nodes[position]
            let names = [node.name] + (ends[position] ?? [])
            return Layer(
                name: node.name, endOf: ends[position] ?? [], kind: node.operation.kind, inputs: node.inputs.map { graph.nodes[$0].name },
                shape: shapes[position].dimensions, parameters: node.operation.parameterCount, flops: costs[position].operations,
                activationBytes: costs[position].activationBytes, parameterBytes: costs[position].parameterBytes,
                offers: Offers(
                    units: position == 0 || position == logits ? 0 : shapes[position][0],
                    positions: shapes[position][1] * shapes[position][2],
                    isReportedByDefault: names.contains { network.reported.contains($0) },
                    matchingWeight: network.matched.first { names.contains($0.layer) }?.weight, isLogits: position == logits))
        }
        total = Total(
            flops: costs.reduce(0) { $0 + $1.operations }, parameters: network.parameterCount,
            parameterBytes: costs.reduce(0) { $0 + $1.parameterBytes }, activationBytes: costs.reduce(0) { $0 + $1.activationBytes },
            largestActivationBytes: costs.map(\.activationBytes).max() ?? 0)
    }

    /// One line a layer, in columns; `from` is given where it is not just the line before.
    var lines: [String] {
        var rows = [["", "layer", "shape", "FLOP", "output", "parameters", "kind"]]
        for (position, layer) in layers.enumerated() {
            let offers = layer.offers
            let marks = (offers.isReportedByDefault ? "*" : " ") + (offers.matchingWeight != nil ? "+" : " ") + (offers.isLogits ? "=" : " ")
            let previous = position > 0 ? layers[position - 1].name : nil
            let from = position > 0 && layer.inputs != [previous].compactMap { $0 } && !layer.inputs.isEmpty
                ? " from \(layer.inputs.joined(separator: " and "))" : ""
            rows.append([
                marks, layer.name, layer.shape.map(String.init).joined(separator: " x "), Self.amount(layer.flops),
                Self.amount(layer.activationBytes) + "B", layer.parameters == 0 ? "" : "\(layer.parameters)",
                layer.kind + from + (layer.endOf.isEmpty ? "" : "; end of \(layer.endOf.joined(separator: ", "))"),
            ])
        }
        return TextTable(rows, words: [0, 1, 2, 6]).lines
    }

    /// Three digits and a metric prefix, with a space before the unit.
    static func amount(_ value: Int) -> String {
        var (value, prefix) = (Double(value), "")
        for next in ["k", "M", "G", "T"] where value >= 999.5 { (value, prefix) = (value / 1000, next) }
        let digits = prefix.isEmpty || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
        let factor = [1.0, 10, 100][digits]
        let rounded = (value * factor).rounded() / factor
        return (digits == 0 ? "\(Int(rounded))" : "\(rounded)") + " " + prefix
    }
}
