import Diagnostics
import Tensors

/// Runs an ONNX graph at batch 1, with operations instead of numbers where the image is involved: what does not depend on it is
/// computed at once, the rest goes into a draft of the network.
struct ONNXImport {
    /// An ONNX node whose result depends on the image, as names are made from it.
    struct Origin {
        var name: String
        var outputs: [String]
        /// The modules that it stands in, outermost first, as whole names: `layer1`, `layer1.0`, `layer1.0.conv1`.
        var modules: [String]
        /// What it is within its module: `Conv`, `Add_1`.
        var leaf: String
        /// A module that the name of its weights tells: `layer1.0.conv1`.
        var weightModule: String?
        /// The node of the draft that has its (first) result.
        var result: Int
    }

    private let model: ONNXModel
    private(set) var draft: NetworkDraft
    private(set) var origins: [Origin] = []
    /// Values of the outermost graph that depend on the image, by name.
    private(set) var images: [String: ImageValue] = [:]
    private let functions: [String: ONNXFunction]
    private let input: ONNXInput
    private let naming: ONNXNaming
    /// How many more nodes are run: functions within functions may multiply them.
    private var remaining = 200_000
    /// How many more values are computed in advance, so that a small file cannot fill the memory.
    private var foldable = 1 << 29

    private static let depthLimit = 16

    private init(_ model: ONNXModel, size: [Int]?) throws {
        self.model = model
        functions = Dictionary(
            model.functions.map { (Self.key($0.domain, $0.name, $0.overload), $0) }, uniquingKeysWith: { first, _ in first })
        input = try ONNXInput(model.graph, size: size)
        naming = ONNXNaming(model.graph)
        draft = NetworkDraft(image: input.shape)
    }

    /// The network in `model`, for images of `size` (height, width) where the model leaves that open.
    /// - Throws: `Problem` that names the node and what is wrong with it.
    static func network(_ model: ONNXModel, size: [Int]?) throws -> ImageNetwork {
        do {
            var work = try ONNXImport(model, size: size)
            try work.run()
            var made = ONNXNetwork(model, work.input, work)
            return try made.network()
        } catch let problem as Problem {
            throw Self.named("cannot import '\(model.path)': ", problem)
        } catch Failure.ofNode(let problem) {
            throw Self.named("cannot import '\(model.path)': ", problem)
        } catch Failure.ofFile(let problem) {
            throw problem
        }
    }

    /// What went wrong while nodes were run, its place known.
    fileprivate enum Failure: Error {
        /// The problem names the node, not yet the file.
        case ofNode(Problem)
        /// The problem names the file: values could not be read from it.
        case ofFile(Problem)
    }

    private static func named(_ place: String, _ problem: Problem) -> Problem {
        Problem(place + problem.summary, explanation: problem.explanation, remedy: problem.remedy, kind: problem.kind)
    }

    private static func key(_ domain: String, _ name: String, _ overload: String) -> String { "\(domain)\n\(name)\n\(overload)" }

    // MARK: Scopes

    /// What names stand for within one graph or function.
    fileprivate struct Scope {
        var values: [String: ONNXValue] = [:]
        var initializers: [String: ONNXTensor] = [:]
        /// How many nodes still take each name, so that weights are let go of when they have been used.
        var uses: [String: Int] = [:]
        var versions: [String: Int]
        /// The values of a function's attributes.
        var attributes: [String: ONNXAttribute] = [:]
        /// Before the names of nodes, within functions.
        var prefix = ""
        var modules: [String] = []
        var depth = 0
    }

    private mutating func run() throws {
        let needed = try neededNodes()
        try refuseMissingOperators(needed)
        var scope = Scope(versions: model.operatorSets)
        if scope.versions[""] == nil { scope.versions[""] = 1 }
        try scope.add(model.graph.initializers)
        scope.values[input.name] = try input.value(&draft)
        for node in needed { for name in node.inputs { scope.uses[name, default: 0] += 1 } }
        for output in model.graph.outputs { scope.uses[output.name, default: 0] += 1 }
        try run(needed, &scope)
        for output in model.graph.outputs {
            guard scope.values[output.name] != nil || scope.initializers[output.name] != nil else {
                throw Problem("no node makes the output '\(printable(output.name))'")
            }
        }
        for (name, value) in scope.values { if case .image(let image) = value { images[name] = image } }
    }

