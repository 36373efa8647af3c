public import Tensors

/// Where in the image the tokens of an attention stand.
///
/// Found by sending coordinates through the graph in place of values: what moves values moves them, what works on each token by itself
/// passes them on, and what makes maps (convolutions, poolings) begins them anew, with the centre of each position.
public struct TokenPlaces: Sendable, Equatable {
    public enum Token: Sendable, Equatable {
        /// Row and column of its centre in pixels of the network's input.
        case place(row: Float, column: Float)
        /// Learned, such as a class token: the node that it comes from.
        case learned(String)
        /// Neither: what fills windows up, or what is made of all of the image.
        case nowhere
    }

    /// Windows x queries.
    public let queries: [Token]
    /// Windows x keys.
    public let keys: [Token]

    /// The places of the tokens of `attentions`, in their order.
    public static func of(_ attentions: [AttentionLayer], in graph: Graph, input: Shape) throws -> [TokenPlaces] {
        let shapes = try graph.shapes(input: input), tracer = Tracer(graph: graph, shapes: shapes, input: input)
        let found = try Quantity.allCases.map { try tracer.values($0, attentions) }
        return attentions.indices.map { place in
            func tokens(_ side: Int) -> [Token] {
                let values = found.map { $0[2 * place + side] }
                return values[0].indices.map { token in
                    let inImage = values[2][token], source = Int(values[3][token].rounded())
                    if inImage > 0 { return .place(row: values[0][token] / inImage, column: values[1][token] / inImage) }
                    return graph.nodes.indices.contains(source) && source > 0 ? .learned(graph.nodes[source].name) : .nowhere
                }
            }
            return TokenPlaces(queries: tokens(0), keys: tokens(1))
        }
    }

    /// What stands for a token's values.
    private enum Quantity: CaseIterable {
        case row, column
        /// 1 where there is image, 0 elsewhere.
        case image
        /// The number of the node that a learned token comes from, 0 elsewhere.
        case source
    }

    private struct Tracer {
        let graph: Graph
        let shapes: [Shape]
        let input: Shape

        /// For each attention what its queries are, windows x queries, and what its keys are, windows x keys.
        func values(_ quantity: Quantity, _ attentions: [AttentionLayer]) throws -> [[Float]] {
            var (traced, place) = try traced(quantity, upTo: (attentions.map(\.products).max() ?? 0))
            var names: [String] = []
            for (number, attention) in attentions.enumerated() {
                let product = graph.nodes[attention.products], isTurned = (product.operation as? MatrixProduct)?.transposesRight ?? false
                for (side, count) in [attention.queries, attention.keys].enumerated() {
                    // Of all channels of the first head.
                    let rank = shapes[product.inputs[side]].rank, name = "attention \(number) side \(side)"
                    let mean = traced.add(
                        "\(name) mean", Reduction(.mean, axes: [side == 0 || isTurned ? rank - 1 : rank - 2], keepsAxes: false), place[product.inputs[side]])
                    let tokens = traced.add("\(name) tokens", Reshaping(to: [attention.windows, attention.heads, count]), mean)
                    let first = traced.add("\(name) head", Rearrangement(.slice(axis: 1, start: 0, count: 1, step: 1)), tokens)
                    traced.add(name, Reshaping(to: [attention.windows * count]), first)
                    names.append(name)
                }
            }
            guard !names.isEmpty else { return [] }
            let workspace = try Workspace(Plan(traced, .init(batch: 1, input: input, activations: names, fuses: false)))
            try workspace.forward()
            return try names.map { try workspace.activationTensor(of: $0).values }
        }

        /// The graph that computes `quantity` in place of values, as far as node `last`, and where each node's is.
        private func traced(_ quantity: Quantity, upTo last: Int) throws -> (graph: Graph, place: [Int]) {
            let isLive = graph.dependsOnImage
            var result = Graph()
            var place = [result.add("node 0", grid(quantity, input), inputs: [])]
            for (position, node) in graph.nodes.enumerated().dropFirst().prefix(last) {
                let shape = shapes[position], name = "node \(position)"
                func constant(_ value: Float, _ name: String, _ shape: Shape) -> Int {
                    result.add(name, Constant(Tensor(shape: shape, values: Array(repeating: value, count: shape.count))), inputs: [])
                }
                guard isLive[position] else {
                    place.append(constant(0, name, shape))
                    continue
                }
                if isMap(position) {
                    place.append(result.add(name, grid(quantity, shape), inputs: []))
                    continue
                }
                switch node.operation {
                case is Concatenation:
                    let inputs = node.inputs.enumerated().map { number, input in
                        isLive[input] || quantity != .source ? place[input] : constant(Float(input), "\(name) part \(number)", shapes[input])
                    }
                    place.append(result.add(name, node.operation, inputs: inputs))
                case let movement as Rearrangement:
                    place.append(result.add(name, movement.fillingWithZero, inputs: [place[node.inputs[0]]]))
                case is Reshaping:
                    place.append(result.add(name, node.operation, inputs: [place[node.inputs[0]]]))
                default:
                    let live = node.inputs.filter { isLive[$0] }
                    // A product has a row for each row of its left side.
                    let input = node.operation is MatrixProduct ? node.inputs[0] : live.first { shapes[$0] == shape } ?? live[0]
                    place.append(fitted(place[input], shapes[input], to: shape, name, &result) ?? constant(0, name, shape))
                }
            }
            return (result, place)
        }

        /// True for what sees an image or a map through a window.
        private func isMap(_ position: Int) -> Bool {
            guard shapes[position].rank == 3, case .sliding = graph.nodes[position].operation.window else { return false }
            return true
        }

        /// The quantity at every position of a map.
        private func grid(_ quantity: Quantity, _ shape: Shape) -> Constant {
            let (height, width) = (shape[1], shape[2])
            var map = [Float]()
            map.reserveCapacity(height * width)
            for row in 0..<height {
                for column in 0..<width {
                    switch quantity {
                    case .row: map.append((Float(row) + 0.5) * Float(input[1]) / Float(height))
                    case .column: map.append((Float(column) + 0.5) * Float(input[2]) / Float(width))
                    case .image: map.append(1)
                    case .source: map.append(0)
                    }
                }
            }
            return Constant(Tensor(shape: shape, values: Array(repeatElement(map, count: shape[0]).joined())))
        }

        /// `node`, of shape `from`, for every channel of `shape`; nil where more than the last axis differs.
        private func fitted(_ node: Int, _ from: Shape, to shape: Shape, _ name: String, _ graph: inout Graph) -> Int? {
            if from == shape { return node }
            guard from.rank == shape.rank, from.rank > 0, from.dimensions.dropLast() == shape.dimensions.dropLast() else { return nil }
            let mean = graph.add("\(name) mean", Reduction(.mean, axes: [-1], keepsAxes: true), node)
            return graph.add(name, Rearrangement(.expand(to: shape)), mean)
        }
    }
}

extension Rearrangement {
    /// The same, with zeros outside.
    fileprivate var fillingWithZero: Rearrangement {
        guard case .pad(let low, let high, .constant) = step else { return self }
        return Rearrangement(.pad(low: low, high: high, mode: .constant(0)))
    }
}
