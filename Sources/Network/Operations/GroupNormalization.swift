import Diagnostics
public import Tensors

/// `(x - mean) / sqrt(variance + epsilon)` over all positions of a group of channels, then `* weight + bias` a channel (Wu and He
/// 2018); as many groups as channels make it instance normalisation.
public struct GroupNormalization: Operation {
    public let groups: Int
    public let weight: [Float]?
    public let bias: [Float]?
    public let epsilon: Float

    public init(groups: Int, weight: [Float]?, bias: [Float]?, epsilon: Float) {
        self.groups = groups
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    public var role: OperationRole { .normalization }
    public var kind: String { "group normalisation, \(groups) groups" }
    public var parameterCount: Int { (weight?.count ?? 0) + (bias?.count ?? 0) }
    public var window: ReceptiveWindow { .everything }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let channels = inputs[0].dimensions.first ?? 0
        guard channels > 0, groups > 0, channels % groups == 0, inputs[0].count > 0 else {
            throw Problem("cannot part the channels of \(inputs[0]) into \(groups) groups")
        }
        for count in [weight?.count, bias?.count] {
            if let count, count != channels { throw Problem("scales \(count) channels and is given \(inputs[0])") }
        }
        return inputs[0]
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .allPlain(1) }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 8 * output.count }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let shape = preparation.output
        let (channels, length) = (shape[0], shape.count / groups)
        // Rows are groups; scales belong to channels, and follow by themselves.
        return Prepared(
            kernel: RowNormalization(rows: preparation.batch * groups, length: length, epsilon: epsilon), batch: preparation.batch,
            channels: channels, area: shape.count / channels, weight: weight ?? Array(repeating: 1, count: channels),
            bias: bias ?? Array(repeating: 0, count: channels))
    }

    private struct Prepared: Kernel {
        let kernel: RowNormalization
        let batch: Int
        let channels: Int
        let area: Int
        let weight: [Float]
        let bias: [Float]

        var memoryBytes: Int { kernel.memoryBytes }
        var scratchBytes: Int { max(kernel.memoryBytes, batch * channels * area * MemoryLayout<Float>.size) }

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0]) }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            let memory = (buffers.memory ?? buffers.scratch).assumingMemoryBound(to: Float.self)
            return { _ in
                kernel.forward(source, scale: nil, shift: nil, into: output, memory: memory)
                Elementwise.affine(
                    output, scale: weight, shift: bias, into: output, outer: batch, channels: channels, inner: area)
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            guard let memory = buffers.memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("nothing was kept") }
            let (source, outputGradient, inputGradient) = (buffers.inputs[0], buffers.outputGradient, buffers.inputGradient)
            let scaled = buffers.scratch.assumingMemoryBound(to: Float.self)
            return { _ in
                Elementwise.affine(
                    outputGradient, scale: weight, shift: nil, into: scaled, outer: batch, channels: channels, inner: area)
                kernel.pullback(source, scale: nil, outputGradient: scaled, inputGradient: inputGradient, memory: memory)
            }
        }
    }
}
