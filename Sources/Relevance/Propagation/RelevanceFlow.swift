import Diagnostics
public import Network

/// A composite applied to a network: the graph that is run, and the rule of every node.
public struct RelevanceFlow: Sendable {
    public let composite: Composite
    public let graph: Graph
    private let rules: [String: any BackwardRule]
    /// By name of a node, what a reader calls its rule.
    public let ruleNames: [String: String]

    /// The way of relevance from `target` to `layers` (names; `input` is the image). Where the composite folds batch normalisation, rules
    /// work with folded weights, whatever layers are asked for. Throws a `Problem` that names the first operation on the way that no
    /// entry of the composite matches.
    public init(_ composite: Composite, on network: ImageNetwork, from target: String, to layers: [String]) throws {
        self.composite = composite
        let graph = network.graph
        self.graph = graph
        for layer in layers { _ = try graph.node(named: layer) }
        let dependsOnImage = graph.dependsOnImage, isNonNegative = graph.isNonNegative
        let range = PixelRange(network.input)
        let isOnTheWay = try graph.cut(to: [target])
        var rules: [String: any BackwardRule] = [:], names: [String: String] = [:]
        var isFirst = true
        for (position, node) in graph.nodes.enumerated().dropFirst() where isOnTheWay.index[node.name] != nil {
            guard dependsOnImage[position] else { continue }
            let role = node.operation.role
            let isWeighted = role == .convolution || role == .linear
            let isDepthwise = (node.operation as? Convolution)?.isDepthwise ?? false
            let isSigned = node.inputs.contains { $0 != 0 && !isNonNegative[$0] }
            let entry = composite.entries.first { match, _ in
                match.roles.contains(role) && (match.names?.contains(node.name) ?? true) && (!match.isFirst || isWeighted && isFirst)
                    && (!match.isSigned || isSigned) && (!match.isDepthwise || isDepthwise)
            }
            if isWeighted { isFirst = false }
            guard let entry else {
                throw Problem(
                    "Layer \(node.name): composite \(composite.name) has no rule for \(node.operation.kind)",
                    remedy: "Choose another composite: \(Composite.all.map(\.name).joined(separator: ", ")).")
            }
            names[node.name] = entry.rule.name
            let way = try entry.rule.way(
                through: RuledNode(
                    graph: graph, position: position, dependsOnImage: dependsOnImage, isNonNegative: isNonNegative, pixelRange: range))
            if composite.foldsBatchNormalization, let way, !way.passesUnchanged, let folded = graph.convolutionFolded(at: position) {
                rules[node.name] = FoldedWay(way: way, convolution: folded)
            } else {
                rules[node.name] = way
            }
        }
        self.rules = rules
        ruleNames = names
    }

    /// What a plan for `graph` needs to know: relevance starts at `target` and is read at `layers`.
    public func request(from target: String, to layers: [String]) -> BackwardFlow {
        BackwardFlow(seeds: [target], results: layers, rules: rules)
    }

    /// The learned values that take relevance in and pass none on: class tokens joined to the image's own tokens.
    public var sinks: [String] {
        let consumers = graph.consumers
        return graph.nodes.indices.filter { position in
            graph.nodes[position].operation is Constant
                && consumers[position].contains { graph.nodes[$0].operation is Concatenation && graph.dependsOnImage[$0] }
        }.map { graph.nodes[$0].name }
    }
}

/// A rule for a convolution that counts the batch normalisation behind it as its own, which relevance then passes unchanged.
private struct FoldedWay: BackwardRule {
    let way: any BackwardRule
    let convolution: Convolution
    var passesUnchanged: Bool { false }

    func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
        try way.prepare(convolution, preparation)
    }
}
