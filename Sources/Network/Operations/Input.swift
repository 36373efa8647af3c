import Tensors

/// The image itself. Never runs.
struct Input: Operation {
    var role: OperationRole { .source }
    var kind: String { "input" }
    func outputShape(for inputs: [Shape]) throws -> Shape { preconditionFailure("the input's shape is given") }
    func prepare(_ preparation: Preparation) throws -> any Kernel { preconditionFailure("the input never runs") }
}
