public import Tensors

extension Tensor {
    /// Whether a value is NaN or infinite.
    public var hasNonFinite: Bool { values.contains { !$0.isFinite } }
}
