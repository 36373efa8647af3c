/// The operators that are understood. The next one: a line in a table of `Lowering/` when it works on what depends on the image,
/// in one of `Folding/` when it is met in the arithmetic of shapes and weights as well, and a case in `ONNXOperatorTests`.
enum ONNXOperators {
    /// Computes a node whose inputs are all constant.
    typealias Folding = @Sendable (ONNXCall) throws -> [ConstantTensor]
    /// Writes a node's operations into the draft of the network.
    typealias Lowering = @Sendable (ONNXCall, inout NetworkDraft) throws -> [ONNXValue]

    static let folding: [String: Folding] = merged([foldedArithmetic, foldedMovements, foldedReductions])

    static let lowering: [String: Lowering] = merged([
        convolutions, poolings, normalizations, pointwise, arithmetic, products, reductions, movements, resizing,
    ])

    /// The newest operator set whose operators were compared with these tables.
    static let newestVersion = 23

    private static func merged<Value>(_ tables: [[String: Value]]) -> [String: Value] {
        tables.reduce(into: [:]) {
            $0.merge($1) { first, _ in preconditionFailure("an operator stands in two tables: \(first)") }
        }
    }
}
