/// Module names as people know them, from what exporters leave of them.
struct ONNXNaming {
    /// Names like `model/block/Conv2D` that do not come from PyTorch: how many parts in front are the same everywhere.
    private let commonParts: Int

    init(_ graph: ONNXGraph) {
        let paths = graph.nodes.lazy.filter { !$0.name.hasPrefix("/") && $0.name.contains("/") }.map {
            $0.name.split(separator: "/").dropLast()
        }
        var common = paths.first ?? []
        for path in paths { common = common.prefix(zip(common, path).prefix { $0 == $1 }.count) }
        commonParts = common.count
    }

    /// Where a node stands. `prefix` and `modules` are those of the function it is in.
    func origin(of node: ONNXNode, prefix: String, modules outer: [String], result: Int) -> ONNXImport.Origin {
        var modules: [String] = [], leaf = node.name.isEmpty ? node.outputs.first ?? node.operation : node.name
        if let scopes = node.metadata["pkg.torch.onnx.name_scopes"] {
            // A list as Python writes it, whole names, the operation last: ['', 'layer1', 'layer1.0', 'relu'].
            let parts = scopes.split(whereSeparator: { "[]'\", ".contains($0) }).map(String.init)
            modules = Array(parts.dropLast().prefix(64))
            leaf = parts.last ?? leaf
        } else if node.name.contains("/") {
            let parts = node.name.split(separator: "/").map(String.init)
            leaf = parts.last ?? leaf
            // A path that long is none.
            if parts.count > 64 { return named(node, prefix, outer, leaf, result) }
            if node.name.hasPrefix("/") {
                modules = Self.modules(parts.dropLast())
            } else {
                let own = parts.dropLast().dropFirst(commonParts)
                modules = own.indices.map { own[own.startIndex...$0].joined(separator: ".") }
            }
        }
        return named(node, prefix, modules.isEmpty ? outer : modules, leaf, result)
    }

    private func named(_ node: ONNXNode, _ prefix: String, _ modules: [String], _ leaf: String, _ result: Int)
        -> ONNXImport.Origin
    {
        let weights = node.inputs.count > 1 ? node.inputs[1] : ""
        let weightModule = weights.hasSuffix(".weight") ? String(weights.dropLast(".weight".count)) : nil
        return ONNXImport.Origin(
            name: node.name.isEmpty ? "" : prefix + node.name,
            outputs: prefix.isEmpty ? node.outputs : node.outputs.map { prefix + $0 },
            modules: modules, leaf: leaf, weightModule: weightModule, isConvolution: node.operation == "Conv", result: result)
    }

    /// Whole names from the parts of a TorchScript scope, where a part in a sequence repeats the sequence's name:
    /// `layer1`, `layer1.0`, `conv1` are `layer1`, `layer1.0`, `layer1.0.conv1`.
    static func modules(_ parts: some Sequence<String>) -> [String] {
        var whole: [String] = [], base = "", last = ""
        for part in parts {
            if !last.isEmpty, part.hasPrefix(last + ".") {
                whole.append(base + part)
            } else {
                base = whole.last.map { $0 + "." } ?? ""
                whole.append(base + part)
            }
            last = part
        }
        return whole
    }
}
