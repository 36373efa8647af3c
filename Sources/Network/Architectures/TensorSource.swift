public import Tensors

/// Named tensors from somewhere: a checkpoint, or random numbers.
public protocol TensorSource: Sendable {
    /// All names, in the order of the file.
    var names: [String] { get }
    /// The shape of a tensor; nil when there is none of that name.
    func shape(of name: String) -> Shape?
    /// The values of a tensor as float32. Throws a `Problem` that names the tensor.
    func tensor(_ name: String) throws -> Tensor
    /// What the library that wrote the tensors says about their network; nil where it says nothing.
    var configuration: NetworkConfiguration? { get }
}

extension TensorSource {
    public var configuration: NetworkConfiguration? { nil }
}
