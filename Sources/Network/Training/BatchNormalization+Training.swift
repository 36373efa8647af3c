public import Tensors

extension BatchNormalization: TrainableOperation {
    /// The share of a batch's statistics in the running ones, as PyTorch's default.
    static let momentum: Float = 0.1

    /// Without statistics of its own it is a fixed scale and shift, and learns nothing.
    public var learned: [LearnedTensor] {
        guard let statistics else { return [] }
        func tensor(_ values: [Float]) -> Tensor { Tensor(shape: [values.count], values: values) }
        return [
            LearnedTensor("weight", tensor(weight)), LearnedTensor("bias", tensor(bias)),
            LearnedTensor("running_mean", tensor(statistics.mean), isStatistic: true),
            LearnedTensor("running_var", tensor(statistics.variance), isStatistic: true),
        ]
    }

    public func with(learned tensors: [Tensor]) -> any TrainableOperation {
        guard tensors.count == 4 else { return self }
        return BatchNormalization(
            weight: tensors[0].values, bias: tensors[1].values, mean: tensors[2].values, variance: tensors[3].values, epsilon: epsilon)
    }

    public var absorbsInTraining: Bool { true }

    /// By the batch's own statistics.
    public func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel {
        let shape = preparation.output
        return TrainedNormalization(
            kernel: BatchStatisticsNormalization(
                batch: preparation.batch, channels: shape[0], area: shape.dimensions.dropFirst().reduce(1, *), epsilon: epsilon),
            buffers: buffers, adds: adds, activation: activation)
    }
}

private struct TrainedNormalization: TrainingKernel {
    let kernel: BatchStatisticsNormalization
    /// Factor, offset, running mean, running variance.
    let buffers: LearnedBuffers
    let adds: Bool
    let activation: Activation?

    var memoryBytes: Int { kernel.memoryBytes }
    var scratchBytes: Int { kernel.scratchBytes }
    var learningReads: PullbackReads { PullbackReads(inputs: [0]) }
    func pullbackReads(to input: Int) -> PullbackReads { input == 0 ? PullbackReads(inputs: [0]) : .nothing }
    func passesGradientUnchanged(to input: Int) -> Bool { input == 1 }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep {
        guard let memory = step.memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("planned without gradient") }
        let running = BatchStatisticsNormalization.Running(
            mean: buffers.values[2], variance: buffers.values[3], momentum: BatchNormalization.momentum)
        let added = adds ? step.inputs[1] : nil
        let (source, output, scratch) = (step.inputs[0], step.output, step.scratch.assumingMemoryBound(to: Float.self))
        return { [kernel, buffers, activation] _ in
            kernel.forward(
                source, scale: buffers.values[0], shift: buffers.values[1], added: added, activation: activation, into: output,
                running: running, memory: memory, scratch: scratch)
        }
    }

    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        guard let memory = step.memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("planned without gradient") }
        let (source, gradient, scratch) = (step.inputs[0], step.outputGradient, step.scratch.assumingMemoryBound(to: Float.self))
        return { [kernel, buffers] _ in
            kernel.learning(
                source, outputGradient: gradient, memory: memory, scaleGradient: buffers.gradients[0],
                shiftGradient: buffers.gradients[1], scratch: scratch)
        }
    }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep {
        guard let memory = step.memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("planned without gradient") }
        let (source, gradient, result) = (step.inputs[0], step.outputGradient, step.inputGradient)
        let scratch = step.scratch.assumingMemoryBound(to: Float.self)
        return { [kernel, buffers] _ in
            kernel.pullback(
                source, outputGradient: gradient, scale: buffers.values[0], scaleGradient: buffers.gradients[0],
                shiftGradient: buffers.gradients[1], memory: memory, into: result, scratch: scratch)
        }
    }
}
