/// How what flows back passes a node with a rule.
enum RuledWay {
    case unchanged
    case kernel(any Kernel)
}

/// Which node of a rewritten graph answers for which rule of the graph before.
///
/// A rule that passes all unchanged lets its node be fused with those around it; every other one keeps its node's inputs as
/// they are, so that what a convolution is fused with lies behind it and changes nothing.
struct RuledNodes {
    private let graph: Graph
    private let rules: [String: any BackwardRule]

    init(_ graph: Graph, _ flow: BackwardFlow?) {
        self.graph = graph
        rules = flow?.rules ?? [:]
        guard let flow else {
            kept = []
            return
        }
        // Nodes behind the deepest seed take no part.
        let isBefore = (try? graph.areBefore(flow.seeds)) ?? []
        kept = Set(
            graph.nodes.enumerated().filter { position, node in isBefore[position] && flow.rules[node.name]?.passesUnchanged != true }
                .flatMap { $0.element.inputs.map { graph.nodes[$0].name } })
    }

    /// Nodes that must not be fused away.
    let kept: Set<String>

    /// By node of `graph`, which is `rewritten` with changes of layout: its rule, and the operation it is a rule for.
    func resolved(after rewritten: Graph, in graph: Graph) -> [Int: (rule: any BackwardRule, operation: any Operation)] {
        guard !rules.isEmpty else { return [:] }
        var result: [Int: (rule: any BackwardRule, operation: any Operation)] = [:]
        for (position, node) in graph.nodes.enumerated().dropFirst() where !(node.operation is LayoutChange) {
            let name = node.name.hasSuffix(Graph.computedSuffix) ? String(node.name.dropLast(Graph.computedSuffix.count)) : node.name
            guard var place = self.graph.index[name], let first = rules[self.graph.nodes[place].name] else { continue }
            var rule = first
            // Back along what was fused into this node.
            while rule.passesUnchanged, let input = self.graph.nodes[place].inputs.first,
                rewritten.index[self.graph.nodes[input].name] == nil, let next = rules[self.graph.nodes[input].name]
            {
                (place, rule) = (input, next)
            }
            result[position] = (rule, self.graph.nodes[place].operation)
        }
        return result
    }
}

extension Graph {
    /// For every node, whether it is one of `layers` or some of them depends on it. Throws a `Problem` for a layer that does not exist.
    public func areBefore(_ layers: [String]) throws -> [Bool] {
        var result = [Bool](repeating: false, count: nodes.count)
        for layer in layers { result[try node(named: layer)] = true }
        for position in nodes.indices.reversed() where result[position] {
            for input in nodes[position].inputs { result[input] = true }
        }
        return result
    }
}
