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
        let (outer, channels, inner) = try extents(preparation), layout = preparation.outputLayout
        let base = Prepared(
            owner: buffers, scale: buffers.values[0], shift: nil, extents: (outer, channels, inner), layout: layout)
        // The sum of `x dy` over all places of a channel.
        return TrainedKernel(base: base) { [buffers] source, gradient, _ in
            if layout == .blocked {
                ChannelProducts.blocked(source, gradient, into: buffers.gradients[0], batch: outer, channels: channels, area: inner)
            } else {
                ChannelProducts.plain(source, gradient, into: buffers.gradients[0], outer: outer, channels: channels, inner: inner)
            }
        }
    }
}
