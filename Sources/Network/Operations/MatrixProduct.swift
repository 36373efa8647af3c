import Diagnostics
public import Tensors

/// `scale * A B` over the last two axes of two values, or `scale * A B^T`; the axes before are the same on both sides. Attention
/// consists of two of them.
public struct MatrixProduct: Operation {
    public let scale: Float
    /// True when the second input comes as `… x N x K`.
    public let transposesRight: Bool

    public init(scale: Float = 1, transposesRight: Bool = false) {
        self.scale = scale
        self.transposesRight = transposesRight
    }

    public var role: OperationRole { .matrixProduct }
    public var kind: String { "matrix product" }
    public var window: ReceptiveWindow { .everything }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let (left, right) = (inputs[0], inputs[1])
        guard left.rank >= 2, left.rank == right.rank, left.dimensions.dropLast(2) == right.dimensions.dropLast(2),
            left[left.rank - 1] == right[right.rank - (transposesRight ? 1 : 2)]
        else { throw Problem("cannot multiply \(left) with \(right)\(transposesRight ? " transposed" : "")") }
        return Shape(left.dimensions.dropLast() + [right[right.rank - (transposesRight ? 2 : 1)]])
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .allPlain(2) }

    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int { output.conventionalChannelAxis }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 2 * output.count * inputs[0][inputs[0].rank - 1] }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let (left, output) = (preparation.inputs[0], preparation.output)
        let (rows, inner, columns) = (left[left.rank - 2], left[left.rank - 1], output[output.rank - 1])
        let batch = preparation.batch * left.dimensions.dropLast(2).reduce(1, *)
        return try Prepared(
            forward: MatrixKernel(
                .init(batch: batch, rows: rows, columns: columns, inner: inner, transposesRight: transposesRight, scale: scale)),
            // dA = dC B^T.
            toLeft: preparation.wantsGradient
                ? MatrixKernel(
                    .init(batch: batch, rows: rows, columns: inner, inner: columns, transposesRight: !transposesRight, scale: scale))
                : nil,
            // dB = A^T dC; where B came transposed, dB^T = dC^T A.
            toRight: !preparation.wantsGradient
                ? nil
                : transposesRight
                    ? MatrixKernel(.init(batch: batch, rows: columns, columns: inner, inner: rows, transposesLeft: true, scale: scale))
                    : MatrixKernel(.init(batch: batch, rows: inner, columns: columns, inner: rows, transposesLeft: true, scale: scale)),
            transposesRight: transposesRight)
    }

    private struct Prepared: Kernel {
        let forward: MatrixKernel
        let toLeft: MatrixKernel?
        let toRight: MatrixKernel?
        let transposesRight: Bool

        var scratchBytes: Int { [forward, toLeft, toRight].compactMap { $0?.scratchBytes }.max() ?? 0 }

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [1 - input]) }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            try forward.bind(
                left: buffers.inputs[0], right: buffers.inputs[1], result: buffers.output, scratch: buffers.scratch)
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            guard let toLeft, let toRight else { preconditionFailure("planned without gradient") }
            if input == 0 {
                return try toLeft.bind(
                    left: buffers.outputGradient, right: buffers.inputs[1], result: buffers.inputGradient, scratch: buffers.scratch)
            }
            return transposesRight
                ? try toRight.bind(
                    left: buffers.outputGradient, right: buffers.inputs[0], result: buffers.inputGradient, scratch: buffers.scratch)
                : try toRight.bind(
                    left: buffers.inputs[0], right: buffers.outputGradient, result: buffers.inputGradient, scratch: buffers.scratch)
        }
    }
}
