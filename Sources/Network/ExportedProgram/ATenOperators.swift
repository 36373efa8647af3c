import Diagnostics

/// PyTorch's operators in ONNX's words, by their names without overloads; those that end in `_` work in place and have the rule of the one
/// without. The next one: a line in a table.
///
/// A rule throws where an argument is of a kind that it does not write; the operator is then one that is not known.
enum ATenOperators {
    typealias Rule = @Sendable (ATenCall, inout ProgramWriter) throws -> Void

    static let rules: [String: Rule] = [pointwise, arithmetic, layers, shapes, movements, constants].reduce(into: [:]) {
        $0.merge($1) { first, _ in first }
    }

    /// Operators whose result lies in the memory of what they are given.
    static let views: Set<String> = [
        "view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze", "permute", "transpose", "t", "slice", "select", "chunk",
        "split", "split_with_sizes", "unbind", "expand", "expand_as", "alias", "detach", "contiguous", "dropout", "to",
    ]

    /// One operator for another.
    private static func same(_ operation: String, _ attributes: [String: ONNXAttribute] = [:]) -> Rule {
        { call, writer in writer.add(operation, [writer.name(of: try call.subject())], attributes, to: call.outputs) }
    }

    private static func alongAxis(_ operation: String) -> Rule {
        { call, writer in try same(operation, ["axis": .integer(call.integer("dim"))])(call, &writer) }
    }

    // MARK: Functions of single values

    private static let pointwise: [String: Rule] = [
        "relu": same("Relu"), "sigmoid": same("Sigmoid"), "tanh": same("Tanh"), "erf": same("Erf"), "exp": same("Exp"), "log": same("Log"),
        "sqrt": same("Sqrt"), "reciprocal": same("Reciprocal"), "abs": same("Abs"), "neg": same("Neg"), "hardswish": same("HardSwish"),
        "hardsigmoid": same("HardSigmoid", ["alpha": .float(1 / 6), "beta": .float(0.5)]), "mish": same("Mish"),
        "selu": same("Selu"), "logical_not": same("Not"), "floor": same("Floor"), "sign": same("Sign"), "sin": same("Sin"), "isnan": same("IsNaN"),
        "softplus": { call, writer in
            guard call.number("beta") ?? 1 == 1 else { throw Problem("beta") }
            try same("Softplus")(call, &writer)
        },
        "silu": { call, writer in
            let x = writer.name(of: try call.subject())
            writer.add("Mul", [x, writer.add("Sigmoid", [x])], to: call.outputs)
        },
        "rsqrt": { call, writer in
            writer.add("Reciprocal", [writer.add("Sqrt", [writer.name(of: try call.subject())])], to: call.outputs)
        },
        "gelu": { call, writer in try same("Gelu", ["approximate": .text(call.text("approximate") ?? "none")])(call, &writer) },
        "elu": { call, writer in
            guard call.number("scale") ?? 1 == 1, call.number("input_scale") ?? 1 == 1 else { throw Problem("scale") }
            try same("Elu", ["alpha": .float(Float(call.number("alpha") ?? 1))])(call, &writer)
        },
        "leaky_relu": { call, writer in try same("LeakyRelu", ["alpha": .float(Float(call.number("negative_slope") ?? 0.01))])(call, &writer) },
        "relu6": { call, writer in try clip(call, 0, 6, &writer) },
        "hardtanh": { call, writer in try clip(call, call.number("min_val") ?? -1, call.number("max_val") ?? 1, &writer) },
        "clamp": { call, writer in
            guard call.tensor("min") == nil, call.tensor("max") == nil else { throw Problem("clamps by tensors") }
            try clip(call, call.number("min") ?? -.infinity, call.number("max") ?? .infinity, &writer)
        },
        "clamp_min": { call, writer in try clip(call, call.number("min") ?? -.infinity, .infinity, &writer) },
        "pow": { call, writer in
            guard call.overload == "Tensor_Scalar", let exponent = call.number("exponent") else { throw Problem("exponent") }
            writer.add("Pow", [writer.name(of: try call.subject()), writer.number(exponent)], to: call.outputs)
        },
        "softmax": alongAxis("Softmax"), "_softmax": alongAxis("Softmax"), "log_softmax": alongAxis("LogSoftmax"),
        "prelu": { call, writer in
            let x = try call.subject()
            guard let weight = call.tensor("weight"), let rank = writer.extents(of: x)?.count, rank > 1 else { throw Problem("slopes") }
            let shape = writer.integers([-1] + Array(repeating: 1, count: rank - 2))
            writer.add("PRelu", [writer.name(of: x), writer.add("Reshape", [writer.name(of: weight), shape])], to: call.outputs)
        },
    ]

    private static func clip(_ call: ATenCall, _ low: Double, _ high: Double, _ writer: inout ProgramWriter) throws {
        writer.add("Clip", [writer.name(of: try call.subject()), writer.number(low), writer.number(high)], to: call.outputs)
    }

    // MARK: Arithmetic

