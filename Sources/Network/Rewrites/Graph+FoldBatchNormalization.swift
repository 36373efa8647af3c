import Tensors

extension Graph {
    /// The graph with every batch normalisation, or other scale and shift by channel, that directly follows a convolution folded into
    /// that convolution's weights and bias. Nodes named in `kept` are asked for and stay what they are.
    public func foldingBatchNormalization(keeping kept: Set<String>) -> Graph {
        let consumers = consumers
        func follower(of position: Int) -> (Int, ChannelScale)? {
            kept.contains(nodes[position].name) ? nil : normalization(behind: position, consumers)
        }
        return rewritten { position, node, inputs, graph in
            if let convolution = plainConvolution(at: position), let (next, normalization) = follower(of: position) {
                return graph.add(nodes[next].name, convolution.folding(normalization), inputs: inputs)
            }
            if let input = node.inputs.first, let (next, _) = follower(of: input), next == position { return inputs[0] }
            return graph.add(node.name, node.operation, inputs: inputs)
        }
    }

    /// The convolution at `position` with the batch normalisation folded into it that alone takes what it computes; nil where there is
    /// none.
    public func convolutionFolded(at position: Int) -> Convolution? {
        guard let convolution = plainConvolution(at: position) else { return nil }
        return normalization(behind: position, consumers).map { convolution.folding($0.1) }
    }

    private func plainConvolution(at position: Int) -> Convolution? {
        let operation = nodes[position].operation
        return operation as? Convolution ?? (operation as? CosineConvolution)?.convolution
    }

    private func normalization(behind position: Int, _ consumers: [[Int]]) -> (Int, ChannelScale)? {
        guard let convolution = plainConvolution(at: position), convolution.activation == nil, consumers[position].count == 1,
            let normalization = ChannelScale(nodes[consumers[position][0]].operation, channels: convolution.outputs)
        else { return nil }
        return (consumers[position][0], normalization)
    }
}

/// A scale and a shift for every channel of a map, in double precision so that folding them into weights rounds once.
struct ChannelScale {
    let scale: [Double]
    let shift: [Double]

    /// Nil when `operation` is something else, or not along the first of `channels`.
    init?(_ operation: any Operation, channels: Int) {
        switch operation {
        case let normalization as BatchNormalization: (scale, shift) = (normalization.scale, normalization.shift)
        case let affine as Affine where affine.axis == 0: (scale, shift) = (affine.scale.map(Double.init), affine.shift.map(Double.init))
        default: return nil
        }
        guard scale.count == channels else { return nil }
    }
}

extension Convolution {
    /// The convolution that computes this one and then `normalization`.
    func folding(_ normalization: ChannelScale) -> Convolution {
        var shift = normalization.shift
        for (output, offset) in (bias ?? []).enumerated() { shift[output] += Double(offset) * normalization.scale[output] }
        return Convolution(scaling: self, by: normalization.scale, bias: shift.map(Float.init))
    }
}
