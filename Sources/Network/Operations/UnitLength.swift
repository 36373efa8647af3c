import Diagnostics
public import Tensors

/// Every position's channels divided by their Euclidean length, `x / max(|x|, 1e-12)`: what remains is a direction, and its products
/// with kernels of unit length are cosines. As `torch.nn.functional.normalize` over channels, but nothing comes back to a position that
/// is zero.
public struct UnitLength: Operation {
    /// What a length is at least.
    public static let epsilon: Float = 1e-12

    public init() {}

    public var role: OperationRole { .normalization }
    public var kind: String { "unit length" }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0].rank == 3 else { throw Problem("takes the lengths of a map's positions and is given \(inputs[0])") }
        return inputs[0]
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 3 * output.count }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let shape = preparation.output
        return Prepared(
            loops: LengthNormalization(
                batch: preparation.batch, channels: shape[0], area: shape[1] * shape[2], epsilon: Self.epsilon))
    }

    private struct Prepared: Kernel {
        let loops: LengthNormalization

        var memoryBytes: Int { loops.memoryBytes }
        /// In place of the memory where no pullback will come.
        var scratchBytes: Int { loops.memoryBytes }

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0]) }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let memory = (buffers.memory ?? buffers.scratch).assumingMemoryBound(to: Float.self)
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { _ in loops.forward(source, into: output, memory: memory) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            guard let memory = buffers.memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("nothing was kept") }
            let (source, outputGradient, inputGradient) = (buffers.inputs[0], buffers.outputGradient, buffers.inputGradient)
            return { _ in
                loops.pullback(source, outputGradient: outputGradient, inputGradient: inputGradient, memory: memory)
            }
        }
    }
}
