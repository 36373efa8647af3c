import Tensors

extension Graph {
    /// The graph with work on channels-last maps (H x W x C, as between a convolution and the linear layers behind it in ConvNeXt)
    /// done on the maps as they were, C x H x W: linear layers become 1 x 1 convolutions, and no value is moved to and fro. Nodes
    /// named in `kept` remain, as maps.
    func keepingChannelsFirst(keeping kept: Set<String>, input: Shape) throws -> Graph {
        let shapes = try shapes(input: input)
        /// Nodes of the result that stand for a channels-last value but hold it channels first.
        var moved = Set<Int>()
        var restored: [Int: Int] = [:]

        /// The value as its users expect it.
        func rows(_ node: Int, _ graph: inout Graph) -> Int {
            guard moved.contains(node) else { return node }
            if let made = restored[node] { return made }
            let made = graph.add(graph.nodes[node].name + " (channels last)", Rearrangement(.transpose([1, 2, 0])), node)
            restored[node] = made
            return made
        }

        return rewritten { position, node, inputs, graph in
            if case .transpose(let order) = (node.operation as? Rearrangement)?.step, shapes[position].rank == 3 {
                if order == [1, 2, 0], !moved.contains(inputs[0]) {
                    // A copy, so that the value has one node as it was and one as it is meant; dropped below.
                    let made = graph.add(node.name, Sum(), inputs[0])
                    moved.insert(made)
                    return made
                }
                if order == [2, 0, 1], moved.contains(inputs[0]) { return graph.add(node.name, Sum(), inputs[0]) }
            }
            if !inputs.isEmpty, inputs.allSatisfy(moved.contains),
                let operation = node.operation.channelsFirst(inputs: node.inputs.map { shapes[$0] })
            {
                let made = graph.add(node.name, operation, inputs: inputs)
                moved.insert(made)
                return made
            }
            return graph.add(node.name, node.operation, inputs: inputs.map { rows($0, &graph) })
        }.droppingCopies(keeping: kept)
    }

    /// The graph without sums of a single value that do nothing.
    private func droppingCopies(keeping kept: Set<String>) -> Graph {
        rewritten { _, node, inputs, graph in
            if node.operation is Sum, node.operation.activation == nil, inputs.count == 1, !kept.contains(node.name), inputs[0] != 0 {
                return inputs[0]
            }
            return graph.add(node.name, node.operation, inputs: inputs)
        }
    }
}

extension Operation {
    /// What does on C x H x W maps what this operation does on H x W x C ones of shapes `inputs`; nil where it minds.
    fileprivate func channelsFirst(inputs: [Shape]) -> (any Operation)? {
        guard inputs.allSatisfy({ $0.rank == 3 && $0 == inputs[0] }) else { return nil }
        func isLast(_ axis: Int) -> Bool { axis == -1 || axis == 2 }
        switch self {
        case let linear as Linear where linear.weights.shape[1] == inputs[0][2] && !inputs[0].isVector:
            return Convolution(
                weights: linear.weights.reshaped(to: [linear.weights.shape[0], linear.weights.shape[1], 1, 1]), bias: linear.bias,
                padding: .symmetric(0))
        case let normalization as LayerNormalization where isLast(normalization.axis):
            return LayerNormalization(
                axis: 0, weight: normalization.weight, bias: normalization.bias, epsilon: normalization.epsilon)
        case let affine as Affine where isLast(affine.axis): return Affine(scale: affine.scale, shift: affine.shift, axis: 0)
        case is Pointwise, is Rectifier, is Sum, is Arithmetic: return self
        default: return nil
        }
    }
}
