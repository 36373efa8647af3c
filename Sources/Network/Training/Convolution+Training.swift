public import Tensors

extension Convolution: TrainableOperation {
    public var learned: [LearnedTensor] {
        [LearnedTensor("weight", weights)] + (bias.map { [LearnedTensor("bias", Tensor(shape: [$0.count], values: $0))] } ?? [])
    }

    public func with(learned tensors: [Tensor]) -> any TrainableOperation {
        Convolution(
            weights: tensors[0], bias: tensors.count > 1 ? tensors[1].values : nil, stride: stride, dilation: dilation, padding: padding,
            groups: groups, activation: activation, adds: adds)
    }

    public func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel {
        let input = preparation.inputs[0]
        let (low, high) = padding.resolved(size: [input[1], input[2]], kernel: kernel, stride: stride, dilation: dilation)
        let joined = JoinedGroups(self)
        let geometry = WindowGeometry(
            batch: preparation.batch, input: input, output: preparation.output, kernel: kernel, stride: stride, dilation: dilation,
            paddingLow: low, paddingHigh: high, groups: joined.groups)
        return TrainedConvolution(
            kernel: try ConvolutionTrainingKernel(
                geometry, from: preparation.layouts[0], hasBias: bias != nil, wantsInputGradient: preparation.wantsGradient),
            joined: joined.isTrivial ? nil : joined, buffers: buffers)
    }
}

private struct TrainedConvolution: TrainingKernel {
    let kernel: ConvolutionTrainingKernel
    /// For groups that are computed together with others.
    let joined: JoinedGroups?
    /// Weights, and the bias if there is one.
    let buffers: LearnedBuffers

    /// Packed weights, then those of joined groups.
    private var packedBytes: Int { (kernel.memoryBytes + 63) / 64 * 64 }
    private var joinedBytes: Int { ((joined?.count ?? 0) * MemoryLayout<Float>.size + 63) / 64 * 64 }
    var memoryBytes: Int { packedBytes + joinedBytes }
    var scratchBytes: Int { joinedBytes + kernel.scratchBytes }
    var learningReads: PullbackReads { PullbackReads(inputs: [0]) }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep {
        guard let memory = step.memory else { preconditionFailure("planned without gradient") }
        let wide = joined == nil ? buffers.values[0] : (memory + packedBytes).assumingMemoryBound(to: Float.self)
        let run = try kernel.bindForward(
            source: step.inputs[0], weights: wide, bias: buffers.values.count > 1 ? buffers.values[1] : nil, destination: step.output,
            memory: memory, scratch: step.scratch + joinedBytes)
        guard let joined else { return run }
        return { [buffers] stream in
            joined.join(buffers.values[0], into: wide)
            try run(stream)
        }
    }

    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        let wide = joined == nil ? buffers.gradients[0] : step.scratch.assumingMemoryBound(to: Float.self)
        let run = try kernel.bindLearning(
            source: step.inputs[0], outputGradient: step.outputGradient, weightGradient: wide,
            biasGradient: buffers.gradients.count > 1 ? buffers.gradients[1] : nil, scratch: step.scratch + joinedBytes)
        guard let joined else { return run }
        return { [buffers] stream in
            try run(stream)
            joined.separate(wide, into: buffers.gradients[0])
        }
    }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep {
        guard let memory = step.memory else { preconditionFailure("planned without gradient") }
        return try kernel.bindPullback(
            outputGradient: step.outputGradient, inputGradient: step.inputGradient, memory: memory, scratch: step.scratch + joinedBytes)
    }
}
