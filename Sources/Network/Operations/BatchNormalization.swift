import Diagnostics
public import Tensors

/// Batch normalisation with running statistics: `(x - mean) / sqrt(variance + epsilon) * weight + bias` a channel, which is
/// an affine map (Ioffe and Szegedy 2015).
public struct BatchNormalization: Operation {
    /// What each channel is multiplied with, and what is added then. In double precision, so that folding them into weights
    /// rounds once.
    public let scale: [Double]
    public let shift: [Double]
    public let parameterCount: Int

    public init(weight: [Float], bias: [Float], mean: [Float], variance: [Float], epsilon: Float) {
        let scale = zip(weight, variance).map { Double($0) / (Double($1) + Double(epsilon)).squareRoot() }
        self.scale = scale
        shift = scale.indices.map { Double(bias[$0]) - Double(mean[$0]) * scale[$0] }
        parameterCount = weight.count + bias.count
    }

    public var kind: String { "batch normalisation" }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 2 * output.count }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0].map?[0] == scale.count else {
            throw Problem("normalises \(scale.count) channels and is given \(inputs[0])")
        }
        return inputs[0]
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let blocks = Layout.blocks(scale.count)
        let buffer = try AlignedBuffer(bytes: 2 * blocks * 16 * MemoryLayout<Float>.size)
        buffer.floats().update(from: scale.map(Float.init), count: scale.count)
        (buffer.floats() + blocks * 16).update(from: shift.map(Float.init), count: shift.count)
        return Prepared(
            numbers: buffer, batch: preparation.batch, blocks: blocks, area: preparation.output.count / preparation.output[0])
    }

    private struct Prepared: Kernel {
        let numbers: AlignedBuffer
        let batch: Int
        let blocks: Int
        let area: Int

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { _ in
                Elementwise.affine(
                    source, scale: numbers.floats(), shift: numbers.floats() + blocks * 16, into: output, batch: batch,
                    blocks: blocks, area: area)
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in
                Elementwise.affine(
                    outputGradient, scale: numbers.floats(), shift: nil, into: inputGradient, batch: batch, blocks: blocks,
                    area: area)
            }
        }
    }
}
