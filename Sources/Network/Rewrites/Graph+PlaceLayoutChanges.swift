import Tensors

extension Graph {
    /// Ends the name of a node whose result is asked for in another layout than it is computed in.
    static let computedSuffix = " (computed)"

    /// The graph with a change of layout wherever an operation takes a value in another layout than it comes in, and the layout
    /// of every node's output. Nodes in `asked` (names) end as blocked maps.
    func placingLayoutChanges(input: Shape, asked: Set<String>) throws -> (graph: Graph, layouts: [Layout]) {
        let shapes = try shapes(input: input)
        let axes = channelAxes(shapes)
        var layouts: [Layout] = [.plain]
        /// By node of the result: what it is as row-major values, and which axis of it a blocked map has as its channels.
        var forms: [(shape: Shape, axis: Int)] = [(input, 0)]
        /// Values of a node in the other layout, once made.
        var converted: [Int: Int] = [:]

        func append(_ graph: inout Graph, _ name: String, _ operation: any Operation, _ inputs: [Int], _ layout: Layout, _ form: (Shape, Int)) -> Int {
            let made = graph.add(name, operation, inputs: inputs)
            layouts.append(layout)
            forms.append(form)
            return made
        }
        /// What `node` offers to an operation that sees its shape: a map whose channels are another axis is no blocked map to it.
        func offered(_ node: Int) -> Layout { forms[node].axis == 0 && forms[node].shape.map != nil ? layouts[node] : .plain }

        func version(_ node: Int, _ layout: Layout, _ graph: inout Graph) -> Int {
            let isMap = forms[node].axis == 0 && forms[node].shape.map != nil
            if layouts[node] == layout, layout == .plain || isMap { return node }
            let form = forms[node]
            if layouts[node] == .plain {
                // An operation that wants a map reads the first axis as channels.
                if let made = converted[node] { return made }
                let made = append(
                    &graph, graph.nodes[node].name + " (map)", LayoutChange.toMap(from: form.shape, channelAxis: 0), [node], .blocked,
                    (form.shape.map(channelAxis: 0), 0))
                converted[node] = made
                return made
            }
            let rows: Int
            if let made = converted[node] {
                rows = made
            } else {
                rows = append(
                    &graph, graph.nodes[node].name + " (rows)", LayoutChange.toRows(of: form.shape, channelAxis: form.axis), [node],
                    .plain, form)
                converted[node] = rows
            }
            return layout == .plain ? rows : version(rows, .blocked, &graph)
        }

        let result = rewritten { position, node, inputs, graph in
            let choice = node.operation.layouts(for: node.inputs.map { shapes[$0] }, offered: inputs.map(offered))
            let ready = zip(inputs, choice.inputs).map { version($0, $1, &graph) }
            // What an operation itself gives in blocks has its first axis there.
            let form = (shapes[position], choice.output == .blocked ? 0 : axes[position])
            let isMap = choice.output == .blocked && axes[position] == 0 && shapes[position].map != nil
            guard asked.contains(node.name), !isMap else {
                return append(&graph, node.name, node.operation, ready, choice.output, form)
            }
            let computed = append(&graph, node.name + Graph.computedSuffix, node.operation, ready, choice.output, form)
            let plain = version(computed, .plain, &graph)
            return append(
                &graph, node.name, LayoutChange.toMap(from: form.0, channelAxis: axes[position]), [plain], .blocked,
                (form.0, axes[position]))
        }
        return (result, layouts)
    }
}
