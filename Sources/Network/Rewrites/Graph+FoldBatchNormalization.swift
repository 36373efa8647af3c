import Tensors

extension Graph {
    /// The graph with every batch normalisation that directly follows a convolution folded into that convolution's weights
    /// and bias. Nodes named in `kept` are asked for and stay what they are.
    public func foldingBatchNormalization(keeping kept: Set<String>) -> Graph {
        let consumers = consumers
        func follower(of position: Int) -> (Int, BatchNormalization)? {
            guard let convolution = nodes[position].operation as? Convolution, convolution.activation == nil,
                !kept.contains(nodes[position].name), consumers[position].count == 1,
                let normalization = nodes[consumers[position][0]].operation as? BatchNormalization
            else { return nil }
            return (consumers[position][0], normalization)
        }
        return rewritten { position, node, inputs, graph in
            if let convolution = node.operation as? Convolution, let (next, normalization) = follower(of: position) {
                return graph.add(nodes[next].name, convolution.folding(normalization), inputs: inputs)
            }
            if node.operation is BatchNormalization, follower(of: node.inputs[0]) != nil { return inputs[0] }
            return graph.add(node.name, node.operation, inputs: inputs)
        }
    }
}

extension Convolution {
    /// The convolution that computes this one and then `normalization`.
    func folding(_ normalization: BatchNormalization) -> Convolution {
        let perOutput = weights.values.count / outputs
        var folded = weights
        var shift = normalization.shift
        for output in 0..<outputs {
            let scale = normalization.scale[output]
            for i in output * perOutput..<(output + 1) * perOutput { folded.values[i] = Float(Double(folded.values[i]) * scale) }
            if let bias { shift[output] += Double(bias[output]) * scale }
        }
        return with(weights: folded, bias: shift.map(Float.init))
    }
}
