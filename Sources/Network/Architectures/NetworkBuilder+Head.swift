import Tensors

extension NetworkBuilder {
    /// What a head makes of features, and what is known of it.
    struct HeadResult {
        var node: Node
        var head: ImageNetwork.Head
        /// The last layer.
        var name: String
    }

    /// Names under which a head stands beside a body that has none under its own: where somebody's class holds both.
    private static let otherHeads = ["fc", "classifier", "linear", "head", "heads", "last_linear", "cls_head", "logits", "output"]

    /// Adds the head on `features`, a vector: as the checkpoint has it below `module`, whatever its layers are; as the architecture's own
    /// code makes it (`standard`) where there is no checkpoint. A body without a head ends in `features`.
    mutating func head(_ module: String, of features: Node, standard: [HeadLayer], classes: Int) throws -> HeadResult {
        let known = standard.map { Self.join(module, $0.module) }
        guard let own = parameters.headLayers(module, width: features.channels, known: known) else {
            return try standardHead(module, of: features, standard, classes: classes)
        }
        let isOwn = !own.isEmpty
        let found = isOwn ? own : headBeside(features)
        if found.isEmpty, parameters.needsHead { return try standardHead(module, of: features, standard, classes: classes) }
        let foreign = found.filter { $0.kind == .unknown }.map(\.module)
        guard foreign.isEmpty else {
            if parameters.needsHead { try parameters.excludes(foreign.flatMap(parameters.tensorNames)) }
            let remark = "what the checkpoint has below \(module) is left out, because \(foreign.joined(separator: ", ")) is no layer that is known of heads"
            return noHead(features, module, standard, remark: remark)
        }
        func standardLayer(_ layer: FoundHeadLayer) -> HeadLayer? {
            isOwn ? standard.first { layer.module == Self.join(module, $0.module) } : nil
        }
        var x = features, layers: [String] = [], assumed: [String] = []
        for (index, layer) in found.enumerated() {
            let known = standardLayer(layer)
            try add(layer, to: &x, known)
            layers.append("\(layer.module) (\(layer.words))")
            guard index + 1 < found.count else { break }
            if let activation = known?.activation, known?.outputs == nil || known?.outputs == x.channels {
                x = add(Self.join(module, activation.module), activation.operation, x)
            } else if let name = activationName(behind: index, of: found) {
                x = relu(name, x)
                layers.append("\(name) (ReLU)")
                assumed.append(name)
            }
        }
        // All but the layer that has the classes: where the last one was cut off, outputs are features.
        let ends = found.last.flatMap(standardLayer)
        if ends?.kind == .batchNormalization { _ = try parameters.tensor("\(Self.join(module, standard.last?.module ?? "")).weight", [0, x.channels]) }
        guard let last = found.last(where: \.isLinear), ends == nil || ends?.outputs == nil || ends?.outputs != x.channels else {
            if parameters.needsHead { x = try linear(Self.join(module, standard.last?.module ?? ""), x, to: classes) }
            var result = noHead(x, module, standard, remark: nil)
            result.head.layers = layers
            return result
        }
        let remark = assumed.isEmpty ? nil : "weights do not tell what stands at \(assumed.joined(separator: ", ")): ReLU was assumed"
        return scored(
            HeadResult(
                node: x,
                head: .init(.classes, outputs: x.channels, module: last.module, inputs: last.inputs, layers: layers, remark: remark),
                name: graph.nodes[x.index].name))
    }

    private func noHead(_ features: Node, _ module: String, _ standard: [HeadLayer], remark: String?) -> HeadResult {
        let place = Self.join(module, standard.last?.module ?? "")
        return HeadResult(
            node: features, head: .init(.none, outputs: features.channels, module: place, inputs: features.channels, remark: remark),
            name: graph.nodes[features.index].name)
    }

    private static func join(_ module: String, _ part: String) -> String { part.isEmpty ? module : "\(module).\(part)" }

    private mutating func standardHead(_ module: String, of features: Node, _ standard: [HeadLayer], classes: Int) throws -> HeadResult {
        var x = features, inputs = 0
        for layer in standard {
            let name = Self.join(module, layer.module)
            switch layer.kind {
            case .linear:
                inputs = x.channels
                let outputs = layer.outputs ?? classes
                x = add(
                    name, try parameters.linear(name, inputs: x.channels, outputs: outputs, bias: layer.hasBias), x, channels: outputs)
            case .batchNormalization: x = try batchNormalization(name, x)
            case .layerNormalization: x = try layerNormalization(name, x, onMaps: true)
            }
            if let activation = layer.activation { x = add(Self.join(module, activation.module), activation.operation, x) }
        }
        let name = graph.nodes[x.index].name
        return HeadResult(node: x, head: .init(.classes, outputs: x.channels, module: name, inputs: inputs), name: name)
    }

