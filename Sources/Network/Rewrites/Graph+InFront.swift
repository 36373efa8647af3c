extension Graph {
    /// The graph with `operations` between the image and what takes it, in order. All names stay valid.
    public func behind(_ operations: [(name: String, operation: any Operation)]) -> Graph {
        var result = Graph()
        var image = 0
        for (name, operation) in operations {
            var free = name
            while index[free] != nil || result.index[free] != nil { free += "'" }
            image = result.add(free, operation, inputs: [image])
        }
        var place = [image]
        for node in nodes.dropFirst() { place.append(result.add(node.name, node.operation, inputs: node.inputs.map { place[$0] })) }
        for alias in aliases { if let node = index[alias] { result.alias(alias, place[node]) } }
        for synonym in synonyms { if let node = index[synonym] { result.addSynonym(synonym, place[node]) } }
        return result
    }
}
