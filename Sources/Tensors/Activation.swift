/// A pointwise nonlinearity whose derivative can be told from its result, so that it may be fused into the operation
/// before it.
public enum Activation: Sendable, Hashable {
    /// `max(x, 0)`. The derivative at 0 is 0, as in PyTorch.
    case relu
    /// `min(max(x, 0), upper)`; ReLU6 for 6. The derivative at 0 and at `upper` is 0.
    case clipped(upper: Float)

    /// The function itself.
    @inlinable public func callAsFunction(_ x: Float) -> Float {
        switch self {
        case .relu: max(x, 0)
        case .clipped(let upper): min(max(x, 0), upper)
        }
    }

    /// The derivative, 0 or 1, where the function's result is `y`.
    @inlinable public func derivative(atResult y: Float) -> Float {
        switch self {
        case .relu: y > 0 ? 1 : 0
        case .clipped(let upper): y > 0 && y < upper ? 1 : 0
        }
    }
}

extension Activation {
    /// What no result exceeds; infinite for ReLU.
    public var upperBound: Float {
        switch self {
        case .relu: .infinity
        case .clipped(let upper): upper
        }
    }
}
