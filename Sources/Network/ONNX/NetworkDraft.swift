import Diagnostics
import Tensors

/// A network while it is made from an ONNX graph: operations that may still be exchanged, without names.
struct NetworkDraft {
    struct Node {
        var operation: any Operation
        var inputs: [Int]
        let shape: Shape
        /// The number of the ONNX node that it was made for.
        let origin: Int
    }

    private struct View: Hashable {
        var node: Int
        var dimensions: [Int]
    }

    /// In the order of execution; the first is the image.
    private(set) var nodes: [Node]
    /// The number of the ONNX node that is lowered now.
    var origin = -1
    private var views: [View: Int] = [:]

    /// The most values that one node may have: a gigabyte.
    private static let countLimit = 1 << 28

    init(image: Shape) { nodes = [Node(operation: Input(), inputs: [], shape: image, origin: -1)] }

    /// Adds an operation and returns its number. Throws a `Problem` when the inputs do not fit.
    @discardableResult
    mutating func add(_ operation: any Operation, _ inputs: Int...) throws -> Int { try add(operation, inputs: inputs) }

    @discardableResult
    mutating func add(_ operation: any Operation, inputs: [Int]) throws -> Int {
        let shape = try operation.outputShape(for: inputs.map { nodes[$0].shape })
        guard shape.dimensions.allSatisfy({ $0 > 0 }) else { throw Problem("makes a value without elements: \(shape)") }
        guard try ONNXShapes.count(shape.dimensions) <= Self.countLimit else {
            throw Problem("makes a value of impossible size: \(shape)")
        }
        nodes.append(Node(operation: operation, inputs: inputs, shape: shape, origin: origin))
        return nodes.count - 1
    }

    func shape(_ node: Int) -> Shape { nodes[node].shape }

    /// Exchanges what a node computes; its shape stays.
    mutating func replace(_ node: Int, _ operation: any Operation, _ inputs: [Int]) {
        nodes[node].operation = operation
        nodes[node].inputs = inputs
    }

    /// For every node, how many times its output is taken.
    var useCounts: [Int] {
        var counts = [Int](repeating: 0, count: nodes.count)
        for node in nodes { for input in node.inputs { counts[input] += 1 } }
        return counts
    }

    // MARK: Values

    /// A node's values in another shape of as many elements.
    mutating func view(_ node: Int, as dimensions: [Int]) throws -> Int {
        if nodes[node].shape.dimensions == dimensions { return node }
        let key = View(node: node, dimensions: dimensions)
        if let known = views[key] { return known }
        let made = try add(Reshaping(to: Shape(dimensions)), node)
        views[key] = made
        return made
    }

    /// The value in its shape without the batch axis.
    mutating func perImage(_ value: ImageValue) throws -> Int { try view(value.node, as: value.perImage) }

    /// The value and an axis of it as an operation is given them: without the batch axis, unless it is the one.
    mutating func operand(_ value: ImageValue, axis: Int) throws -> (node: Int, axis: Int) {
        axis >= value.dropped
            ? (try perImage(value), axis - value.dropped) : (try view(value.node, as: value.dimensions), axis)
    }

    /// Any value as a node; constants are made one.
    mutating func image(_ value: ONNXValue) throws -> ImageValue {
        switch value {
        case .image(let image): return image
        case .constant(let constant):
            guard constant.count > 0 else { throw Problem("takes a value without elements") }
            let dimensions = constant.dimensions.isEmpty ? [1] : constant.dimensions
            let image = ImageValue(node: 0, dimensions: dimensions)
            let tensor = Tensor(shape: Shape(image.perImage), values: constant.asFloats)
            // What the graph computes, such as a mask, is no parameter of the network.
            let isLearned = constant.kind == .float && constant.elementType != nil
            return ImageValue(node: try add(Constant(tensor, parameterCount: isLearned ? nil : 0)), dimensions: dimensions)
        }
    }

    mutating func image(_ call: ONNXCall, _ index: Int) throws -> ImageValue { try image(call.operand(index)) }

    /// What a node makes, in ONNX's shape. Mutating, so that an argument may add the node: it is looked at after that.
    mutating func value(_ node: Int, _ dimensions: [Int]) throws -> ONNXValue { try valueOfExisting(node, dimensions) }

    func valueOfExisting(_ node: Int, _ dimensions: [Int]) throws -> ONNXValue {
        guard try ONNXShapes.count(dimensions) == nodes[node].shape.count else {
            throw Problem("makes \(nodes[node].shape) where \(dimensions) is due")
        }
        return .image(ImageValue(node: node, dimensions: dimensions))
    }

    /// The result of an operation on every value by itself.
    mutating func pointwise(_ operation: any Operation, _ image: ImageValue) throws -> ImageValue {
        ImageValue(node: try add(operation, image.node), dimensions: image.dimensions)
    }
}
