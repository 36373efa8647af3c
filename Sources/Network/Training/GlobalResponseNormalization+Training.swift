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
        TrainedResponseNormalization(
            base: prepared(preparation, owner: buffers, weights: buffers.values[0], biases: buffers.values[1]), buffers: buffers)
    }
}

private struct TrainedResponseNormalization: TrainingKernel {
    let base: GlobalResponseNormalization.Prepared
    /// Weights and biases.
    let buffers: LearnedBuffers

    var memoryBytes: Int { base.memoryBytes }
    var scratchBytes: Int { base.scratchBytes }
    var learningReads: PullbackReads { PullbackReads(inputs: [0]) }
    func pullbackReads(to input: Int) -> PullbackReads { base.pullbackReads(to: input) }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep { try base.bindForward(step) }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep { try base.bindPullback(to: input, step) }

    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        guard let memory = step.memory else { preconditionFailure("planned without gradient") }
        let (source, gradient) = (step.inputs[0], step.outputGradient)
        return { [base, buffers] _ in
            base.learning(
                source, outputGradient: gradient, memory: memory, weightGradient: buffers.gradients[0], biasGradient: buffers.gradients[1])
        }
    }
}
