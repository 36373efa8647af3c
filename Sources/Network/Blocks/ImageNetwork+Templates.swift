import Diagnostics
import Tensors

extension ImageNetwork {
    /// The network with `block` behind its layer. What it matches becomes a landmark, and one of the layers that a report shows.
    ///
    /// - Throws: `Problem` when there is no such layer, when its output is no map or leads to no class, or when something stands behind it
    ///   already.
    public func inserting(_ block: any TemplateMatching) throws -> ImageNetwork {
        let place = try placeForTemplates(behind: block.layer)
        if let taken = block.nodeNames.first(where: { graph.index[$0] != nil }) {
            throw Problem(
                "cannot put templates behind \(place.layer): the network has a layer \(taken)", remedy: "Choose another layer.", kind: .usage)
        }
        var result = self
        result.graph = try graph.inserting(behind: block.layer) { graph, node in block.append(to: &graph, behind: node) }
        let index = result.graph.index, matches = block.description.matches
        /// Where it belongs among layers in the order of the graph.
        func position(among layers: [String]) -> Int { layers.firstIndex { index[$0] ?? 0 > index[matches] ?? 0 } ?? layers.count }
        result.templates.insert(block.description, at: position(among: templates.map(\.matches)))
        result.landmarks.insert(matches, at: position(among: landmarks))
        result.reported.insert(matches, at: position(among: reported))
        // Shapes that fit one by one may still not fit together.
        _ = try result.graph.shapes(input: input.shape)
        return result
    }

    /// The same network without the effect of its templates: alpha is 0, and every layer goes on as it was. Scores and matches are still
    /// computed where somebody asks for them.
    public func ignoringTemplates() -> ImageNetwork {
        let semantics = Set(templates.map(\.semantics))
        var result = self
        result.graph = graph.rewritten { _, node, inputs, graph in
            let scaled = semantics.contains(node.name) ? (node.operation as? CosineConvolution)?.with(factor: 0) : nil
            return graph.add(node.name, scaled ?? node.operation, inputs: inputs)
        }
        for index in result.templates.indices { result.templates[index].alpha = 0 }
        return result
    }

    /// What stands in place of `layer` since templates were put behind it, the last of several; `layer` where none were.
    public func layerBehindTemplates(at layer: String) -> String {
        var result = layer
        for each in templates where graph.index[each.layer] != nil && graph.index[each.layer] == graph.index[result] { result = each.name }
        return result
    }

    /// The name of the layer's node, and the channels of its map. Throws a `Problem` when there is no such layer, when its output is no map,
    /// or when templates there would change no class.
    func placeForTemplates(behind layer: String) throws -> (layer: String, channels: Int) {
        let node = try graph.node(named: layer)
        let name = graph.nodes[node].name
        let shapes = try graph.shapes(input: input.shape)
        let shape = shapes[node], axis = graph.channelAxes(shapes)[node]
        guard node > 0, shape.rank == 3, axis == 0, shape.count > 0 else {
            throw Problem(
                "cannot put templates behind layer \(layer): its output is no map",
                explanation: node == 0
                    ? "It is the image itself."
                    : "It is \(shape), whose channels are axis \(axis); C x H x W was expected.",
                remedy: "Choose a layer of maps, such as the end of a stage; `vitrine inspect` lists all layers.", kind: .usage)
        }
        guard name != graph.nodes[try graph.node(named: logits)].name, try graph.areBefore([logits])[node] else {
            throw Problem(
                "cannot put templates behind layer \(layer): no class depends on what stands there", remedy: "Choose a layer before \(logits).",
                kind: .usage)
        }
        if let other = templates.first(where: { $0.layer == name || graph.index[$0.layer] == node }) {
            throw Problem(
                "cannot put templates behind layer \(layer): \(other.name) stands there", remedy: "Choose another layer.", kind: .usage)
        }
        return (name, shape[0])
    }
}

extension Tensor {
    /// Kernels, O x I x height x width, from N(0, sqrt(2 / (I height width))).
    init(random: inout RandomSource, _ shape: Shape) {
        let scale = (2 / Float(max(1, shape.dimensions.dropFirst().reduce(1, *)))).squareRoot()
        var values: [Float] = []
        values.reserveCapacity(shape.count)
        for _ in 0..<shape.count { values.append(scale * random.normal()) }
        self.init(shape: shape, values: values)
    }
}
