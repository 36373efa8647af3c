import Diagnostics

/// Which nodes of a graph what depends on, and which operators among them are not understood.
struct ONNXNeeds {
    private let model: ONNXModel
    private let makers: [String: Int]
    private let functions: [String: ONNXFunction]

    /// - Throws: `Problem` when two nodes make a value of one name.
    init(_ model: ONNXModel, functions: [String: ONNXFunction]) throws {
        (self.model, self.functions) = (model, functions)
        var makers: [String: Int] = [:]
        let inputs = Set(model.graph.inputs.map(\.name))
        for (position, node) in model.graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty {
                guard makers[output] == nil, !inputs.contains(output) else {
                    throw Problem("\(node.title) makes '\(printable(output))', which is made already")
                }
                makers[output] = position
            }
        }
        self.makers = makers
    }

    /// The positions of the nodes that any of `values` depends on.
    func nodes(for values: [String]) -> Set<Int> {
        var needed = Set<Int>()
        var open = values
        while let name = open.popLast() {
            guard let position = makers[name], needed.insert(position).inserted else { continue }
            open += Self.namesTaken(model.graph.nodes[position])
        }
        return needed
    }

    /// What a node takes: its inputs, and what graphs within take from outside.
    static func namesTaken(_ node: ONNXNode) -> [String] {
        var names = node.inputs
        for case .graph(let inner) in node.attributes.values {
            names += inner.outputs.map(\.name) + inner.nodes.flatMap(namesTaken)
        }
        return names
    }

    /// A problem that names all operators of `nodes` that are not understood, at once; nil when there is none.
    func missingOperators(_ nodes: [ONNXNode]) -> Problem? {
        var missing: [String: (count: Int, example: String)] = [:], order: [String] = []
        var seen = Set<String>()
        func visit(_ nodes: [ONNXNode]) {
            for node in nodes {
                if let function = functions[node.overloadedKey] {
                    if seen.insert(node.overloadedKey).inserted { visit(function.nodes) }
                    continue
                }
                for case .graph(let inner) in node.attributes.values { visit(inner.nodes) }
                guard !ONNXOperators.isKnown(node.key) else { continue }
                if missing[node.key] == nil { order.append(node.key) }
                missing[node.key] = (
                    (missing[node.key]?.count ?? 0) + 1,
                    missing[node.key]?.example ?? (node.name.isEmpty ? node.outputs.first ?? "" : node.name)
                )
            }
        }
        visit(nodes)
        guard !missing.isEmpty else { return nil }
        let list = order.prefix(12).map {
            "\(printable($0)) (\(missing[$0]?.count ?? 0), first at '\(printable(missing[$0]?.example ?? ""))')"
        }
        let total = missing.values.reduce(0) { $0 + $1.count }
        let (explanation, remedy) = advice(order)
        return Problem(
            "\(total) nodes are of \(order.count) operators that are not understood: \(list.joined(separator: ", "))\(order.count > 12 ? ", and others" : "")",
            explanation: explanation, remedy: remedy)
    }

    private func advice(_ missing: [String]) -> (explanation: String?, remedy: String) {
        if missing.contains(where: { $0.hasPrefix("com.microsoft.nchwc.") }) {
            return (
                "ONNX Runtime saved the file after optimising it for one kind of processor.",
                "Use the file from before that optimisation, or save it with ORT_ENABLE_BASIC."
            )
        }
        if missing.contains(where: ONNXOperators.quantizedOperators.contains) {
            return (
                "The network is quantised: it computes with whole numbers of eight bits.",
                "Use the float model from before quantisation, or quantise it with quant_format=QuantFormat.QDQ."
            )
        }
        if missing.contains(where: { $0.hasPrefix("com.microsoft.") }) {
            return (
                "These are operators of ONNX Runtime alone: the file was saved after its optimisation.",
                "Use the file from before that optimisation, or save it with ORT_ENABLE_BASIC."
            )
        }
        let version = model.operatorSets[""] ?? 1
        return (
            version > ONNXOperators.newestVersion
                ? "The model is of operator set \(version); known are those up to \(ONNXOperators.newestVersion)." : nil,
            "Export the model with simpler operators, or report the missing ones."
        )
    }
}

extension ONNXNode {
    /// Its operator's name with its domain: `Conv`, `com.microsoft.FusedConv`.
    var key: String { domain.isEmpty ? operation : "\(domain).\(operation)" }
    /// What a function of the file is found by.
    var overloadedKey: String { "\(domain)\n\(operation)\n\(overload)" }
}
