public import Tensors

/// What one node of a graph costs for one image.
public struct NodeCost: Sendable, Equatable {
    /// Multiplications and additions, counted as two: twice what is often called multiply-accumulates.
    public var operations: Int
    /// Bytes of the output in float32.
    public var activationBytes: Int
    /// Bytes of the learned values in float32.
    public var parameterBytes: Int
}

extension Graph {
    /// The cost of every node for one image of shape `input` (C x H x W), in the order of execution. Throws a `Problem` when shapes
    /// do not fit.
    public func costs(input: Shape) throws -> [NodeCost] {
        let shapes = try shapes(input: input)
        return nodes.enumerated().map { position, node in
            let size = MemoryLayout<Float>.size
            let isComputed = position > 0 && !node.operation.isView
            return NodeCost(
                operations: isComputed
                    ? node.operation.operationCount(for: node.inputs.map { shapes[$0] }, output: shapes[position]) : 0,
                activationBytes: position > 0 && node.operation.isView ? 0 : shapes[position].count * size,
                parameterBytes: node.operation.parameterCount * size)
        }
    }
}
