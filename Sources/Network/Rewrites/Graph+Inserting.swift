extension Graph {
    /// The graph with more nodes behind `layer`: `add` appends them, given the layer's node, and returns the one that all users of the layer
    /// read in its place. Every name and alias keeps its node: one that stood for the layer names what it was before the insertion. The
    /// names of the new nodes must not be taken. Throws a `Problem` when there is no such layer.
    public func inserting(behind layer: String, _ add: (_ graph: inout Graph, _ node: Int) throws -> Int) throws -> Graph {
        let target = try node(named: layer)
        var result = Graph()
        /// By node of this graph: itself, and what its users read.
        var place = [0], read = [0]
        if target == 0 { read[0] = try add(&result, 0) }
        for (position, node) in nodes.enumerated().dropFirst() {
            let made = result.add(node.name, node.operation, inputs: node.inputs.map { read[$0] })
            place.append(made)
            read.append(position == target ? try add(&result, made) : made)
        }
        for alias in aliases { if let node = index[alias] { result.alias(alias, place[node]) } }
        for synonym in synonyms { if let node = index[synonym] { result.addSynonym(synonym, place[node]) } }
        return result
    }
}
