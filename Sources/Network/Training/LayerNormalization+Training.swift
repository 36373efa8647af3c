public import Tensors

extension LayerNormalization: TrainableOperation {
    /// Without scale and shift it learns nothing.
    public var learned: [LearnedTensor] {
        guard let weight, let bias else { return [] }
        func tensor(_ values: [Float]) -> Tensor { Tensor(shape: [values.count], values: values) }
        return [LearnedTensor("weight", tensor(weight)), LearnedTensor("bias", tensor(bias))]
    }

    public func with(learned tensors: [Tensor]) -> any TrainableOperation {
        LayerNormalization(axis: axis, weight: tensors[0].values, bias: tensors[1].values, epsilon: epsilon)
    }

    public func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel {
        let loops = try loops(preparation)
        return TrainedKernel(
            base: Prepared(owner: buffers, scale: buffers.values[0], shift: buffers.values[1], loops: loops)
        ) { [buffers] source, gradient, memory in
            guard let memory = memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("planned without gradient") }
            let (scale, shift) = (buffers.gradients[0], buffers.gradients[1])
            switch loops {
            case .tokens(let loops):
                loops.learning(source, outputGradient: gradient, memory: memory, scaleGradient: scale, shiftGradient: shift)
            case .maps(let loops):
                loops.learning(source, outputGradient: gradient, memory: memory, scaleGradient: scale, shiftGradient: shift)
            }
        }
    }
}