    /// The layers of a head under another usual name that reads exactly the features, if there is one and only one.
    private func headBeside(_ features: Node) -> [FoundHeadLayer] {
        let found = parameters.otherModules.filter { Self.otherHeads.contains($0) }
            .compactMap { parameters.headLayers($0, width: features.channels) }
            .filter { $0.contains(where: \.isLinear) && $0[0].inputs == features.channels && !$0.contains { $0.kind == .unknown } }
        return found.count == 1 ? found[0] : []
    }

    private mutating func add(_ layer: FoundHeadLayer, to x: inout Node, _ known: HeadLayer?) throws {
        let name = layer.module
        switch layer.kind {
        case .linear(let outputs, let bias):
            // The architecture's own classifier has one.
            let operation = try parameters.linear(name, inputs: x.channels, outputs: outputs, bias: bias || known?.hasBias == true)
            x = add(name, operation, x, channels: outputs)
        case .pointwiseConvolution(let outputs, let bias): x = try convolution(name, x, to: outputs, bias: bias)
        case .batchNormalization(let learns):
            x = add(name, try parameters.batchNormalization(name, channels: x.channels, epsilon: 1e-5, learns: learns), x)
        case .layerNormalization: x = try layerNormalization(name, x, onMaps: true, epsilon: known != nil ? 1e-6 : 1e-5)
        case .unknown: break
        }
    }

    /// The name of the nonlinearity between the layer at `index` and the next, where numbers leave room for one: nonlinearities and
    /// dropout have no weights, so that only the gap tells of them. The first gap behind a linear layer is a nonlinearity's, others
    /// before the next linear layer are dropout's.
    private func activationName(behind index: Int, of layers: [FoundHeadLayer]) -> String? {
        guard let linear = layers[...index].lastIndex(where: \.isLinear), layers[index...].dropFirst().contains(where: \.isLinear) else {
            return nil
        }
        guard !(linear..<index).contains(where: { Self.gap(layers[$0].module, layers[$0 + 1].module) != nil }) else { return nil }
        return Self.gap(layers[index].module, layers[index + 1].module)
    }

    /// A name for what stands between two modules; nil where they follow each other closely.
    private static func gap(_ first: String, _ second: String) -> String? {
        let (a, b) = (first.split(separator: "."), second.split(separator: "."))
        guard let place = zip(a, b).enumerated().first(where: { $1.0 != $1.1 })?.offset else { return nil }
        guard let here = Int(a[place]), let there = Int(b[place]) else {
            // Modules with names: everything but a normalisation follows a nonlinearity.
            let isNormalization = ["bn", "norm", "ln"].contains { b[place].lowercased().hasPrefix($0) }
            return isNormalization ? nil : "\(first).relu"
        }
        // The end of a block within the head has no number of its own to be seen.
        if a.count > place + 1 { return "\(a[...place].joined(separator: ".")).relu" }
        guard there > here + 1 else { return nil }
        return (a[..<place].map(String.init) + [String(here + 1)]).joined(separator: ".")
    }

    /// Of a single output the two logits of a choice between two classes.
    mutating func scored(_ result: HeadResult) -> HeadResult {
        guard result.head.outputs == 1 else { return result }
        var head = result.head
        head.kind = .score
        let name = graph.addOpposite(of: result.node.index)
        return HeadResult(node: Node(index: graph.nodes.count - 1, channels: 2), head: head, name: name)
    }
}

extension Graph {
    /// Joins the opposite of a score (1 x 1 x 1) and the score itself: the logits of a choice between two classes, of which the second
    /// is right where the score is above zero. Returns the name of the node.
    mutating func addOpposite(of score: Int) -> String {
        let name = nodes[score].name
        let opposite = add("\(name).opposite", Pointwise(.affine(scale: -1, shift: 0)), inputs: [score])
        let both = "\(name).both"
        add(both, Concatenation(axis: 0), inputs: [opposite, score])
        return both
    }
}
