public import Tensors

extension Constant: TrainableOperation {
    /// Tokens, positions, and tables of relations between positions; none where the values are fixed, or made of others.
    public var learned: [LearnedTensor] { learns ? [LearnedTensor(suffix: "", value)] : [] }

    public func with(learned tensors: [Tensor]) -> any TrainableOperation { Constant(learned: tensors[0]) }

    public func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel {
        TrainedConstant(count: value.shape.count, batch: preparation.batch, buffers: buffers)
    }
}

private struct TrainedConstant: TrainingKernel {
    let count: Int
    let batch: Int
    let buffers: LearnedBuffers

    var learningReads: PullbackReads { .nothing }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep {
        let output = step.output
        return { [self] _ in
            for image in 0..<batch { (output + image * count).update(from: buffers.values[0], count: count) }
        }
    }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep { preconditionFailure("a constant has no inputs") }

    /// The sum over images.
    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        let gradient = step.outputGradient
        return { [self] _ in
            let sum = buffers.gradients[0]
            sum.update(from: gradient, count: count)
            for image in 1..<max(1, batch) {
                for i in 0..<count { sum[i] += gradient[image * count + i] }
            }
        }
    }
}
