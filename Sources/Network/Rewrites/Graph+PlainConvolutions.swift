extension Graph {
    /// The graph with plain convolutions in place of those whose weights follow from other values, so that every other rewrite treats them
    /// alike. For inference: what is learned is no longer to be seen.
    func withPlainConvolutions() -> Graph {
        guard nodes.contains(where: { $0.operation is CosineConvolution }) else { return self }
        return rewritten { _, node, inputs, graph in
            graph.add(node.name, (node.operation as? CosineConvolution)?.convolution ?? node.operation, inputs: inputs)
        }
    }
}
