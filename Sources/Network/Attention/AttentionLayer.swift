public import Tensors

/// An attention of a network: a softmax over products of queries and keys, and the means of values by it (Vaswani et al. 2017).
public struct AttentionLayer: Sendable, Equatable {
    /// What readers call it: the node of its weights, without that ending.
    public let name: String
    /// The node of the weights, windows x heads x queries x keys; extents in front may be missing.
    public let weights: String
    /// The node of what each head makes of the values, windows x heads x queries x `width`.
    public let sums: String
    /// Groups of tokens that do not see one another; 1 where all tokens see all.
    public let windows: Int
    public let heads: Int
    public let queries: Int
    public let keys: Int
    /// Channels of a head.
    public let width: Int
    /// The node of the products, by number.
    let products: Int
}

extension Graph {
    /// The attentions among the operations, whoever wrote them, in the order of execution.
    public func attentions(input: Shape) throws -> [AttentionLayer] {
        let shapes = try shapes(input: input), isLive = dependsOnImage, users = consumers
        return nodes.indices.compactMap { position in
            let shape = shapes[position]
            guard let softmax = nodes[position].operation as? Softmax, isLive[position], shape.rank >= 2,
                (try? shape.axis(softmax.axis)) == shape.rank - 1, let products = products(before: nodes[position].inputs[0], isLive, shapes),
                let sums = sums(behind: position, users)
            else { return nil }
            let outer = shape.dimensions.dropLast(2), width = shapes[sums][shapes[sums].rank - 1]
            let name = nodes[position].name, ending = ".weights"
            return AttentionLayer(
                name: name.hasSuffix(ending) ? String(name.dropLast(ending.count)) : name, weights: name, sums: nodes[sums].name,
                windows: outer.dropLast().reduce(1, *), heads: outer.last ?? 1, queries: shape[shape.rank - 2], keys: shape[shape.rank - 1],
                width: width, products: products)
        }
    }

    /// The product that `node` is, but for what is added to it or scales it, and the shape it is seen in.
    private func products(before node: Int, _ isLive: [Bool], _ shapes: [Shape]) -> Int? {
        var place = node
        for _ in 0..<12 {
            if nodes[place].operation is MatrixProduct { return place }
            let passes = nodes[place].operation is Reshaping || [.sum, .product, .activation, .normalization].contains(nodes[place].operation.role)
            guard passes, let next = nodes[place].inputs.first(where: { isLive[$0] && shapes[$0].count == shapes[node].count }) else { return nil }
            place = next
        }
        return nil
    }

    /// The product of the weights with values.
    private func sums(behind weights: Int, _ users: [[Int]]) -> Int? {
        var place = weights
        for _ in 0..<4 {
            if let product = users[place].first(where: { nodes[$0].operation is MatrixProduct }) {
                return nodes[product].inputs[0] == place ? product : nil
            }
            guard let view = users[place].first(where: { nodes[$0].operation is Reshaping }) else { return nil }
            place = view
        }
        return nil
    }

    /// The graph in which the layers that `names` stand for are followed by their values in a row: windows, heads and so on, as they lie.
    /// Returns the rows' names besides, in the order of `names`.
    public func withRows(of names: [String], input: Shape) throws -> (graph: Graph, rows: [String]) {
        let shapes = try shapes(input: input)
        var result = self, rows: [String] = []
        for name in names {
            let node = try node(named: name)
            rows.append(result.freeName(name + ".row"))
            result.add(rows[rows.count - 1], Reshaping(to: [shapes[node].count]), node)
        }
        return (result, rows)
    }

    /// `name`, or what it becomes with primes where that is taken.
    func freeName(_ name: String) -> String {
        var free = name
        while index[free] != nil { free += "'" }
        return free
    }
}

extension ImageNetwork {
    /// The network with a layer of its own behind each of `attentions`, through which what the heads made passes: the channels of the heads,
    /// one head after the other, at every query of every window. Returns these layers' names besides.
    public func showingHeads(of attentions: [AttentionLayer]) throws -> (network: ImageNetwork, layers: [String]) {
        var result = self, layers: [String] = []
        for attention in attentions {
            let shape = try graph.shapes(input: input.shape)[graph.node(named: attention.sums)]
            let (windows, heads, queries, width) = (attention.windows, attention.heads, attention.queries, attention.width)
            let names = ["split", "turned", "heads", "parted", "turned_back", "joined"].map { result.graph.freeName("\(attention.sums).by_head.\($0)") }
            result.graph = try result.graph.inserting(behind: attention.sums) { graph, node in
                var made = graph.add(names[0], Reshaping(to: [windows, heads, queries, width]), node)
                made = graph.add(names[1], Rearrangement(.transpose([1, 3, 0, 2])), made)
                made = graph.add(names[2], Reshaping(to: [heads * width, windows * queries, 1]), made)
                made = graph.add(names[3], Reshaping(to: [heads, width, windows, queries]), made)
                made = graph.add(names[4], Rearrangement(.transpose([2, 0, 3, 1])), made)
                return graph.add(names[5], Reshaping(to: shape), made)
            }
            layers.append(names[2])
        }
        return (result, layers)
    }
}
