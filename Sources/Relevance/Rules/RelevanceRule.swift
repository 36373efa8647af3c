public import Network

/// How relevance passes one kind of operation. A rule is data: what runs is made of an operation's forward and pullback.
///
/// The next rule: a file beside `TermRule.swift`, a line in a composite (`Composites.swift`), a case in `RuleTests`.
public protocol RelevanceRule: Sendable {
    /// What a reader calls it.
    var name: String { get }

    /// The rule made ready for one node; nil where it passes by its derivative. Throws a `Problem` when the rule does not fit.
    func way(through node: RuledNode) throws -> (any BackwardRule)?
}

/// A node of a graph, as a rule sees it.
public struct RuledNode: Sendable {
    public let graph: Graph
    public let position: Int
    /// For every node, whether its values depend on the image.
    let dependsOnImage: [Bool]
    /// For every node, whether its values are never negative.
    let isNonNegative: [Bool]
    /// What the image's values lie between, by colour channel.
    let pixelRange: PixelRange

    public var node: Graph.Node { graph.nodes[position] }
    public var operation: any Operation { node.operation }
    /// By input: whether it depends on the image.
    public var liveInputs: [Int] { node.inputs.indices.filter { dependsOnImage[node.inputs[$0]] } }
}

/// The lowest and the highest value that a pixel of the network's input can have, by colour channel.
public struct PixelRange: Sendable, Equatable {
    public var lowest: [Float]
    public var highest: [Float]

    public init(lowest: [Float], highest: [Float]) {
        self.lowest = lowest
        self.highest = highest
    }

    /// Of pixels from 0 to 1 after normalisation: `-mean / deviation` and `(1 - mean) / deviation`.
    public init(_ input: ImageNetwork.Input) {
        lowest = zip(input.mean, input.standardDeviation).map { -$0 / $1 }
        highest = zip(input.mean, input.standardDeviation).map { (1 - $0) / $1 }
    }
}

/// Passes all on unchanged, whatever the operation does to values: normalisation and activations.
public struct IdentityRule: RelevanceRule, BackwardRule {
    public init() {}

    public var name: String { "identity" }
    public var passesUnchanged: Bool { true }
    public func way(through node: RuledNode) -> (any BackwardRule)? { node.liveInputs.count == 1 ? self : nil }
    public func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
        preconditionFailure("nothing runs where all passes unchanged")
    }
}

/// Passes by the derivative: exact for values that are moved, joined or chosen, and what gradients do everywhere.
public struct DerivativeRule: RelevanceRule {
    public init() {}

    public var name: String { "derivative" }
    public func way(through node: RuledNode) -> (any BackwardRule)? { nil }
}

/// Lets nothing through: relevance does not pass the weights of an attention, which count as constants (Ali et al. 2022,
/// "XAI for Transformers: Better Explanations through Conservative Propagation").
public struct BlockingRule: RelevanceRule, BackwardRule, Kernel {
    public init() {}

    public var name: String { "constant" }
    public var passesUnchanged: Bool { false }
    public func way(through node: RuledNode) -> (any BackwardRule)? { self }
    public func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel { self }
    public func blocksGradient(to input: Int) -> Bool { true }
}
