import Tensors

/// Another way back through an operation than its derivative, such as a rule of relevance.
public protocol BackwardRule: Sendable {
    /// True when all inputs get what comes from behind, unchanged: nothing is computed then, and the operation may be fused
    /// with its neighbours.
    var passesUnchanged: Bool { get }

    /// The way back through `operation` for given shapes: only the pullback of the kernel is used. Its pullback may read the
    /// operation's inputs and its output.
    func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel
}

/// A backward pass of its own beside the gradient's, with rules in place of derivatives.
public struct BackwardFlow: Sendable {
    /// Layers at which the caller writes what flows back.
    public var seeds: [String]
    /// Layers at which what arrives can be read, the image or constants among them if need be. Nothing is followed farther.
    public var results: [String]
    /// By the names of nodes. A node without a rule is passed by its derivative.
    public var rules: [String: any BackwardRule]

    public init(seeds: [String], results: [String], rules: [String: any BackwardRule]) {
        self.seeds = seeds
        self.results = results
        self.rules = rules
    }
}
