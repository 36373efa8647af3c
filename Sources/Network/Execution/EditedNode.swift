import Diagnostics

/// A layer whose values the caller writes over, and what follows from that: which steps have to run again, and which buffers they read
/// that no such step writes.
struct EditedNode {
    let node: Int
    /// Steps of the forward pass that depend on the layer, in order.
    let dependents: [Int]
    /// The layer's own buffer and all others that must keep their values.
    let lasting: Set<Plan.Buffer>

    /// - Parameters:
    ///   - results: the buffer of each node of `graph`.
    ///   - steps: the forward pass.
    /// - Throws: a `Problem` where the layer is the same memory as another layer that is not behind it: one cannot be edited without the other.
    init(_ layer: String, in graph: Graph, results: [Plan.Buffer], steps: [Plan.Step]) throws {
        let node = try graph.node(named: layer)
        var isBehind = [Bool](repeating: false, count: graph.nodes.count)
        isBehind[node] = true
        for position in graph.nodes.indices where position > node { isBehind[position] = graph.nodes[position].inputs.contains { isBehind[$0] } }
        isBehind[node] = false
        var lasting: Set = [results[node]]
        for position in graph.nodes.indices where isBehind[position] {
            for input in graph.nodes[position].inputs where !isBehind[input] && input != node {
                guard results[input] != results[node] else {
                    throw Problem(
                        "\(layer) cannot be changed by itself", explanation: "\(graph.nodes[input].name) has the same values in another shape.",
                        remedy: "Name \(graph.nodes[input].name) instead.", kind: .usage)
                }
                lasting.insert(results[input])
            }
        }
        self.node = node
        self.lasting = lasting
        dependents = steps.indices.filter { if case .forward(let own, _, _, _) = steps[$0] { isBehind[own] } else { false } }
    }
}

extension Plan.Step {
    /// The buffer that a forward step writes.
    var output: Plan.Buffer? { if case .forward(_, _, let output, _) = self { output } else { nil } }
}
