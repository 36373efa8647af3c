extension Graph {
    /// The graph without the nodes that none of `layers` depends on: cut at the deepest layer asked for.
    public func cut(to layers: some Sequence<String>) throws -> Graph {
        var needed = Set<Int>()
        var open = try layers.map { try node(named: $0) }
        while let next = open.popLast() {
            if needed.insert(next).inserted { open += nodes[next].inputs }
        }
        return rewritten { position, node, inputs, graph in
            needed.contains(position) ? graph.add(node.name, node.operation, inputs: inputs) : nil
        }
    }
}
