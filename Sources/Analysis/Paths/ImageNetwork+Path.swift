import Network
import Run
import Tensors

extension ImageNetwork {
    /// Layers that everything goes through on its way from the input to the logits, in order: landmarks, `layers` and the ends of larger
    /// parts that nothing leads past, the logits left out. Of more than `most`, the former and others spread evenly.
    func path(through layers: [String], most: Int = 12) throws -> [String] {
        let shapes = try graph.mapShapes(input: input.shape), narrow = Set(try graph.gates(to: logits)).subtracting([0, try graph.node(named: logits)])
        var names: [Int: String] = [:]
        func add(_ name: String) {
            // Of fewer than three channels there are no ranks to speak of; behind a mean over positions means are what they were.
            guard let node = graph.index[name], names[node] == nil, narrow.contains(node), shapes[node][0] > 2,
                !(graph.nodes[node].operation is GlobalAveragePooling)
            else { return }
            names[node] = name
        }
        // What a layer turned round has is what its original has.
        for name in layers.map({ NegatedLayer.original(of: $0) ?? $0 }) + matched.map(\.layer) + landmarks { add(name) }
        if names.isEmpty { return layers.map { NegatedLayer.original(of: $0) ?? $0 } }
        let wanted = Set(names.keys)
        // A part may be an alias of its last node, or that node itself: `layer1.0`, where there is a `layer1.0.conv1`.
        let parts = Set(graph.nodes.flatMap { node in node.name.indices.filter { node.name[$0] == "." }.map { String(node.name[..<$0]) } })
        for name in graph.aliases + graph.nodes.map(\.name).filter(parts.contains) { add(name) }
        let others = names.keys.filter { !wanted.contains($0) }.sorted(), room = min(others.count, max(0, most - wanted.count))
        let chosen = (0..<room).map { others[(2 * $0 + 1) * others.count / (2 * room)] }
        return (wanted + chosen).sorted().compactMap { names[$0] }
    }
}
