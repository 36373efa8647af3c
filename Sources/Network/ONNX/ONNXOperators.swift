/// The operators that are understood, by their names; those of other domains than the standard one with the domain in front. The next
/// one: a line in a table of `Lowering/` when it works on what depends on the image, in one of `Folding/` when it is met in the arithmetic
/// of shapes or needs whole numbers, and a case in `ONNXOperatorTests`.
enum ONNXOperators {
    /// Computes a node whose inputs are all constant.
    typealias Folding = @Sendable (ONNXCall) throws -> [ConstantTensor]
    /// Writes a node's operations into the draft of the network.
    typealias Lowering = @Sendable (ONNXCall, inout NetworkDraft) throws -> [ONNXValue]

    static let folding: [String: Folding] = merged([
        foldedArithmetic, foldedMovements, foldedReductions, foldedNormalizations, foldedQuantization,
    ])

    static let lowering: [String: Lowering] = merged([
        convolutions, poolings, normalizations, pointwise, arithmetic, products, reductions, movements, resizing, guards,
        quantization, runtimeOperators,
    ])

    /// Operators that the import itself runs.
    static let special: Set<String> = ["If", "Shape", "Size"]

    static func isKnown(_ key: String) -> Bool { folding[key] != nil || lowering[key] != nil || special.contains(key) }

    /// The newest operator set whose operators were compared with these tables.
    static let newestVersion = 23

    private static func merged<Value>(_ tables: [[String: Value]]) -> [String: Value] {
        tables.reduce(into: [:]) {
            $0.merge($1) { first, _ in preconditionFailure("an operator stands in two tables: \(first)") }
        }
    }
}
