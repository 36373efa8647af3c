public import Tensors

/// An operation `W x + b` with learned weights, which rules of relevance run with others.
public protocol WeightedOperation: Operation {
    /// The weights, row-major, in the operation's own shape.
    var weights: Tensor { get }
    /// What is added to the products: nil where nothing is.
    var offsets: [Float]? { get }

    /// The same operation with other weights and offsets, and nothing behind it.
    func with(weights: Tensor, offsets: [Float]?) -> any WeightedOperation
}

extension Convolution: WeightedOperation {
    public var offsets: [Float]? { bias }

    public func with(weights: Tensor, offsets: [Float]?) -> any WeightedOperation {
        Convolution(weights: weights, bias: offsets, stride: stride, dilation: dilation, padding: padding, groups: groups)
    }
}

extension Linear: WeightedOperation {
    public var offsets: [Float]? { bias }

    public func with(weights: Tensor, offsets: [Float]?) -> any WeightedOperation {
        Linear(weights: weights, bias: offsets)
    }
}

/// With the weights that its kernels, gain and factor make; other weights make it a plain convolution.
extension CosineConvolution: WeightedOperation {
    public var weights: Tensor { convolution.weights }
    public var offsets: [Float]? { nil }

    public func with(weights: Tensor, offsets: [Float]?) -> any WeightedOperation { convolution.with(weights: weights, offsets: offsets) }
}
