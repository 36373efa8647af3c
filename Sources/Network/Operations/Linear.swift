import Diagnostics
public import Tensors

/// `W x + b` along the last axis of tokens (`… x I` becomes `… x O`), or of a vector (C or C x 1 x 1), as PyTorch's `Linear`.
public struct Linear: Operation {
    /// O x I.
    public let weights: Tensor
    /// Zeros where the layer has none.
    public let bias: [Float]
    public let hasBias: Bool

    public let parameterCount: Int

    /// What a checkpoint writes between the layer's name and those of its tensors.
    let separator: String

    /// `parameterCount` is how many of the values were learned: all of them if it is left out.
    public init(weights: Tensor, bias: [Float]?, parameterCount: Int? = nil) {
        self.init(weights: weights, bias: bias, parameterCount: parameterCount, separator: ".")
    }

    init(weights: Tensor, bias: [Float]?, parameterCount: Int? = nil, separator: String) {
        self.separator = separator
        self.weights = weights
        self.bias = bias ?? Array(repeating: 0, count: weights.shape[0])
        hasBias = bias != nil
        self.parameterCount = parameterCount ?? weights.values.count + (bias?.count ?? 0)
    }

    public var role: OperationRole { .linear }
    public var kind: String { "linear" }

    private var inputs: Int { weights.shape[1] }
    private var outputs: Int { weights.shape[0] }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let input = inputs[0]
        if input.isVector, input[0] == self.inputs { return input.rank == 1 ? [outputs] : [outputs, 1, 1] }
        guard let last = input.dimensions.last, last == self.inputs else {
            throw Problem("expects \(self.inputs) values along the last axis and is given \(input)")
        }
        return Shape(input.dimensions.dropLast() + [outputs])
    }

    private func isOnVector(_ input: Shape) -> Bool { input.isVector && input[0] == inputs }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        isOnVector(inputs[0]) ? LayoutChoice(inputs: offered, output: .blocked) : .allPlain(1)
    }

    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int {
        isOnVector(inputs[0]) ? 0 : output.rank - 1
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 2 * output.count * self.inputs }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        guard isOnVector(preparation.inputs[0]) else {
            return try LinearRows(
                rows: preparation.batch * (preparation.output.count / outputs), weights: weights, bias: bias,
                wantsGradient: preparation.wantsGradient)
        }
        let buffer = try AlignedBuffer(bytes: (weights.values.count + outputs) * MemoryLayout<Float>.size)
        buffer.floats().update(from: weights.values, count: weights.values.count)
        (buffer.floats() + weights.values.count).update(from: bias, count: outputs)
        return Prepared(
            numbers: buffer,
            product: LinearProduct(
                rows: preparation.batch, inputs: inputs, outputs: outputs,
                stride: (preparation.layouts[0] == .blocked ? Layout.blocks(inputs) * 16 : inputs, Layout.blocks(outputs) * 16)))
    }

    /// On vectors. A C x 1 x 1 map in blocks is a row of C values, filled up to whole blocks.
    private struct Prepared: Kernel {
        /// The weights, then the bias.
        let numbers: AlignedBuffer
        let product: LinearProduct

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { _ in
                let weights = numbers.floats()
                try product.forward(source, weights: weights, bias: weights + product.inputs * product.outputs, into: output)
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in try product.pullback(outputGradient, weights: numbers.floats(), into: inputGradient) }
        }
    }
}

/// On tokens: one product of all rows with the weights, packed as oneDNN wants them.
private struct LinearRows: Kernel {
    private let forward: MatrixKernel
    private let pullback: MatrixKernel?
    private let weights: AlignedBuffer
    private let transposed: AlignedBuffer?
    private let bias: AlignedBuffer

    init(rows: Int, weights: Tensor, bias: [Float], wantsGradient: Bool) throws {
        let (outputs, inputs) = (weights.shape[0], weights.shape[1])
        forward = try MatrixKernel(
            .init(batch: 1, rows: rows, columns: outputs, inner: inputs, transposesRight: true), packsRight: true, biased: true)
        self.weights = try forward.packed(weights.values)
        self.bias = try AlignedBuffer(bytes: outputs * MemoryLayout<Float>.size)
        self.bias.floats().update(from: bias, count: outputs)
        // dx = dy W: rows x O times O x I.
        pullback =
            wantsGradient
            ? try MatrixKernel(.init(batch: 1, rows: rows, columns: inputs, inner: outputs), packsRight: true) : nil
        transposed = try pullback?.packed(weights.values)
    }

    var scratchBytes: Int { max(forward.scratchBytes, pullback?.scratchBytes ?? 0) }

    func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
        try forward.bind(
            left: buffers.inputs[0], right: weights.floats(), bias: bias.floats(), result: buffers.output, scratch: buffers.scratch)
    }

    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        guard let pullback, let transposed else { preconditionFailure("planned without gradient") }
        return try pullback.bind(
            left: buffers.outputGradient, right: transposed.floats(), result: buffers.inputGradient, scratch: buffers.scratch)
    }
}
