import Tensors

extension Graph {
    /// Ends the name of a node whose result is asked for in another layout than it is computed in.
    static let computedSuffix = " (computed)"

    /// The graph with a change of layout wherever an operation takes a value in another layout than it comes in, and the layout
    /// of every node's output. Nodes in `asked` (names) end as blocked maps; with `narrowing`, maps come in blocks of eight between
    /// operations that take them so, past those asked for that are not in `passed`.
    func placingLayoutChanges(
        input: Shape, asked: Set<String>, passed: Set<String>, narrowing: Bool
    ) throws -> (graph: Graph, layouts: [Layout]) {
        let shapes = try shapes(input: input)
        let axes = channelAxes(shapes)
        var layouts: [Layout] = [.plain]
        /// By node of the result: what it is as row-major values, and which axis of it a blocked map has as its channels.
        var forms: [(shape: Shape, axis: Int)] = [(input, 0)]
        /// Values of a node in the other layout, once made.
        var converted: [Int: Int] = [:]
        /// Maps in blocks of the other width, once made.
        var widened: [Int: Int] = [:]

        func append(_ graph: inout Graph, _ name: String, _ operation: any Operation, _ inputs: [Int], _ layout: Layout, _ form: (Shape, Int)) -> Int {
            let made = graph.add(name, operation, inputs: inputs)
            layouts.append(layout)
            forms.append(form)
            return made
        }
        /// What `node` offers to an operation that sees its shape: a map whose channels are another axis is no blocked map to it.
        func offered(_ node: Int) -> Layout {
            guard forms[node].axis == 0 && forms[node].shape.map != nil else { return .plain }
            return layouts[node] == .narrow ? .blocked : layouts[node]
        }

        func changingBlocks(of node: Int, _ graph: inout Graph) -> Int {
            if let made = widened[node] { return made }
            let change = BlockChange(from: layouts[node])
            let made = append(&graph, graph.nodes[node].name + change.suffix, change, [node], change.result, forms[node])
            widened[node] = made
            return made
        }

        func version(_ node: Int, _ layout: Layout, _ graph: inout Graph) -> Int {
            let isMap = forms[node].axis == 0 && forms[node].shape.map != nil
            if layouts[node] == layout, layout == .plain || isMap { return node }
            if layouts[node] == .narrow { return version(changingBlocks(of: node, &graph), layout, &graph) }
            if layout == .narrow { return changingBlocks(of: version(node, .blocked, &graph), &graph) }
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
            var choice = node.operation.layouts(for: node.inputs.map { shapes[$0] }, offered: inputs.map(offered))
            if narrowing {
                choice.narrow(
                    node.operation.narrowMaps, inputs: node.inputs.map { shapes[$0] }, output: shapes[position],
                    given: inputs.map { layouts[$0] }, keepsOutput: asked.contains(node.name) && passed.contains(node.name))
            }
            let ready = zip(inputs, choice.inputs).map { version($0, $1, &graph) }
            // What an operation itself gives in blocks has its first axis there.
            let form = (shapes[position], choice.output == .plain ? axes[position] : 0)
            if choice.output == .narrow, asked.contains(node.name) {
                let computed = append(&graph, node.name + Graph.computedSuffix, node.operation, ready, choice.output, form)
                let made = append(&graph, node.name, BlockChange(from: .narrow), [computed], .blocked, form)
                if !passed.contains(node.name) { widened[made] = computed }
                return made
            }
            let isMap = choice.output != .plain && axes[position] == 0 && shapes[position].map != nil
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

extension LayoutChoice {
    /// Takes blocks of eight for those of sixteen as far as `wish` and the maps' channels allow; `given` is how the inputs come.
    fileprivate mutating func narrow(_ wish: NarrowMaps, inputs shapes: [Shape], output shape: Shape, given: [Layout], keepsOutput: Bool) {
        func fits(_ shape: Shape, _ layout: Layout) -> Bool { layout == .blocked && shape.rank == 3 && shape[0] % Layout.block == 0 }
        let givesNarrow = !keepsOutput && fits(shape, output)
        switch wish {
        case .refused: return
        case .kept:
            guard givesNarrow, given.contains(.narrow), zip(shapes, inputs).allSatisfy({ fits($0, $1) }) else { return }
            self = LayoutChoice(inputs: inputs.map { _ in .narrow }, output: .narrow)
        case .wanted:
            if fits(shapes[0], inputs[0]) { inputs[0] = .narrow }
            guard givesNarrow else { return }
            output = .narrow
            for further in inputs.indices.dropFirst() { inputs[further] = .narrow }
        }
    }
}
