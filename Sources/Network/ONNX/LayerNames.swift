/// Names for the nodes of a draft: those of modules where the exporter left them, those of ONNX nodes otherwise. All are different.
struct LayerNames {
    private let draft: NetworkDraft
    private let origins: [ONNXImport.Origin]
    /// For each ONNX node, the node of the draft that was made last for it and is still there.
    private var ends: [Int: Int] = [:]
    /// For each node that ends a module, the modules that end there, innermost first.
    private var modulesEnding: [Int: [String]] = [:]
    /// Modules in the order in which they end, with the node that does.
    private var moduleEnds: [(module: String, node: Int)] = []
    private var taken: Set<String> = [Graph.inputName]
    /// The last number behind each name that was taken already.
    private var lastNumbers: [String: Int] = [:]

    init(_ draft: NetworkDraft, _ origins: [ONNXImport.Origin], _ needed: Set<Int>) {
        (self.draft, self.origins) = (draft, origins)
        for node in needed.sorted() where draft.nodes[node].origin >= 0 { ends[draft.nodes[node].origin] = node }
        var last: [String: Int] = [:], order: [String] = [], lost = Set<[String]>(), seen = Set<String>()
        for origin in origins {
            // Weights that are alike may be kept once: only the first who takes them tells where they belong.
            let isFirst = origin.weightModule.map { seen.insert($0).inserted } ?? false
            let lostModules = isFirst ? Self.lostModules(origin) : []
            // What only looks at a value in another way ends a module, too; it stands for the node that makes the value.
            let result = draft.standIn(for: origin.result)
            guard needed.contains(result), result > 0 else { continue }
            for module in lostModules { lost.insert([module, "\(result)"]) }
            for module in origin.modules + lostModules where !module.isEmpty {
                if last.updateValue(result, forKey: module) == nil { order.append(module) }
            }
        }
        for module in order {
            guard let node = last[module] else { continue }
            moduleEnds.append((module, node))
            // Such a node keeps the name of the module that it stands in.
            if !lost.contains([module, "\(node)"]) { modulesEnding[node, default: []].append(module) }
        }
        for node in modulesEnding.keys {
            modulesEnding[node]?.sort { ($0.count, $0) > ($1.count, $1) }
        }
    }

    /// Modules that a node ends by its weights' name alone: a convolution into which the exporter folded the normalisation behind it
    /// stands where that stood.
    private static func lostModules(_ origin: ONNXImport.Origin) -> [String] {
        guard origin.isConvolution, let told = origin.weightModule, !origin.modules.isEmpty else { return [] }
        let parts = told.split(separator: ".")
        guard parts.count <= 64 else { return [] }
        return (1..<max(1, parts.count)).map { parts[..<$0].joined(separator: ".") }.filter { !origin.modules.contains($0) }
    }

    /// The name of a node, asked for once, in the order of execution.
    mutating func name(of node: Int) -> String {
        let name = unique(candidates(node))
        taken.insert(name)
        return name
    }

    private func candidates(_ node: Int) -> [String] {
        let number = draft.nodes[node].origin
        guard number >= 0, number < origins.count else {
            return [draft.nodes[node].operation is Rearrangement ? "channels_last" : "layer\(node)"]
        }
        let origin = origins[number]
        let module = origin.modules.last ?? ""
        var own: [String] = []
        if ends[number] == node {
            // The innermost module, where this node ends it and stands in it.
            if let inner = modulesEnding[node]?.first, inner == module { own.append(inner) }
            if origin.modules.isEmpty, let told = origin.weightModule { own.append(told) }
        }
        own.append(module.isEmpty ? origin.leaf : "\(module).\(origin.leaf)")
        if !origin.name.isEmpty { own.append(origin.name) }
        return ends[number] == node ? own : own.map { "\($0).part" }
    }

    private mutating func unique(_ candidates: [String]) -> String {
        if let free = candidates.first(where: { !$0.isEmpty && !taken.contains($0) }) { return free }
        let base = candidates.first { !$0.isEmpty } ?? "layer"
        var number = lastNumbers[base] ?? 1
        repeat { number += 1 } while taken.contains("\(base)_\(number)")
        lastNumbers[base] = number
        return "\(base)_\(number)"
    }

    /// The modules that the exporter left, in the order in which they end.
    var modules: [String] { moduleEnds.sorted { $0.node < $1.node }.map(\.module) }

    /// Names of modules, in the order in which they end, outer ones after inner ones; then those that only weights tell.
    func aliases(standIn: (Int) -> Int) -> [(String, Int)] {
        let inOrder = moduleEnds.sorted { ($0.node, -$0.module.count) < ($1.node, -$1.module.count) }
        return inOrder.map { ($0.module, $0.node) }
            + origins.compactMap { origin in origin.weightModule.map { ($0, standIn(origin.result)) } }
    }

    /// Names of ONNX nodes and of the values they make.
    func synonyms(_ images: [String: ImageValue], standIn: (Int) -> Int) -> [(String, Int)] {
        origins.flatMap { origin in
            (origin.name.isEmpty ? [] : [(origin.name, standIn(origin.result))])
                + origin.outputs.compactMap { output in images[output].map { (output, standIn($0.node)) } }
        }
    }
}
