public import Tensors

extension Graph {
    /// For every node, which axis of its output counts channels, given the nodes' shapes.
    func channelAxes(_ shapes: [Shape]) -> [Int] {
        var axes = [0]
        for (position, node) in nodes.enumerated().dropFirst() {
            axes.append(
                node.operation.channelAxis(
                    for: node.inputs.map { shapes[$0] }, axes: node.inputs.map { axes[$0] }, output: shapes[position]))
        }
        return axes
    }

    /// The output of every node for one image of shape `input`, as a reader is shown it: C x H x W. Vectors are C x 1 x 1, tokens
    /// (L x C) are C x L x 1.
    public func mapShapes(input: Shape) throws -> [Shape] {
        let shapes = try shapes(input: input)
        return zip(shapes, channelAxes(shapes)).map { $0.map(channelAxis: $1) }
    }
}
