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
        /// True for a convolution, into which the exporter may have folded what stands behind it.
        var isConvolution: Bool
        /// The node of the draft that has its (first) result.
        var result: Int
    }

    /// What went wrong while nodes were run, its place known.
    enum Failure: Error {
        /// The problem names the node, not yet the file.
        case ofNode(Problem)
        /// The problem names the file: values could not be read from it.
        case ofFile(Problem)
    }

    let model: ONNXModel
    let input: ONNXInput
    /// Where the network may end: outputs of which every operator is understood.
    let ends: [ONNXEnd]
    private(set) var draft: NetworkDraft
    private(set) var origins: [Origin] = []
    /// Values of the outermost graph that depend on the image, by name.
    private(set) var images: [String: ImageValue] = [:]
    /// Values of the outermost graph that could not be made, by name.
    private(set) var failures: [String: Failure] = [:]
    /// Outputs that are not looked at, with the operators that are missing.
    private(set) var unknownOutputs: [(name: String, problem: Problem)] = []
    /// Height and width to which the graph itself resizes the image before all else.
    private(set) var ownSize: [Int]?
    /// True when eight-bit numbers stand for others in the graph.
    private(set) var isQuantized = false
    private let functions: [String: ONNXFunction]
    private let naming: ONNXNaming
    private let batch: ONNXBatch
    private let needed: [ONNXNode]
    /// How many more nodes are run: functions within functions may multiply them.
    private var remaining = 200_000
    /// How many more values are computed in advance, so that a small file cannot fill the memory.
    private var foldable = 1 << 29

    private static let depthLimit = 16

    /// Looks at the nodes that the output named `output` depends on, or any, if it is nil. `size` is height and width where the model
    /// leaves them open.
    /// - Throws: `Problem` when the input is no image or no output is of operators that are understood.
    init(_ model: ONNXModel, size: [Int]?, output: String?) throws {
        self.model = model
        let functions = Dictionary(
            model.functions.map { ("\($0.domain)\n\($0.name)\n\($0.overload)", $0) }, uniquingKeysWith: { first, _ in first })
        self.functions = functions
        let needs = try ONNXNeeds(model, functions: functions), nodes = model.graph.nodes
        var ends: [ONNXEnd] = [], positions = Set<Int>(), unknown = Set<Int>()
        for end in try ONNXEnd.all(of: model.graph, chosen: output) {
            let own = needs.nodes(for: [end.value])
            if let problem = needs.missingOperators(own.sorted().map { nodes[$0] }) {
                unknownOutputs.append((end.output, problem))
                unknown.formUnion(own)
            } else {
                ends.append(end)
                positions.formUnion(own)
            }
        }
        if ends.isEmpty, let problem = needs.missingOperators(unknown.sorted().map { nodes[$0] }) { throw problem }
        self.ends = ends
        needed = positions.sorted().map { nodes[$0] }
        input = try ONNXInput(model.graph, taken: Set(needed.flatMap(ONNXNeeds.namesTaken)), size: size)
        batch = ONNXBatch(count: input.batch)
        naming = ONNXNaming(model.graph)
        draft = NetworkDraft(image: input.shape)
    }

    // MARK: Running

    /// Runs the nodes that the ends depend on. One that cannot be run fails those that depend on it; the others are run.
    /// - Throws: `Problem` when the graph is larger than any network.
    mutating func run() throws {
        var scope = ONNXScope(versions: model.operatorSets)
        if scope.versions[""] == nil { scope.versions[""] = 1 }
        try scope.add(model.graph.initializers)
        scope.values[input.name] = try input.value(&draft)
        for node in needed { for name in node.inputs { scope.uses[name, default: 0] += 1 } }
        for end in ends { scope.uses[end.value, default: 0] += 1 }
        for node in needed {
            if let name = ONNXNeeds.namesTaken(node).first(where: { failures[$0] != nil }), let failure = failures[name] {
                for output in node.outputs { failures[output] = failure }
                continue
            }
            do { try run([node], &scope) } catch let failure as Failure {
                for output in node.outputs { failures[output] = failure }
            }
        }
        for end in ends where scope.values[end.value] == nil && scope.initializers[end.value] == nil {
            if failures[end.value] == nil {
                failures[end.value] = .ofNode(Problem("no node makes the output '\(printable(end.output))'"))
            }
        }
        for (name, value) in scope.values { if case .image(let image) = value { images[name] = image } }
    }

    private mutating func run(_ nodes: [ONNXNode], _ scope: inout ONNXScope) throws {
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

    private mutating func run(_ stated: ONNXNode, _ scope: inout ONNXScope) throws {
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

    private mutating func results(_ node: ONNXNode, _ operands: [ONNXValue?], _ scope: inout ONNXScope) throws -> [ONNXValue] {
        let call = ONNXCall(
            node: node, operands: try batch.ofOneImage(node, operands), version: scope.versions[node.domain] ?? scope.versions[""] ?? 1,
            batch: batch)
        if let function = functions[node.overloadedKey] { return try inline(function, node, operands, scope) }
        // Until operator set 6 shapes were matched from a stated axis on, if at all.
        if call.has("broadcast"), node.domain.isEmpty {
            throw Problem("matches shapes as before operator set 7", remedy: "Export the model with a newer operator set.")
        }
        if ONNXOperators.quantization[node.key] != nil { isQuantized = true }
        switch node.key {
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
        if isConstant { return try folded(call).map { .constant($0) } }
        guard let lower = ONNXOperators.lowering[node.key] else {
            throw Problem("works on what depends on the image, which is not understood for this operator")
        }
        draft.origin = origins.count
        let before = draft.nodes.count
        let results = try lower(call, &draft)
        if let result = results.compactMap({ if case .image(let image) = $0 { image.node } else { nil } }).first {
            origins.append(naming.origin(of: node, prefix: scope.prefix, modules: scope.modules, result: result))
        }
        noteResizing(node, results, before)
        return results
    }

    /// Foldings that share their input's values.
    private static let views: Set<String> = ["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout"]

    /// What a node makes of constants: by its folding, or by running its operations once.
    private mutating func folded(_ call: ONNXCall) throws -> [ConstantTensor] {
        let results: [ConstantTensor]
        if let fold = ONNXOperators.folding[call.node.key] {
            results = try fold(call)
        } else if let lower = ONNXOperators.lowering[call.node.key] {
            results = try ConstantEvaluation.results(call, lower)
        } else {
            throw Problem("is of an operator that is not understood")
        }
        if !Self.views.contains(call.node.key) { foldable -= results.reduce(0) { $0 + $1.count } }
        guard foldable >= 0 else { throw Problem("is one of too many that compute large constants") }
        return results
    }

    /// Remembers the size that the image is brought to before anything else reads it.
    private mutating func noteResizing(_ node: ONNXNode, _ results: [ONNXValue], _ before: Int) {
        guard node.key == "Resize", ownSize == nil, case .image(let image)? = results.first, image.rank == 4,
            draft.nodes[..<before].allSatisfy({ $0.shape.count == input.shape.count })
        else { return }
        let sides = input.isChannelsLast && image.dimensions[3] == 3 ? image.dimensions[1...2] : image.dimensions[2...3]
        ownSize = Array(sides)
    }

    /// The branch that a constant condition chooses, in place.
    private mutating func branch(_ call: ONNXCall, _ scope: ONNXScope) throws -> [ONNXValue] {
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

    private mutating func inline(
        _ function: ONNXFunction, _ node: ONNXNode, _ operands: [ONNXValue?], _ scope: ONNXScope
    ) throws -> [ONNXValue] {
        var inner = ONNXScope(versions: scope.versions.merging(function.operatorSets) { $1 })
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
