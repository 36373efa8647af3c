import Diagnostics

/// A place where the network of an ONNX graph may end: an output, before what only picks or names classes.
struct ONNXEnd {
    /// The output's name.
    let output: String
    /// The value that is looked at in its place.
    let value: String
    /// The operator behind it that is left out, such as `ArgMax`.
    let leftOut: String?

    /// Operators that pick classes out of scores.
    private static let picks: Set<String> = ["ArgMax", "TopK", "Hardmax", "ai.onnx.ml.ZipMap"]
    /// Operators between those and an output.
    private static let passes: Set<String> = [
        "Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Slice", "ai.onnx.ml.LabelEncoder",
    ]

    /// The ends of `graph`, one for each of the first 32 outputs; of the one named `chosen` only.
    /// - Throws: `Problem` when there is no output of that name.
    static func all(of graph: ONNXGraph, chosen: String?) throws -> [ONNXEnd] {
        if let chosen, !graph.outputs.contains(where: { $0.name == chosen }) {
            let names = graph.outputs.prefix(12).map { "'\(printable($0.name))'" }.joined(separator: ", ")
            throw Problem("it has no output '\(printable(chosen))'", explanation: "Its outputs are \(names).", kind: .usage)
        }
        var makers: [String: ONNXNode] = [:]
        for node in graph.nodes { for name in node.outputs where !name.isEmpty { makers[name] = node } }
        return graph.outputs.filter { chosen == nil || $0.name == chosen }.prefix(32).map { output in
            var value = output.name
            for _ in 0..<16 {
                guard let node = makers[value] else { break }
                if picks.contains(node.key) {
                    return ONNXEnd(output: output.name, value: node.inputs.first ?? "", leftOut: node.operation)
                }
                // Names of classes that are looked up by an index.
                let isTable = node.operation == "Gather" || node.operation == "ArrayFeatureExtractor"
                guard isTable || passes.contains(node.key), node.inputs.count > (isTable ? 1 : 0) else { break }
                value = node.inputs[isTable ? 1 : 0]
            }
            return ONNXEnd(output: output.name, value: output.name, leftOut: nil)
        }
    }
}
