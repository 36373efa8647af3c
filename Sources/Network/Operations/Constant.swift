public import Tensors

/// Values that do not depend on the image: learned, such as a class token, or fixed, such as a mask. Has no inputs.
public struct Constant: Operation {
    public let value: Tensor

    /// How many learned values they are or are made of.
    public let parameterCount: Int

    /// True where they are the tensor of the node's own name, which training may change.
    let learns: Bool

    /// `parameterCount` where it is another than the number of values.
    public init(_ value: Tensor, parameterCount: Int? = nil) {
        self.value = value
        self.parameterCount = parameterCount ?? value.values.count
        learns = false
    }

    /// The tensor of the node's name.
    init(learned value: Tensor) {
        self.value = value
        (parameterCount, learns) = (value.values.count, true)
    }

    public var role: OperationRole { .source }
    public var kind: String { "constant" }

    public func outputShape(for inputs: [Shape]) throws -> Shape { value.shape }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .allPlain(0) }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 0 }

    public func prepare(_ preparation: Preparation) throws -> any Kernel { Prepared(value: value, batch: preparation.batch) }

    private struct Prepared: Kernel {
        let value: Tensor
        let batch: Int

        /// Written anew at every run: the buffer may serve others in between.
        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let output = buffers.output
            return { _ in
                value.values.withUnsafeBufferPointer { values in
                    guard let base = values.baseAddress else { return }
                    for image in 0..<batch { (output + image * values.count).update(from: base, count: values.count) }
                }
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            preconditionFailure("a constant has no inputs")
        }
    }
}
