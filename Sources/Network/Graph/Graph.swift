import Diagnostics
public import Tensors

/// A network as immutable nodes in the order of execution; node 0 is the input image.
///
/// Rewrites (`Rewrites/`) return new graphs. A node is addressed by its name, which is that of the module in the checkpoint;
/// an alias names the node that ends a larger part (`layer1` for the last sum and ReLU of that stage).
public struct Graph: Sendable {
    public struct Node: Sendable {
        public let name: String
        public let operation: any Operation
        /// Indices of nodes before this one.
        public let inputs: [Int]
    }

    public private(set) var nodes: [Node]
    /// Index of the node that each name stands for: nodes' own names and aliases.
    public private(set) var index: [String: Int]
    /// Names of larger parts, in the order in which they end.
    public private(set) var aliases: [String] = []
    /// More names by which nodes are found, but not listed: those that a file's format gives besides.
    public private(set) var synonyms: [String] = []

    public static let inputName = "input"

    public init() {
        nodes = [Node(name: Graph.inputName, operation: Input(), inputs: [])]
        index = [Graph.inputName: 0]
    }

    /// Adds a node and returns its index.
    @discardableResult
    public mutating func add(_ name: String, _ operation: any Operation, _ inputs: Int...) -> Int {
        add(name, operation, inputs: inputs)
    }

    @discardableResult
    mutating func add(_ name: String, _ operation: any Operation, inputs: [Int]) -> Int {
        precondition(index[name] == nil, "two nodes named \(name)")
        precondition(inputs.allSatisfy { $0 < nodes.count }, "inputs of \(name) come before it")
        nodes.append(Node(name: name, operation: operation, inputs: inputs))
        index[name] = nodes.count - 1
        return nodes.count - 1
    }

    /// Lets `name` stand for a node that exists.
    public mutating func alias(_ name: String, _ node: Int) {
        precondition(index[name] == nil, "\(name) is taken")
        index[name] = node
        aliases.append(name)
    }

    /// Lets a node be found by `name` as well.
    mutating func addSynonym(_ name: String, _ node: Int) {
        precondition(index[name] == nil, "\(name) is taken")
        index[name] = node
        synonyms.append(name)
    }

    /// The node that `name` stands for. Throws a `Problem` that offers the nearest names.
    public func node(named name: String) throws -> Int {
        if let found = index[name] { return found }
        let near = nearestNames(to: name, among: layerNames)
        throw Problem(
            "There is no layer “\(name)” in this network",
            explanation: near.isEmpty
                ? "Its layers are \(layerNames.prefix(12).joined(separator: ", "))…"
                : "Did you mean \(near.map { "“\($0)”" }.joined(separator: ", "))?",
            remedy: "`vitrine inspect` lists all layers.", kind: .usage)
    }

    /// The name that runs and pages call what `name` stands for, `node`: `name`, or the node's own where it is only how a file spells it.
    public func ownName(of name: String, _ node: Int) -> String { synonyms.contains(name) ? nodes[node].name : name }

    /// All names that a layer can be asked for by, in the order of execution; an alias comes after the node it stands for.
    public var layerNames: [String] {
        let byNode = aliasesByNode
        return nodes.indices.dropFirst().flatMap { [nodes[$0].name] + (byNode[$0] ?? []) }
    }

    /// For every node that ends larger parts, their names.
    public var aliasesByNode: [Int: [String]] { Dictionary(grouping: aliases) { index[$0] ?? 0 } }

    /// The output shape (C x H x W) of every node for one image of shape `input`.
    public func shapes(input: Shape) throws -> [Shape] {
        var shapes: [Shape] = [input]
        for node in nodes.dropFirst() {
            do {
                shapes.append(try node.operation.outputShape(for: node.inputs.map { shapes[$0] }))
            } catch let problem as Problem {
                throw Problem("Layer \(node.name): \(problem.summary)", explanation: problem.explanation, remedy: problem.remedy)
            }
        }
        return shapes
    }

    /// For every node, the nodes that take its output.
    public var consumers: [[Int]] {
        var result = [[Int]](repeating: [], count: nodes.count)
        for (position, node) in nodes.enumerated() {
            for input in node.inputs { result[input].append(position) }
        }
        return result
    }

    /// For every node, whether its values depend on the image.
    public var dependsOnImage: [Bool] {
        var result = [true]
        for node in nodes.dropFirst() { result.append(node.inputs.contains { result[$0] }) }
        return result
    }

    /// A graph of the nodes that `transform` makes of each node in turn: itself, another, or none (then its users see what
    /// `transform` says stands for it). Names and aliases of nodes that remain stay valid.
    func rewritten(
        _ transform: (_ position: Int, _ node: Node, _ inputs: [Int], _ graph: inout Graph) -> Int?
    ) -> Graph {
        var result = Graph()
        var place: [Int?] = [0]
        for (position, node) in nodes.enumerated().dropFirst() {
            let inputs = node.inputs.compactMap { place[$0] }
            place.append(inputs.count == node.inputs.count ? transform(position, node, inputs, &result) : nil)
        }
        for alias in aliases {
            guard let target = index[alias], let moved = place[target], result.index[alias] == nil else { continue }
            // An alias follows its node only while that node still computes what the alias names.
            if result.nodes[moved].name == nodes[target].name { result.alias(alias, moved) }
        }
        for synonym in synonyms {
            guard let target = index[synonym], let moved = place[target], result.index[synonym] == nil else { continue }
            if result.nodes[moved].name == nodes[target].name { result.addSynonym(synonym, moved) }
        }
        return result
    }
}
