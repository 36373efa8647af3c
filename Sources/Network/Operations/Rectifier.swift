public import Tensors

/// ReLU or ReLU6 by itself, where it could not be fused with what stands before it.
public struct Rectifier: Operation {
    private let function: Activation

    public init(_ function: Activation) { self.function = function }

    public var activation: Activation? { function }

    public var kind: String {
        switch function {
        case .relu: "ReLU"
        case .clipped(let upper): "ReLU\(upper == upper.rounded() ? String(Int(upper)) : String(upper))"
        }
    }

    public var passesGradientUnchanged: Bool { true }

    public func outputShape(for inputs: [Shape]) throws -> Shape { inputs[0] }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        PointwiseSum(count: Layout.blocked.count(batch: preparation.batch, preparation.output), activation: function)
    }
}
