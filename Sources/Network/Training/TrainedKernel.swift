import Tensors

/// A kernel that runs forward and back as for inference, on values that change where they lie, and learns in a step of its own from its first
/// input.
struct TrainedKernel: TrainingKernel {
    typealias Values = UnsafeMutablePointer<Float>

    let base: any Kernel
    /// Writes the gradients of the learned values; the memory is the base kernel's.
    let learn: @Sendable (_ source: Values, _ outputGradient: Values, _ memory: UnsafeMutableRawPointer?) -> Void

    var memoryBytes: Int { base.memoryBytes }
    var scratchBytes: Int { base.scratchBytes }
    var learningReads: PullbackReads { PullbackReads(inputs: [0]) }
    func pullbackReads(to input: Int) -> PullbackReads { base.pullbackReads(to: input) }

    func bindForward(_ step: ForwardBuffers) throws -> BoundStep { try base.bindForward(step) }

    func bindPullback(to input: Int, _ step: PullbackBuffers) throws -> BoundStep { try base.bindPullback(to: input, step) }

    func bindLearning(_ step: LearningBuffers) throws -> BoundStep {
        let (source, gradient, memory) = (step.inputs[0], step.outputGradient, step.memory)
        return { [learn] _ in learn(source, gradient, memory) }
    }
}
