import Diagnostics
public import Tensors

/// `x * scale + shift` with one of each for every position of one axis: layer scale, biases, normalised constants.
public struct Affine: Operation {
    public let scale: [Float]
    public let shift: [Float]
    /// Negative counts from the end.
    public let axis: Int

    public init(scale: [Float], shift: [Float], axis: Int) {
        precondition(scale.count == shift.count, "a shift for every scale")
        self.scale = scale
        self.shift = shift
        self.axis = axis
    }

    public var role: OperationRole { .normalization }
    public var kind: String { "scale and shift by channel" }
    public var parameterCount: Int {
        (scale.contains { $0 != 1 } ? scale.count : 0) + (shift.contains { $0 != 0 } ? shift.count : 0)
    }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let axis = try inputs[0].axis(axis)
        guard inputs[0][axis] == scale.count else {
            throw Problem("scales \(scale.count) channels along axis \(axis) and is given \(inputs[0])")
        }
        return inputs[0]
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        let isMap = inputs[0].map != nil && (try? inputs[0].axis(axis)) == 0
        return isMap && offered[0] == .blocked ? .allBlocked(1) : .allPlain(1)
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 2 * output.count }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let shape = preparation.output
        let axis = try shape.axis(axis)
        let padded = Layout.blocks(scale.count) * 16
        let numbers = try AlignedBuffer(bytes: 2 * padded * MemoryLayout<Float>.size)
        numbers.floats().update(from: scale, count: scale.count)
        (numbers.floats() + padded).update(from: shift, count: shift.count)
        return Prepared(
            numbers: numbers, padded: padded, layout: preparation.outputLayout,
            outer: preparation.batch * shape.dimensions[..<axis].reduce(1, *), channels: scale.count,
            inner: shape.dimensions[(axis + 1)...].reduce(1, *))
    }

    private struct Prepared: Kernel {
        /// Scales, then shifts, each filled up to whole blocks.
        let numbers: AlignedBuffer
        let padded: Int
        let layout: Layout
        let outer: Int
        let channels: Int
        let inner: Int

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { _ in map(source, to: output, shift: numbers.floats() + padded) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (source, output) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in map(source, to: output, shift: nil) }
        }

        private func map(_ source: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>?) {
            let scale = numbers.floats()
            if layout == .blocked {
                Elementwise.affine(source, scale: scale, shift: shift, into: output, batch: outer, blocks: padded / 16, area: inner)
            } else {
                Elementwise.affine(source, scale: scale, shift: shift, into: output, outer: outer, channels: channels, inner: inner)
            }
        }
    }
}
