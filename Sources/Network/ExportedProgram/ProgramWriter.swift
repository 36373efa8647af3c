import Diagnostics

/// Writes the nodes of an exported program as those of an ONNX graph.
struct ProgramWriter {
    /// The operator set whose operators are written.
    static let operatorSet = 21
    /// ONNX's codes of number formats by those of PyTorch's `ScalarType` in exported programs.
    static let elementTypes = [1: 2, 2: 3, 3: 5, 4: 6, 5: 7, 6: 10, 7: 1, 8: 11, 12: 9, 13: 16]

    private let graph: ProgramDocument.Graph
    private let file: MappedFile
    private(set) var nodes: [ONNXNode] = []
    private(set) var initializers: [ONNXTensor] = []
    /// What values of the program are called in the ONNX graph, where that is another name.
    private var names: [String: String] = [:]
    /// The node that takes a value last.
    private var lastUse: [String: Int] = [:]
    /// The value whose memory a value is a view of.
    private var bases: [String: String] = [:]
    private var index = 0
    /// Of the program's node that is being written.
    private var title = "", scopes = ""

    init(_ graph: ProgramDocument.Graph, file: MappedFile) {
        (self.graph, self.file) = (graph, file)
        for (index, node) in graph.nodes.enumerated() { for name in node.inputs.flatMap(\.arg.names) { lastUse[name] = index } }
    }

    func name(of value: String) -> String { names[value] ?? value }

    /// The extents of a value; nil where they are open.
    func extents(of value: String) -> [Int?]? { graph.tensors[value]?.sizes.map(\.value) }

    /// ONNX's code of a value's number format.
    func elementType(of value: String) -> Int? { graph.tensors[value].flatMap { Self.elementTypes[$0.dtype] } }

    /// A value as a graph's input; nil where it is no tensor.
    func information(_ value: String) -> ONNXValueInfo? {
        guard let extents = extents(of: value) else { return nil }
        return ONNXValueInfo(
            name: name(of: value), elementType: elementType(of: value) ?? 0, extents: extents.map { $0.map { .fixed($0) } ?? .open(nil) })
    }

    /// Takes a stored tensor for a value of the program, under the name of the parameter where nothing else is called so.
    mutating func take(_ entry: TensorEntry, as stored: String, for value: String) {
        if graph.tensors[stored] == nil { names[value] = stored }
        initializers.append(
            ONNXTensor(
                name: name(of: value), dimensions: entry.shape.dimensions, elementType: entry.elementType, contents: .bytes(entry), file: file))
    }

    // MARK: Nodes

    /// Writes a node of the program. One of an operator without a rule keeps its name, by which the import refuses it if it is needed.
    mutating func add(_ node: ProgramDocument.Node) throws {
        defer { index += 1 }
        let outputs = node.outputs.flatMap(\.names)
        guard let result = outputs.first else { return }
        let call = ATenCall(node, outputs)
        title = node.name ?? result
        scopes = Self.scopes(node.metadata["nn_module_stack"] ?? "", leaf: title)
        let isInPlace = call.operation.hasSuffix("_")
        let rule = ATenOperators.rules[call.operation] ?? (isInPlace ? ATenOperators.rules[String(call.operation.dropLast())] : nil)
        do {
            guard let rule else { throw Problem("unknown") }
            if isInPlace, let changed = call.tensor(0) { try requireUnshared(changed) }
            try rule(call, &self)
        } catch is Problem {
            nodes.append(
                ONNXNode(
                    name: title, operation: call.operation, domain: "aten", inputs: node.inputs.flatMap(\.arg.names).map(name), outputs: outputs,
                    metadata: ["pkg.torch.onnx.name_scopes": scopes]))
            // Whoever looks at the memory later depends on what is not known.
            if isInPlace, let changed = call.tensor(0) { for value in family(of: changed) { names[value] = result } }
        }
        if ATenOperators.views.contains(call.operation), let base = call.tensor(0) { for output in outputs { bases[output] = bases[base] ?? base } }
        // Whoever takes the changed value later means the result.
        if isInPlace, let changed = call.tensor(0) {
            for (value, name) in names where name == changed { names[value] = result }
            names[changed] = result
            bases[result] = bases[changed] ?? changed
        }
    }

    /// The values whose memory is that of `value`, itself among them.
    private func family(of value: String) -> [String] {
        let base = bases[value] ?? value
        return bases.filter { $0.value == base }.map(\.key) + [base]
    }

    /// Throws where a view of the memory of `value`, or what it is a view of, is taken later than now.
    private func requireUnshared(_ value: String) throws {
        guard family(of: value).allSatisfy({ $0 == value || (lastUse[$0] ?? -1) <= index }) else { throw Problem("shared") }
    }

    /// Adds an ONNX node; the last one that a rule adds makes the program's value `output`. Returns the name of what it makes.
    @discardableResult
    mutating func add(
        _ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], to outputs: [String] = []
    ) -> String {
        let made = outputs.isEmpty ? ["\(title)#\(nodes.count)"] : outputs
        nodes.append(
            ONNXNode(
                name: outputs.isEmpty ? "\(title).\(operation.lowercased())" : title, operation: operation, inputs: inputs, outputs: made,
                attributes: attributes, metadata: ["pkg.torch.onnx.name_scopes": scopes]))
        return made[0]
    }

    /// The list of modules as PyTorch's exporter to ONNX writes it, outermost first, the operation last. In a program it is
    /// `KEY,PATH,CLASS;...`.
    private static func scopes(_ stack: String, leaf: String) -> String {
        let paths = stack.split(separator: ";").compactMap { module -> String? in
            let parts = module.split(separator: ",", omittingEmptySubsequences: false)
            guard parts.count == 3, !parts[1].isEmpty, parts[1].allSatisfy({ $0.isLetter || $0.isNumber || "._".contains($0) }) else { return nil }
            return String(parts[1])
        }
        return (paths + [leaf]).joined(separator: ",")
    }

    // MARK: Constants

    /// A list of whole numbers.
    mutating func integers(_ values: [Int]) -> String { constant(values.map { UInt64(bitPattern: Int64($0)) }, [values.count], .int64, .integer) }
    /// A single whole number, without axes.
    mutating func integer(_ value: Int) -> String { constant([UInt64(bitPattern: Int64(value))], [], .int64, .integer) }
    /// A single number, without axes.
    mutating func number(_ value: Double) -> String { constant([UInt64(Float(value).bitPattern)], [], .float32, .float) }

    private mutating func constant(_ bits: [UInt64], _ dimensions: [Int], _ type: ElementType, _ kind: ONNXTensor.NumberKind) -> String {
        let name = "\(title)#constant\(initializers.count)"
        initializers.append(
            ONNXTensor(name: name, dimensions: dimensions, elementType: type, contents: .numbers(bits.map { .single($0) }, kind: kind), file: file))
        return name
    }
}
