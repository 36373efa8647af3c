import Diagnostics
public import Tensors

/// `(x - mean) / sqrt(variance + epsilon) * weight + bias` along one axis: the last of tokens, or the channels of a map (Ba et
/// al. 2016; the latter in ConvNeXt).
public struct LayerNormalization: Operation {
    /// Negative counts from the end.
    public let axis: Int
    public let weight: [Float]?
    public let bias: [Float]?
    public let epsilon: Float

    public init(axis: Int = -1, weight: [Float]?, bias: [Float]?, epsilon: Float) {
        self.axis = axis
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    public var role: OperationRole { .normalization }
    public var kind: String { "layer normalisation" }
    public var parameterCount: Int { (weight?.count ?? 0) + (bias?.count ?? 0) }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let axis = try inputs[0].axis(axis)
        for count in [weight?.count, bias?.count] {
            if let count, count != inputs[0][axis] {
                throw Problem("normalises \(count) values along axis \(axis) and is given \(inputs[0])")
            }
        }
        guard axis == inputs[0].rank - 1 || (axis == 0 && inputs[0].rank == 3) else {
            throw Problem("normalises along axis \(axis) of \(inputs[0]); only the last axis, or the channels of a map, are supported")
        }
        return inputs[0]
    }

    private func isOverChannels(_ input: Shape) -> Bool { input.rank == 3 && (try? input.axis(axis)) == 0 }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        isOverChannels(inputs[0]) ? .allBlocked(1) : .allPlain(1)
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 8 * output.count }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let shape = preparation.output
        let count = shape[try shape.axis(axis)]
        let padded = Layout.blocks(count) * 16
        let numbers = try AlignedBuffer(bytes: 2 * padded * MemoryLayout<Float>.size)
        numbers.floats().update(from: weight ?? Array(repeating: 1, count: count), count: count)
        (numbers.floats() + padded).update(from: bias ?? Array(repeating: 0, count: count), count: count)
        nonisolated(unsafe) let (scale, shift) = (numbers.floats(), numbers.floats() + padded)
        if isOverChannels(shape) {
            let loops = ChannelNormalization(
                batch: preparation.batch, channels: count, area: shape[1] * shape[2], epsilon: epsilon)
            return Prepared(numbers: numbers, memoryBytes: loops.memoryBytes) { source, output, memory in
                loops.forward(source, scale: scale, shift: shift, into: output, memory: memory)
            } pullback: { source, outputGradient, inputGradient, memory in
                loops.pullback(
                    source, scale: scale, outputGradient: outputGradient, inputGradient: inputGradient, memory: memory)
            }
        }
        let loops = RowNormalization(rows: preparation.batch * shape.count / count, length: count, epsilon: epsilon)
        return Prepared(numbers: numbers, memoryBytes: loops.memoryBytes) { source, output, memory in
            loops.forward(source, scale: scale, shift: shift, into: output, memory: memory)
        } pullback: { source, outputGradient, inputGradient, memory in
            loops.pullback(source, scale: scale, outputGradient: outputGradient, inputGradient: inputGradient, memory: memory)
        }
    }

    private typealias Values = UnsafeMutablePointer<Float>

    private struct Prepared: Kernel {
        /// Weights, then biases: what the loops read.
        let numbers: AlignedBuffer
        let memoryBytes: Int
        let forward: @Sendable (_ source: Values, _ output: Values, _ memory: Values) -> Void
        let pullback: @Sendable (_ source: Values, _ outputGradient: Values, _ inputGradient: Values, _ memory: Values) -> Void

        /// In place of the memory where no pullback will come.
        var scratchBytes: Int { memoryBytes }

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0]) }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let memory = (buffers.memory ?? buffers.scratch).assumingMemoryBound(to: Float.self)
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { [self] _ in forward(source, output, memory) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            guard let memory = buffers.memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("nothing was kept") }
            let (source, outputGradient, inputGradient) = (buffers.inputs[0], buffers.outputGradient, buffers.inputGradient)
            return { [self] _ in pullback(source, outputGradient, inputGradient, memory) }
        }
    }
}
