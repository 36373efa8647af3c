import Diagnostics
import Tensors

/// What a name of an ONNX graph stands for while it is imported.
enum ONNXValue: Sendable {
    case constant(ConstantTensor)
    case image(ImageValue)
}

/// A value that depends on the image: the draft's node that makes it, and its shape as ONNX sees it at batch 1. The node's own
/// shape has the same elements in the same order, usually without the batch axis.
struct ImageValue: Sendable {
    let node: Int
    let dimensions: [Int]

    var rank: Int { dimensions.count }
    /// The shape without the batch axis; all axes where the first is no longer that of images, as in attention windows.
    var perImage: [Int] { dimensions.first == 1 && dimensions.count > 1 ? Array(dimensions.dropFirst()) : dimensions }
    /// How many axes `perImage` leaves out in front.
    var dropped: Int { dimensions.count - perImage.count }
}

/// A node with its operands at hand: what folding and lowering of an operator are given.
struct ONNXCall {
    let node: ONNXNode
    /// Nil where an optional input is left out.
    let operands: [ONNXValue?]
    /// The version of the operator set that the node is from.
    let version: Int
    /// How many images the model is made for at once.
    var batch = ONNXBatch(count: 1)

    /// The same with other parts.
    func with(node: ONNXNode? = nil, operands: [ONNXValue?]? = nil, version: Int? = nil) -> ONNXCall {
        ONNXCall(node: node ?? self.node, operands: operands ?? self.operands, version: version ?? self.version, batch: batch)
    }

    // MARK: Operands

    func operand(_ index: Int) throws -> ONNXValue {
        guard let value = optional(index) else { throw Problem("lacks its input \(index)") }
        return value
    }

    func optional(_ index: Int) -> ONNXValue? { index < operands.count ? operands[index] : nil }

    func dimensions(_ index: Int) throws -> [Int] {
        switch try operand(index) {
        case .constant(let constant): constant.dimensions
        case .image(let image): image.dimensions
        }
    }

    /// An input that has to be known without the image: weights, a shape.
    func constant(_ index: Int) throws -> ConstantTensor {
        guard let constant = try optionalConstant(index) else { throw Problem("lacks its input \(index)") }
        return constant
    }

    func optionalConstant(_ index: Int) throws -> ConstantTensor? {
        switch optional(index) {
        case nil: return nil
        case .constant(let constant): return constant
        case .image:
            throw Problem(
                "takes its input \(index), '\(printable(node.inputs[index]))', from the image",
                explanation: "Only constants are understood there.")
        }
    }

    func integers(_ index: Int) throws -> [Int]? {
        guard let constant = try optionalConstant(index) else { return nil }
        guard constant.kind != .float, constant.rank <= 1 else {
            throw Problem("has an input \(index) that is no list of whole numbers")
        }
        return constant.integers
    }

    func scalar(_ index: Int) throws -> Float? {
        guard let constant = try optionalConstant(index) else { return nil }
        guard let scalar = constant.scalar else {
            throw Problem("has an input \(index) of shape \(constant.dimensions); a single number was expected")
        }
        return scalar
    }

    // MARK: Attributes

    func has(_ name: String) -> Bool { node.attributes[name] != nil }

    func integer(_ name: String, _ otherwise: Int) throws -> Int {
        switch node.attributes[name] {
        case nil: return otherwise
        case .integer(let value): return value
        default: throw wrong(name, "a whole number")
        }
    }

    func integers(_ name: String) throws -> [Int]? {
        switch node.attributes[name] {
        case nil: return nil
        case .integers(let values): return values
        default: throw wrong(name, "a list of whole numbers")
        }
    }

    func float(_ name: String, _ otherwise: Float) throws -> Float {
        switch node.attributes[name] {
        case nil: return otherwise
        case .float(let value): return value
        default: throw wrong(name, "a number")
        }
    }

    func text(_ name: String, _ otherwise: String) throws -> String {
        switch node.attributes[name] {
        case nil: return otherwise
        case .text(let value): return value
        default: throw wrong(name, "a text")
        }
    }

    private func wrong(_ name: String, _ expected: String) -> Problem {
        Problem("has an attribute \(printable(name)) of the wrong type; \(expected) was expected")
    }

    // MARK: Where it is the one in earlier operator sets and the other since

    /// A list that is an attribute before operator set `since` and input `index` from then on. Either is taken: exporters mix them.
    func list(_ name: String, input index: Int) throws -> [Int]? { try integers(name) ?? integers(index) }
}
