import Diagnostics
public import Tensors

/// `e^x / sum of e^x` along one axis.
public struct Softmax: Operation {
    /// Negative counts from the end.
    public let axis: Int

    public init(axis: Int = -1) { self.axis = axis }

    public var role: OperationRole { .softmax }
    public var kind: String { "softmax" }
    public var window: ReceptiveWindow { .everything }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        _ = try inputs[0].axis(axis)
        return inputs[0]
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .allPlain(1) }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 4 * output.count }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let shape = preparation.output
        let axis = try shape.axis(axis)
        return Prepared(
            kernel: try SoftmaxKernel(
                outer: preparation.batch * shape.dimensions[..<axis].reduce(1, *), count: shape[axis],
                inner: shape.dimensions[(axis + 1)...].reduce(1, *), withGradient: preparation.wantsGradient))
    }

    private struct Prepared: Kernel {
        let kernel: SoftmaxKernel
        var scratchBytes: Int { kernel.scratchBytes }

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(output: true) }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            try kernel.bindForward(source: buffers.inputs[0], destination: buffers.output, scratch: buffers.scratch)
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            try kernel.bindPullback(
                result: buffers.output, outputGradient: buffers.outputGradient, inputGradient: buffers.inputGradient,
                scratch: buffers.scratch)
        }
    }
}

extension Shape {
    /// An axis that may count from the end. Throws a `Problem` when there is none.
    func axis(_ axis: Int) throws -> Int {
        let found = axis < 0 ? axis + rank : axis
        guard (0..<rank).contains(found) else { throw Problem("has no axis \(axis): its input is \(self)") }
        return found
    }
}
