extension Graph {
    /// The nodes that every way from the image to `layer` leads through, in order, both ends included. Throws a `Problem` when there is no such
    /// layer.
    public func gates(to layer: String) throws -> [Int] {
        let isBefore = try areBefore([layer]), dependsOnImage = dependsOnImage
        var farthest = [Int](repeating: 0, count: nodes.count)
        for (position, node) in nodes.enumerated() where isBefore[position] {
            for input in node.inputs where dependsOnImage[input] { farthest[input] = position }
        }
        var result: [Int] = [], reach = 0
        // No edge may pass a gate by.
        for position in nodes.indices where isBefore[position] && dependsOnImage[position] {
            if reach <= position { result.append(position) }
            reach = max(reach, farthest[position])
        }
        return result
    }
}
