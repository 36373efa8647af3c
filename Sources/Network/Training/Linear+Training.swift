public import Tensors

extension Linear: TrainableOperation {
    public var learned: [LearnedTensor] {
        let bias = Tensor(shape: [bias.count], values: bias)
        return [LearnedTensor(suffix: "\(separator)weight", weights)] + (hasBias ? [LearnedTensor(suffix: "\(separator)bias", bias)] : [])
    }

    public func with(learned tensors: [Tensor]) -> any TrainableOperation {
        Linear(weights: tensors[0], bias: hasBias ? tensors[1].values : nil, separator: separator)
    }

    public func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel {
        let (outputs, inputs) = (weights.shape[0], weights.shape[1])
        func row(_ layout: Layout, _ shape: Shape, _ count: Int) -> Int {
            layout == .blocked && shape.isVector && shape[0] == count ? Layout.blocks(count) * 16 : count
        }
        return TrainedLinear(
            product: LinearProduct(
                rows: preparation.batch * (preparation.output.count / outputs), inputs: inputs, outputs: outputs,
                stride: (
                    row(preparation.layouts[0], preparation.inputs[0], inputs), row(preparation.outputLayout, preparation.output, outputs)
                )), hasBias: hasBias, buffers: buffers)
    }
}

/// On vectors, one a row filled up to whole blocks, and on tokens.
private struct TrainedLinear: TrainingKernel {
    let product: LinearProduct
    let hasBias: Bool
    /// Weights, and the bias where there is one.
    let buffers: LearnedBuffers

    var learningReads: PullbackReads { PullbackReads(inputs: [0]) }
    /// The output's gradient, turned.
    var scratchBytes: Int { product.rows * product.outputs * MemoryLayout<Float>.size }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep {
        let (source, output) = (step.inputs[0], step.output)
        return { [self] _ in
            try product.forward(source, weights: buffers.values[0], bias: hasBias ? buffers.values[1] : nil, into: output)
        }
    }

    /// `dW = dy^T x` and `db`, the sum of `dy` over the rows.
    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        let (source, gradient) = (step.inputs[0], step.outputGradient)
        let turned = step.scratch.assumingMemoryBound(to: Float.self)
        let (rows, inputs, outputs) = (product.rows, product.inputs, product.outputs)
        return { [self] _ in
            for output in 0..<outputs {
                var sum: Float = 0
                for index in 0..<rows {
                    let value = gradient[index * product.stride.outputs + output]
                    turned[output * rows + index] = value
                    sum += value
                }
                if hasBias { buffers.gradients[1][output] = sum }
            }
            try matrixProduct(
                rows: outputs, columns: inputs, inner: rows, left: turned, leftStride: rows, right: source, rightStride: product.stride.inputs,
                transposed: false, result: buffers.gradients[0], resultStride: inputs)
        }
    }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep {
        let (gradient, result) = (step.outputGradient, step.inputGradient)
        return { [self] _ in try product.pullback(gradient, weights: buffers.values[0], into: result) }
    }
}
