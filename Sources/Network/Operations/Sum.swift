import Diagnostics
public import Tensors

/// The sum of two maps of one shape, as at the end of a residual block; after fusion with the nonlinearity behind it. With
/// one input it is the nonlinearity alone.
public struct Sum: Operation {
    public var activation: Activation?

    public init(activation: Activation? = nil) { self.activation = activation }

    public var role: OperationRole { .sum }
    public var kind: String { "sum" }
    public var passesGradientUnchanged: Bool { true }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs.allSatisfy({ $0 == inputs[0] }) else {
            throw Problem("adds maps of different shapes: \(inputs.map(\.description).joined(separator: " and "))")
        }
        return inputs[0]
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        .pointwise(inputs, offered: offered)
    }

    public var narrowMaps: NarrowMaps { .kept }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        PointwiseSum(count: preparation.outputCount, activation: activation)
    }
}

/// `activation(sum of inputs)`, prepared.
struct PointwiseSum: Kernel {
    /// Rounded up to whole lanes: a buffer has room for them.
    let count: Int
    let activation: Activation?

    init(count: Int, activation: Activation?) {
        self.count = (count + 15) / 16 * 16
        self.activation = activation
    }

    func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
        let (inputs, output) = (buffers.inputs, buffers.output)
        return { _ in Elementwise.sum(inputs, into: output, count: count, activation: activation) }
    }

    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        preconditionFailure("a sum passes its gradient unchanged")
    }
}
