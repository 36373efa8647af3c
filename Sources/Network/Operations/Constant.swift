public import Tensors

/// Learned values that do not depend on the image, such as a class token. Has no inputs; no gradient flows to it.
public struct Constant: Operation {
    public let value: Tensor

    /// How many of the values were learned.
    public let parameterCount: Int

    public init(_ value: Tensor, isLearned: Bool = true) {
        self.value = value
        parameterCount = isLearned ? value.values.count : 0
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