    /// The nodes that an output depends on, in order.
    private func neededNodes() throws -> [ONNXNode] {
        var makers: [String: Int] = [:]
        for (position, node) in model.graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty {
                guard makers[output] == nil, output != input.name else {
                    throw Problem("\(node.title) makes '\(printable(output))', which is made already")
                }
                makers[output] = position
            }
        }
        var needed = [Bool](repeating: false, count: model.graph.nodes.count)
        var open = model.graph.outputs.map(\.name)
        while let name = open.popLast() {
            guard let position = makers[name], !needed[position] else { continue }
            needed[position] = true
            open += model.graph.nodes[position].inputs
            // What a graph within takes from outside.
            for case .graph(let inner) in model.graph.nodes[position].attributes.values { open += inner.namesTaken }
        }
        return model.graph.nodes.indices.filter { needed[$0] }.map { model.graph.nodes[$0] }
    }

    /// Throws a `Problem` that names all operators that are not understood, at once.
    private func refuseMissingOperators(_ nodes: [ONNXNode]) throws {
        var missing: [String: (count: Int, example: String)] = [:], order: [String] = []
        var seen = Set<String>()
        func visit(_ nodes: [ONNXNode]) {
            for node in nodes {
                let key = Self.key(node.domain, node.operation, node.overload)
                if let function = functions[key] {
                    if seen.insert(key).inserted { visit(function.nodes) }
                    continue
                }
                for case .graph(let inner) in node.attributes.values { visit(inner.nodes) }
                guard
                    node.domain != ""
                        || (ONNXOperators.folding[node.operation] == nil && ONNXOperators.lowering[node.operation] == nil
                            && !Self.special.contains(node.operation))
                else { continue }
                let name = node.domain.isEmpty ? node.operation : "\(node.domain).\(node.operation)"
                if missing[name] == nil { order.append(name) }
                missing[name] = (
                    (missing[name]?.count ?? 0) + 1,
                    missing[name]?.example ?? (node.name.isEmpty ? node.outputs.first ?? "" : node.name)
                )
            }
        }
        visit(nodes)
        guard !missing.isEmpty else { return }
        let list = order.prefix(12).map {
            "\(printable($0)) (\(missing[$0]?.count ?? 0), first at '\(printable(missing[$0]?.example ?? ""))')"
        }
        let total = missing.values.reduce(0) { $0 + $1.count }
        let versions = model.operatorSets[""] ?? 1
        throw Problem(
            "\(total) nodes are of \(order.count) operators that are not understood: \(list.joined(separator: ", "))\(order.count > 12 ? ", and others" : "")",
            explanation: versions > ONNXOperators.newestVersion
                ? "The model is of operator set \(versions); known are those up to \(ONNXOperators.newestVersion)." : nil,
            remedy: "Export the model with simpler operators, or report the missing ones.")
    }

    private static let special: Set<String> = ["If", "Shape", "Size"]
    /// Foldings that share their input's values.
    private static let views: Set<String> = ["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout"]

    // MARK: Running

    private mutating func run(_ nodes: [ONNXNode], _ scope: inout Scope) throws {
        guard scope.depth <= Self.depthLimit else {
            throw Problem("functions stand within functions more than \(Self.depthLimit) deep")
        }
        for node in nodes {
            remaining -= 1
            guard remaining >= 0 else { throw Problem("the graph has more nodes than any network: over 200,000") }
            do {
                try run(node, &scope)
            } catch let problem as Problem {
                throw Failure.ofNode(
                    Problem(
                        "\(node.title) \(problem.summary)", explanation: problem.explanation ?? input.batchRemark,
                        remedy: problem.remedy,
                        kind: problem.kind))
            }
            for name in node.inputs {
                scope.uses[name]? -= 1
                if scope.uses[name] == 0, case .constant? = scope.values[name] { scope.values[name] = nil }
            }
        }
    }

    private mutating func run(_ stated: ONNXNode, _ scope: inout Scope) throws {
        var node = stated
        for (name, attribute) in stated.attributes {
            if case .reference(let reference) = attribute { node.attributes[name] = scope.attributes[reference] }
        }
        let operands = try node.inputs.map { name -> ONNXValue? in
            if name.isEmpty { return nil }
            guard let value = try scope.value(name) else {
                throw Problem(
                    "takes '\(printable(name))', which nothing before it makes",
                    explanation:
                        "The nodes of a graph stand in the order of execution: a value is missing, or nodes form a circle.")
            }
            return value
        }
        let outputs = try results(node, operands, &scope)
        guard
            outputs.count >= node.outputs.filter({ !$0.isEmpty }).count || node.operation == "Dropout"
                || node.operation == "BatchNormalization"
        else {
            throw Problem("makes \(outputs.count) values where \(node.outputs.count) are due")
        }
        for (name, value) in zip(node.outputs, outputs) where !name.isEmpty { scope.values[name] = value }
    }

    private mutating func results(_ node: ONNXNode, _ operands: [ONNXValue?], _ scope: inout Scope) throws -> [ONNXValue] {
        let version = scope.versions[node.domain] ?? scope.versions[""] ?? 1
        let call = ONNXCall(node: node, operands: operands, version: version)
        if let function = functions[Self.key(node.domain, node.operation, node.overload)] {
            return try inline(function, node, operands, scope)
        }
        guard node.domain.isEmpty else { throw Problem("is of an operator that is not understood") }
        // Until operator set 6 shapes were matched from a stated axis on, if at all.
        if call.has("broadcast"), node.domain.isEmpty {
            throw Problem("matches shapes as before operator set 7", remedy: "Export the model with a newer operator set.")
        }
        switch node.operation {
        case "Shape":
            let dimensions = try call.dimensions(0)
            let range = try ONNXShapes.slices(
                [dimensions.count], starts: [call.integer("start", 0)], ends: [call.integer("end", dimensions.count)], axes: nil,
                steps: nil)[0]
            return [.constant(ConstantTensor(list: Array(dimensions[range.start..<range.start + range.count])))]
        case "Size":
            return [.constant(ConstantTensor(dimensions: [], integers: [try ONNXShapes.count(call.dimensions(0))]))]
        case "If": return try branch(call, scope)
        default: break
        }
        let isConstant = operands.allSatisfy { if case .image? = $0 { false } else { true } }
        if isConstant, let fold = ONNXOperators.folding[node.operation] {
            let results = try fold(call)
            if !Self.views.contains(node.operation) { foldable -= results.reduce(0) { $0 + $1.count } }
            guard foldable >= 0 else { throw Problem("is one of too many that compute large constants") }
            return results.map { .constant($0) }
        }
        guard let lower = ONNXOperators.lowering[node.operation] else {
            throw Problem("works on what depends on the image, which is not understood for this operator")
        }
        draft.origin = origins.count
        let before = draft.nodes.count
        let results = try lower(call, &draft)
        if let result = results.compactMap({ if case .image(let image) = $0 { image.node } else { nil } }).first,
            !isConstant || draft.nodes.count > before
        {
            origins.append(naming.origin(of: node, prefix: scope.prefix, modules: scope.modules, result: result))
        }
        return results
    }

    /// The branch that a constant condition chooses, in place.
    private mutating func branch(_ call: ONNXCall, _ scope: Scope) throws -> [ONNXValue] {
        guard let condition = try call.constant(0).cast(to: .boolean).integers.first else { throw Problem("has no condition") }
        guard case .graph(let graph)? = call.node.attributes[condition != 0 ? "then_branch" : "else_branch"] else {
            throw Problem("lacks a branch")
        }
        var inner = scope
        inner.depth += 1
        inner.uses = [:]
        try inner.add(graph.initializers)
        try run(graph.nodes, &inner)
        return try graph.outputs.map { output in
            guard let value = try inner.value(output.name) else {
                throw Problem("lacks the result '\(printable(output.name))' of its branch")
            }
            return value
        }
    }

    private mutating func inline(_ function: ONNXFunction, _ node: ONNXNode, _ operands: [ONNXValue?], _ scope: Scope) throws
        -> [ONNXValue]
    {
        var inner = Scope(versions: scope.versions.merging(function.operatorSets) { $1 })
        inner.depth = scope.depth + 1
        inner.attributes = function.defaults.merging(node.attributes) { $1 }
        inner.prefix = scope.prefix + (node.name.isEmpty ? node.operation : node.name) + "/"
        inner.modules = naming.origin(of: node, prefix: scope.prefix, modules: scope.modules, result: 0).modules
        for (name, value) in zip(function.inputs, operands) { inner.values[name] = value }
        try run(function.nodes, &inner)
        return try function.outputs.map { name in
            guard let value = try inner.value(name) else {
                throw Problem("is a function that does not make its result '\(printable(name))'")
            }
            return value
        }
    }
}

extension ONNXImport.Scope {
    mutating func add(_ tensors: [ONNXTensor]) throws {
        for tensor in tensors {
            guard initializers.updateValue(tensor, forKey: tensor.name) == nil else {
                throw Problem("two tensors are named '\(printable(tensor.name))'")
            }
        }
    }

    /// The value of a name; weights are read when they are first taken.
    mutating func value(_ name: String) throws -> ONNXValue? {
        if let value = values[name] { return value }
        guard let tensor = initializers[name] else { return nil }
        let value: ONNXValue
        do { value = .constant(try tensor.constant()) } catch let problem as Problem { throw ONNXImport.Failure.ofFile(problem) }
        if (uses[name] ?? 0) > 1 { values[name] = value }
        return value
    }
}

extension ONNXGraph {
    /// Names that nodes within take; those that stand outside are among them.
    fileprivate var namesTaken: [String] {
        var names = outputs.map(\.name)
        for node in nodes {
            names += node.inputs
            for case .graph(let inner) in node.attributes.values { names += inner.namesTaken }
        }
        return names
    }
}
