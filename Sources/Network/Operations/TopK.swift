import Diagnostics
public import Tensors

/// The `count` largest of every position's channels, as far as they are above zero, and zero in place of the others (Makhzani and Frey,
/// "k-Sparse Autoencoders", 2014; Gao et al., "Scaling and evaluating sparse autoencoders", 2024). Of equal channels the first is kept.
///
/// A ReLU whose threshold is each position's own: the gradient passes where the result is above zero.
public struct TopK: Operation {
    public let count: Int
    /// The axis of the channels. Negative counts from the end.
    public let axis: Int

    public init(_ count: Int, axis: Int) {
        precondition(count > 0, "some channels are kept")
        self.count = count
        self.axis = axis
    }

    public var activation: Activation? { .relu }
    public var passesGradientUnchanged: Bool { true }

    public var role: OperationRole { .activation }
    public var kind: String { "largest \(count) channels" }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let axis = try inputs[0].axis(axis)
        guard inputs[0][axis] >= count else { throw Problem("keeps \(count) channels of \(inputs[0]), axis \(axis)") }
        return inputs[0]
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .allPlain(1) }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let parts = preparation.output.split(at: try preparation.output.axis(axis))
        return Prepared(
            count: count,
            selection: ChannelSelection(outer: preparation.batch * parts.outer, channels: parts.extent, inner: parts.inner))
    }

    private struct Prepared: Kernel {
        let count: Int
        let selection: ChannelSelection

        var scratchBytes: Int { selection.scratchBytes }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            let scratch = buffers.scratch.assumingMemoryBound(to: Float.self)
            return { _ in selection.keepLargest(count, of: source, into: output, scratch: scratch) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            preconditionFailure("the largest channels pass their gradient unchanged")
        }
    }
}
