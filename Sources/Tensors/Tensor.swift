/// Float32 values in row-major order with their shape. The plain form in which tensors leave and enter the engine;
/// inside it, buffers may be laid out differently.
public struct Tensor: Sendable, Equatable {
    public let shape: Shape
    /// The elements in row-major order; as many as `shape.count`.
    public var values: [Float]

    public init(shape: Shape, values: [Float]) {
        precondition(values.count == shape.count, "\(values.count) values for a tensor of shape \(shape)")
        self.shape = shape
        self.values = values
    }

    public init(zeros shape: Shape) {
        self.init(shape: shape, values: [Float](repeating: 0, count: shape.count))
    }

    /// The same elements under another shape of equal count.
    public func reshaped(to shape: Shape) -> Tensor { Tensor(shape: shape, values: values) }
}
