import Diagnostics
public import Tensors

/// `x * scale + shift` with one of each for every position of one axis: layer scale, biases, normalised constants.
public struct Affine: Operation {
    public let scale: [Float]
    public let shift: [Float]
    /// Negative counts from the end.
    public let axis: Int
    /// True where the scales are a tensor of the node's own name, which training may change.
    let learnsScale: Bool

    public init(scale: [Float], shift: [Float], axis: Int) {
        self.init(scale: scale, shift: shift, axis: axis, learnsScale: false)
    }

    /// `x * scale`, whose values are the tensor of the node's name.
    init(learnedScale scale: [Float], axis: Int) {
        self.init(scale: scale, shift: Array(repeating: 0, count: scale.count), axis: axis, learnsScale: true)
    }

    private init(scale: [Float], shift: [Float], axis: Int, learnsScale: Bool) {
        precondition(scale.count == shift.count, "a shift for every scale")
        self.scale = scale
        self.shift = shift
        self.axis = axis
        self.learnsScale = learnsScale
    }

    public var role: OperationRole { .normalization }
    public var kind: String { "scale and shift by channel" }
    public var parameterCount: Int {
        (learnsScale || scale.contains { $0 != 1 } ? scale.count : 0) + (shift.contains { $0 != 0 } ? shift.count : 0)
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
        let padded = Layout.blocks(scale.count) * 16
        let numbers = try AlignedBuffer(bytes: 2 * padded * MemoryLayout<Float>.size)
        numbers.floats().update(from: scale, count: scale.count)
        (numbers.floats() + padded).update(from: shift, count: shift.count)
        return Prepared(
            owner: numbers, scale: numbers.floats(), shift: numbers.floats() + padded, extents: try extents(preparation),
            layout: preparation.outputLayout)
    }

    /// What lies outside the axis, along it, and within.
    func extents(_ preparation: Preparation) throws -> (outer: Int, channels: Int, inner: Int) {
        let shape = preparation.output, axis = try shape.axis(axis)
        return (
            preparation.batch * shape.dimensions[..<axis].reduce(1, *), scale.count, shape.dimensions[(axis + 1)...].reduce(1, *)
        )
    }

    /// With scales and shifts that lie somewhere, filled up to whole blocks.
    struct Prepared: Kernel, @unchecked Sendable {
        /// Keeps them.
        let owner: any Sendable
        let scale: UnsafeMutablePointer<Float>
        let shift: UnsafeMutablePointer<Float>?
        let extents: (outer: Int, channels: Int, inner: Int)
        let layout: Layout

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { [self] _ in map(source, to: output, shift: shift) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (source, output) = (buffers.outputGradient, buffers.inputGradient)
            return { [self] _ in map(source, to: output, shift: nil) }
        }

        private func map(_ source: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>?) {
            let (outer, channels, inner) = extents
            if layout == .blocked {
                Elementwise.affine(
                    source, scale: scale, shift: shift, into: output, batch: outer, blocks: Layout.blocks(channels), area: inner)
            } else {
                Elementwise.affine(source, scale: scale, shift: shift, into: output, outer: outer, channels: channels, inner: inner)
            }
        }
    }
}
