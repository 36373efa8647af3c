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
        let count = preparation.output[try preparation.output.axis(axis)]
        let padded = Layout.blocks(count) * 16
        let numbers = try AlignedBuffer(bytes: 2 * padded * MemoryLayout<Float>.size)
        numbers.floats().update(from: weight ?? Array(repeating: 1, count: count), count: count)
        (numbers.floats() + padded).update(from: bias ?? Array(repeating: 0, count: count), count: count)
        return Prepared(
            owner: numbers, scale: numbers.floats(), shift: numbers.floats() + padded, loops: try loops(preparation))
    }

    /// The loops over what is normalised.
    func loops(_ preparation: Preparation) throws -> Loops {
        let shape = preparation.output, count = shape[try shape.axis(axis)]
        guard isOverChannels(shape) else {
            return .tokens(RowNormalization(rows: preparation.batch * shape.count / count, length: count, epsilon: epsilon))
        }
        return .maps(ChannelNormalization(batch: preparation.batch, channels: count, area: shape[1] * shape[2], epsilon: epsilon))
    }

    enum Loops {
        case tokens(RowNormalization)
        case maps(ChannelNormalization)

        var memoryBytes: Int {
            switch self {
            case .tokens(let loops): loops.memoryBytes
            case .maps(let loops): loops.memoryBytes
            }
        }
    }

    /// With scales and shifts that lie somewhere, filled up to whole blocks with zeros.
    struct Prepared: Kernel, @unchecked Sendable {
        /// Keeps them.
        let owner: any Sendable
        let scale: UnsafeMutablePointer<Float>
        let shift: UnsafeMutablePointer<Float>
        let loops: Loops

        var memoryBytes: Int { loops.memoryBytes }
        /// In place of the memory where no pullback will come.
        var scratchBytes: Int { memoryBytes }

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0]) }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let memory = (buffers.memory ?? buffers.scratch).assumingMemoryBound(to: Float.self)
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { [self] _ in
                switch loops {
                case .tokens(let loops): loops.forward(source, scale: scale, shift: shift, into: output, memory: memory)
                case .maps(let loops): loops.forward(source, scale: scale, shift: shift, into: output, memory: memory)
                }
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            guard let memory = buffers.memory?.assumingMemoryBound(to: Float.self) else { preconditionFailure("nothing was kept") }
            let (source, gradient, result) = (buffers.inputs[0], buffers.outputGradient, buffers.inputGradient)
            return { [self] _ in
                switch loops {
                case .tokens(let loops):
                    loops.pullback(source, scale: scale, outputGradient: gradient, inputGradient: result, memory: memory)
                case .maps(let loops):
                    loops.pullback(source, scale: scale, outputGradient: gradient, inputGradient: result, memory: memory)
                }
            }
        }
    }
}
