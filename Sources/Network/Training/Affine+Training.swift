public import Tensors

extension Affine: TrainableOperation {
    /// Layer scale; none where the scales are no tensor of their own.
    public var learned: [LearnedTensor] {
        learnsScale ? [LearnedTensor(suffix: "", Tensor(shape: [scale.count], values: scale))] : []
    }

    public func with(learned tensors: [Tensor]) -> any TrainableOperation { Affine(learnedScale: tensors[0].values, axis: axis) }

    public func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel {
        TrainedScale(
            base: Prepared(
                owner: buffers, scale: buffers.values[0], shift: nil, extents: try extents(preparation), layout: preparation.outputLayout),
            buffers: buffers)
    }
}

private struct TrainedScale: TrainingKernel {
    let base: Affine.Prepared
    let buffers: LearnedBuffers

    var learningReads: PullbackReads { PullbackReads(inputs: [0]) }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep { try base.bindForward(step) }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep { try base.bindPullback(to: input, step) }

    /// The sum of `x dy` over all places of a channel.
    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        let (source, gradient) = (step.inputs[0], step.outputGradient)
        return { [base, buffers] _ in
            let (outer, channels, inner) = base.extents
            if base.layout == .blocked {
                ChannelProducts.blocked(source, gradient, into: buffers.gradients[0], batch: outer, channels: channels, area: inner)
            } else {
                ChannelProducts.plain(source, gradient, into: buffers.gradients[0], outer: outer, channels: channels, inner: inner)
            }
        }
    }
}
