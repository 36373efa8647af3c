public import Tensors

/// ReLU or ReLU6 by itself, where it could not be fused with what stands before it.
public struct Rectifier: Operation {
    private let function: Activation

    public init(_ function: Activation) { self.function = function }

    public var activation: Activation? { function }

    public var role: OperationRole { .activation }
    public var kind: String {
        switch function {
        case .relu: "ReLU"
        case .clipped(let upper): "ReLU\(upper == upper.rounded() ? String(Int(upper)) : String(upper))"
        }
    }

    public var passesGradientUnchanged: Bool { true }

    public func outputShape(for inputs: [Shape]) throws -> Shape { inputs[0] }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        .pointwise(inputs, offered: offered)
    }

    public var narrowMaps: NarrowMaps { .kept }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        PointwiseSum(count: preparation.outputCount, activation: function)
    }
}
