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
                geometry, from: preparation.layouts[0], hasBias: bias != nil, wantsInputGradient: preparation.wantsGradient,
                choices: preparation.algorithms),
            form: joined.isTrivial ? nil : joined, buffers: buffers, bias: bias == nil ? nil : 1)
    }
}

/// Weights that are computed with in another form than they are learned in.
protocol WeightForm: Sendable {
    /// The number of weights that are computed with.
    var count: Int { get }
    /// Sets `weights` to what the learned values make of them.
    func form(_ values: [UnsafeMutablePointer<Float>], into weights: UnsafeMutablePointer<Float>)
    /// Sets the gradients of the learned values from that of `weights`.
    func pullback(
        of weightGradient: UnsafeMutablePointer<Float>, values: [UnsafeMutablePointer<Float>], into gradients: [UnsafeMutablePointer<Float>])
}

extension JoinedGroups: WeightForm {
    func form(_ values: [UnsafeMutablePointer<Float>], into weights: UnsafeMutablePointer<Float>) { join(values[0], into: weights) }

    func pullback(
        of weightGradient: UnsafeMutablePointer<Float>, values: [UnsafeMutablePointer<Float>], into gradients: [UnsafeMutablePointer<Float>]
    ) { separate(weightGradient, into: gradients[0]) }
}

/// A convolution that learns, in one form or another.
struct TrainedConvolution: TrainingKernel {
    let kernel: ConvolutionTrainingKernel
    /// Nil where the first of the learned values are the weights.
    let form: (any WeightForm)?
    let buffers: LearnedBuffers
    /// Which of the learned values the bias is.
    let bias: Int?

    /// Packed weights, then those of the form.
    private var packedBytes: Int { kernel.memoryBytes.upToCacheLine }
    private var formBytes: Int { ((form?.count ?? 0) * MemoryLayout<Float>.size).upToCacheLine }
    var memoryBytes: Int { packedBytes + formBytes }
    var scratchBytes: Int { formBytes + kernel.scratchBytes }
    var learningReads: PullbackReads { PullbackReads(inputs: [0]) }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep {
        guard let memory = step.memory else { preconditionFailure("planned without gradient") }
        let weights = form == nil ? buffers.values[0] : (memory + packedBytes).assumingMemoryBound(to: Float.self)
        let run = try kernel.bindForward(
            source: step.inputs[0], weights: weights, bias: bias.map { buffers.values[$0] }, destination: step.output, memory: memory,
            scratch: step.scratch + formBytes)
        guard let form else { return run }
        return { [buffers] stream in
            form.form(buffers.values, into: weights)
            try run(stream)
        }
    }

    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        let weightGradient = form == nil ? buffers.gradients[0] : step.scratch.assumingMemoryBound(to: Float.self)
        let run = try kernel.bindLearning(
            source: step.inputs[0], outputGradient: step.outputGradient, weightGradient: weightGradient,
            biasGradient: bias.map { buffers.gradients[$0] }, scratch: step.scratch + formBytes)
        guard let form else { return run }
        return { [buffers] stream in
            try run(stream)
            form.pullback(of: weightGradient, values: buffers.values, into: buffers.gradients)
        }
    }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep {
        guard let memory = step.memory else { preconditionFailure("planned without gradient") }
        return try kernel.bindPullback(
            outputGradient: step.outputGradient, inputGradient: step.inputGradient, memory: memory, scratch: step.scratch + formBytes)
    }
}
