import Diagnostics
public import Tensors

/// `x` where it is above its channel's threshold and above zero, and zero elsewhere: JumpReLU (Rajamanoharan et al., "Jumping Ahead", 2024,
/// arXiv 2407.14435).
///
/// The gradient passes where the result is above zero; the jump itself has none.
public struct JumpRectifier: Operation {
    /// One for each channel.
    public let thresholds: [Float]
    /// The axis of the channels. Negative counts from the end.
    public let axis: Int

    public init(thresholds: [Float], axis: Int) {
        self.thresholds = thresholds
        self.axis = axis
    }

    public var activation: Activation? { .relu }
    public var passesGradientUnchanged: Bool { true }

    public var role: OperationRole { .activation }
    public var kind: String { "JumpReLU" }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let axis = try inputs[0].axis(axis)
        guard inputs[0][axis] == thresholds.count else {
            throw Problem("has \(thresholds.count) thresholds along axis \(axis) and is given \(inputs[0])")
        }
        return inputs[0]
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .allPlain(1) }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let parts = preparation.output.split(at: try preparation.output.axis(axis))
        let numbers = try AlignedBuffer(bytes: max(1, thresholds.count) * MemoryLayout<Float>.size)
        numbers.floats().update(from: thresholds, count: thresholds.count)
        return Prepared(
            thresholds: numbers,
            selection: ChannelSelection(outer: preparation.batch * parts.outer, channels: parts.extent, inner: parts.inner))
    }

    private struct Prepared: Kernel {
        let thresholds: AlignedBuffer
        let selection: ChannelSelection

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { _ in selection.keep(above: thresholds.floats(), source, into: output) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            preconditionFailure("JumpReLU passes its gradient unchanged")
        }
    }
}
