public import Tensors

extension GlobalResponseNormalization: TrainableOperation {
    public var learned: [LearnedTensor] {
        [("weight", weight), ("bias", bias)].map { LearnedTensor($0.0, Tensor(shape: [$0.1.count], values: $0.1)) }
    }

    public func with(learned tensors: [Tensor]) -> any TrainableOperation {
        GlobalResponseNormalization(weight: tensors[0].values, bias: tensors[1].values, epsilon: epsilon)
    }

    public func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel {
        let base = prepared(preparation, owner: buffers, weights: buffers.values[0], biases: buffers.values[1])
        return TrainedKernel(base: base) { [buffers] source, gradient, memory in
            guard let memory else { preconditionFailure("planned without gradient") }
            base.learning(
                source, outputGradient: gradient, memory: memory, weightGradient: buffers.gradients[0], biasGradient: buffers.gradients[1])
        }
    }
}