    private static let arithmetic: [String: Rule] = [
        "add": binary("Add"), "sub": binary("Sub"), "mul": binary("Mul"), "div": binary("Div"), "maximum": binary("Max"), "minimum": binary("Min"),
        "eq": binary("Equal"), "lt": binary("Less"), "gt": binary("Greater"), "logical_and": binary("And"),
        "rsub": binary("Sub", isReversed: true),
        "ne": negated("Equal"), "ge": negated("Less"), "le": negated("Greater"),
        "matmul": binary("MatMul"), "bmm": binary("MatMul"), "mm": binary("MatMul"),
        "where": { call, writer in
            guard let condition = call.tensor("condition") else { throw Problem("condition") }
            let values = try ["self", "other"].map { try operand(call, $0, &writer) }
            writer.add("Where", [writer.name(of: condition)] + values, to: call.outputs)
        },
        "masked_fill": { call, writer in
            guard let mask = call.tensor("mask"), let value = call.number("value") else { throw Problem("mask") }
            writer.add("Where", [writer.name(of: mask), writer.number(value), writer.name(of: try call.subject())], to: call.outputs)
        },
        "addcmul": { call, writer in
            guard let one = call.tensor("tensor1"), let two = call.tensor("tensor2"), call.number("value") ?? 1 == 1 else { throw Problem("value") }
            let product = writer.add("Mul", [writer.name(of: one), writer.name(of: two)])
            writer.add("Add", [writer.name(of: try call.subject()), product], to: call.outputs)
        },
        "mean": { call, writer in try reduced("ReduceMean", call, &writer) },
        "sum": { call, writer in try reduced("ReduceSum", call, &writer) },
        "amax": { call, writer in try reduced("ReduceMax", call, &writer) },
        "linalg_vector_norm": { call, writer in
            guard call.number("ord") ?? 2 == 2 else { throw Problem("order") }
            try reduced("ReduceL2", call, &writer)
        },
        "scaled_dot_product_attention": attention,
    ]

    /// A tensor, or a number as one.
    private static func operand(_ call: ATenCall, _ name: String, _ writer: inout ProgramWriter) throws -> String {
        if let tensor = call.tensor(name) { return writer.name(of: tensor) }
        guard let number = call.number(name) else { throw Problem("has no \(name)") }
        // A number takes the format of the tensor beside it.
        let isWhole = call.tensor(0).flatMap { writer.elementType(of: $0) }.map { (2...9).contains($0) } ?? false
        return isWhole && number == number.rounded() && abs(number) < 1e15 ? writer.integer(Int(number)) : writer.number(number)
    }

    private static func binary(_ operation: String, isReversed: Bool = false) -> Rule {
        { call, writer in
            guard call.text("rounding_mode") == nil else { throw Problem("rounds") }
            let x = writer.name(of: try call.subject())
            let second = ["other", "mat2"].first { call.tensor($0) != nil || call.number($0) != nil } ?? "other"
            var y = try operand(call, second, &writer)
            if let alpha = call.number("alpha"), alpha != 1 { y = writer.add("Mul", [y, writer.number(alpha)]) }
            writer.add(operation, isReversed ? [y, x] : [x, y], to: call.outputs)
        }
    }

    private static func negated(_ operation: String) -> Rule {
        { call, writer in
            let compared = writer.add(operation, [writer.name(of: try call.subject()), try operand(call, "other", &writer)])
            writer.add("Not", [compared], to: call.outputs)
        }
    }

    private static func reduced(_ operation: String, _ call: ATenCall, _ writer: inout ProgramWriter) throws {
        let axes = writer.integers(try call.integers("dim"))
        writer.add(
            operation, [writer.name(of: try call.subject()), axes], ["keepdims": .integer(call.flag("keepdim", false) ? 1 : 0)], to: call.outputs)
    }

    private static let attention: Rule = { call, writer in
        guard let queries = call.tensor("query"), let keys = call.tensor("key"), let values = call.tensor("value"), !call.flag("is_causal", false),
            call.number("dropout_p") ?? 0 == 0, !call.flag("enable_gqa", false), let extents = writer.extents(of: keys), extents.count > 1,
            let width = extents[extents.count - 1], width > 0
        else { throw Problem("attention") }
        let last = extents.count - 1
        let turned = writer.add(
            "Transpose", [writer.name(of: keys)], ["perm": .integers(Array(0..<last - 1) + [last, last - 1])])
        var scores = writer.add("MatMul", [writer.name(of: queries), turned])
        scores = writer.add("Mul", [scores, writer.number(call.number("scale") ?? 1 / Double(width).squareRoot())])
        if let mask = call.tensor("attn_mask") {
            // Where it is not true, nothing is seen.
            scores = writer.elementType(of: mask) == 9
                ? writer.add("Where", [writer.name(of: mask), scores, writer.number(-.infinity)])
                : writer.add("Add", [scores, writer.name(of: mask)])
        }
        writer.add("MatMul", [writer.add("Softmax", [scores], ["axis": .integer(-1)]), writer.name(of: values)], to: call.outputs)
    }
}
