import Diagnostics
public import Tensors

/// The sum of two maps of one shape, as at the end of a residual block; after fusion with the nonlinearity behind it. With
/// one input it is the nonlinearity alone.
public struct Sum: Operation {
    public var activation: Activation?

    public init(activation: Activation? = nil) { self.activation = activation }

    public var kind: String { "sum" }
    public var passesGradientUnchanged: Bool { true }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs.allSatisfy({ $0 == inputs[0] }) else {
            throw Problem("adds maps of different shapes: \(inputs.map(\.description).joined(separator: " and "))")
        }
        return inputs[0]
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        PointwiseSum(count: Layout.blocked.count(batch: preparation.batch, preparation.output), activation: activation)
    }
}

/// `activation(sum of inputs)`, prepared.
struct PointwiseSum: Kernel {
    let count: Int
    let activation: Activation?

    func bindForward(
        inputs: [UnsafeMutablePointer<Float>], output: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer?,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        { _ in Elementwise.sum(inputs, into: output, count: count, activation: activation) }
    }

    func bindPullback(
        to input: Int, outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        preconditionFailure("a sum passes its gradient unchanged")
    }
}
