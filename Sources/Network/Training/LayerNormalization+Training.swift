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
        TrainedLayerNormalization(
            base: Prepared(owner: buffers, scale: buffers.values[0], shift: buffers.values[1], loops: try loops(preparation)), buffers: buffers)
    }
}

private struct TrainedLayerNormalization: TrainingKernel {
    let base: LayerNormalization.Prepared
    /// Scale and shift.
    let buffers: LearnedBuffers

    var memoryBytes: Int { base.memoryBytes }
    var scratchBytes: Int { base.scratchBytes }
    var learningReads: PullbackReads { PullbackReads(inputs: [0]) }
    func pullbackReads(to input: Int) -> PullbackReads { base.pullbackReads(to: input) }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep { try base.bindForward(step) }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep { try base.bindPullback(to: input, step) }

    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        guard let memory = step.memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("planned without gradient") }
        let (source, gradient) = (step.inputs[0], step.outputGradient)
        return { [base, buffers] _ in
            let (scale, shift) = (buffers.gradients[0], buffers.gradients[1])
            switch base.loops {
            case .tokens(let loops):
                loops.learning(source, outputGradient: gradient, memory: memory, scaleGradient: scale, shiftGradient: shift)
            case .maps(let loops):
                loops.learning(source, outputGradient: gradient, memory: memory, scaleGradient: scale, shiftGradient: shift)
            }
        }
    }
}
