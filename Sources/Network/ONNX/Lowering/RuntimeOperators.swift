import Diagnostics
import Tensors

extension ONNXOperators {
    /// Operators of ONNX Runtime's own that its optimiser makes of standard ones (onnxruntime, "Contrib Operators"): taken apart again.
    static let runtimeOperators: [String: Lowering] = [
        "com.microsoft.FusedConv": { call, draft in
            var result = try standard("Conv", call, &draft)
            if let added = call.optional(3) { result = try combined(.sum, result, added, &draft) }
            return [try activated(result, call, &draft)]
        },
        "com.microsoft.FusedGemm": { call, draft in [try activated(standard("Gemm", call, &draft), call, &draft)] },
        "com.microsoft.FusedMatMul": { call, draft in
            guard try call.integer("transBatchA", 0) == 0, try call.integer("transBatchB", 0) == 0 else {
                throw Problem("turns the batches of its matrices, which is not understood")
            }
            func side(_ index: Int, _ attribute: String) throws -> ONNXValue {
                let value = try call.operand(index), rank = try call.dimensions(index).count
                guard try call.integer(attribute, 0) != 0 else { return value }
                guard rank >= 2 else { throw Problem("turns a value of \(rank) axes") }
                var order = Array(0..<rank)
                order.swapAt(rank - 2, rank - 1)
                switch value {
                case .constant(let constant): return .constant(constant.transposed(order))
                case .image(let image): return .image(try transposed(image, order, &draft))
                }
            }
            let product = try standard(
                "MatMul", call.with(operands: [side(0, "transA"), side(1, "transB")]), &draft)
            let scale = try call.float("alpha", 1)
            return [
                scale == 1 ? product : try combined(.product, product, .constant(ConstantTensor(dimensions: [], floats: [scale])), &draft)
            ]
        },
        "com.microsoft.Gelu": { call, draft in [.image(try draft.pointwise(Pointwise(.gelu), draft.image(call, 0)))] },
        "com.microsoft.BiasGelu": { call, draft in
            let sum = try draft.image(combined(.sum, call.operand(0), call.operand(1), &draft))
            return [.image(try draft.pointwise(Pointwise(.gelu), sum))]
        },
        "com.microsoft.FastGelu": { call, draft in
            var value = try call.operand(0)
            if let bias = call.optional(1) { value = try combined(.sum, value, bias, &draft) }
            return [.image(try draft.pointwise(Pointwise(.geluTanh), draft.image(value)))]
        },
        // x * sigmoid(alpha * x).
        "com.microsoft.QuickGelu": { call, draft in try swish(call, alpha: call.float("alpha", 1.702), &draft) },
        "SimplifiedLayerNormalization": { call, draft in [try standard("RMSNormalization", call, &draft)] },
        "com.microsoft.SkipLayerNormalization": { call, draft in
            let sum = try skipped(call, bias: 4, &draft)
            let operands = [sum, try call.operand(2), call.optional(3)]
            return [try standard("LayerNormalization", call.with(operands: operands), &draft), sum, sum, sum]
        },
        "com.microsoft.SkipSimplifiedLayerNormalization": { call, draft in
            let sum = try skipped(call, bias: 3, &draft)
            let operands = [sum, try call.operand(2)]
            return [try standard("RMSNormalization", call.with(operands: operands), &draft), sum, sum, sum]
        },
        // Queries, keys and values of one product; weights are I x 3O (onnxruntime, `Attention`).
        "com.microsoft.Attention": { call, draft in
            guard try call.integer("unidirectional", 0) == 0, call.operands.dropFirst(3).allSatisfy({ $0 == nil }),
                call.node.outputs.dropFirst().allSatisfy(\.isEmpty), !call.has("qkv_hidden_sizes"), try call.integer("do_rotary", 0) == 0
            else { throw Problem("masks, rotates or keeps what it attends to, which is not understood") }
            var joined = try standard("MatMul", call.with(operands: [call.operand(0), call.operand(1)]), &draft)
            if let bias = call.optional(2) { joined = try combined(.sum, joined, bias, &draft) }
            let image = try draft.image(joined)
            guard image.rank == 3, image.dimensions[2] % 3 == 0 else {
                throw Problem("attends to a value of shape \(image.dimensions)")
            }
            let width = image.dimensions[2] / 3
            let parts = try (0..<3).map { part in
                ONNXValue.image(try sliced(image, .init(axis: 2, start: part * width, count: width, step: 1), &draft))
            }
            return [try attended(parts, call, &draft)]
        },
        "com.microsoft.MultiHeadAttention": { call, draft in
            guard call.operands.dropFirst(4).allSatisfy({ $0 == nil }), call.node.outputs.dropFirst().allSatisfy(\.isEmpty),
                try call.integer("unidirectional", 0) == 0
            else { throw Problem("masks or keeps what it attends to, which is not understood") }
            var parts = try (0..<3).map { try call.operand($0) }
            if let bias = try call.optionalConstant(3) {
                guard bias.rank == 1, bias.count % 3 == 0, bias.count > 0 else { throw Problem("has biases of shape \(bias.dimensions)") }
                let width = bias.count / 3
                for part in 0..<3 {
                    let own = bias.gathered(Array(part * width..<(part + 1) * width), axis: 0, shape: [width])
                    parts[part] = try combined(.sum, parts[part], .constant(own), &draft)
                }
            }
            return [try attended(parts, call, &draft)]
        },
    ]

    /// What a standard operator makes of the call, with the operator set in which its numbers are inputs.
    private static func standard(_ name: String, _ call: ONNXCall, _ draft: inout NetworkDraft) throws -> ONNXValue {
        guard let lower = lowering[name], let result = try lower(call.with(version: newestVersion), &draft).first else {
            preconditionFailure("\(name) is lowered")
        }
        return result
    }

    /// The value, what is added to it, and a bias.
    private static func skipped(_ call: ONNXCall, bias: Int, _ draft: inout NetworkDraft) throws -> ONNXValue {
        let sum = try combined(.sum, call.operand(0), call.operand(1), &draft)
        return try call.optional(bias).map { try combined(.sum, sum, $0, &draft) } ?? sum
    }

    /// Behind the activation that the attributes name.
    private static func activated(_ value: ONNXValue, _ call: ONNXCall, _ draft: inout NetworkDraft) throws -> ONNXValue {
        let image = try draft.image(value)
        var numbers: [Float] = []
        if case .floats(let stated)? = call.node.attributes["activation_params"] { numbers = stated }
        func number(_ index: Int, _ name: String, _ otherwise: Float) throws -> Float {
            index < numbers.count ? numbers[index] : try call.float(name, otherwise)
        }
        let function: PointwiseFunction
        switch try call.text("activation", "") {
        case "": return value
        case "Relu": return .image(try draft.pointwise(Rectifier(.relu), image))
        case "Clip":
            return .image(
                try clipped(
                    image, number(0, "activation_alpha", -.greatestFiniteMagnitude),
                    number(1, "activation_beta", .greatestFiniteMagnitude), &draft))
        case "LeakyRelu": function = .leakyRectifier(slope: try number(0, "activation_alpha", 0.01))
        case "HardSigmoid":
            function = .hardSigmoid(slope: try number(0, "activation_alpha", 0.2), offset: try number(1, "activation_beta", 0.5))
        case "Sigmoid": function = .sigmoid
        case "Tanh": function = .tanh
        case let other: throw Problem("ends in an activation \(printable(other)), which is not understood")
        }
        return .image(try draft.pointwise(Pointwise(function), image))
    }

    private static func attended(_ parts: [ONNXValue], _ call: ONNXCall, _ draft: inout NetworkDraft) throws -> ONNXValue {
        var node = call.node
        let heads = try call.integer("num_heads", 0)
        node.attributes["q_num_heads"] = .integer(heads)
        node.attributes["kv_num_heads"] = .integer(heads)
        return try standard("Attention", call.with(node: node, operands: parts), &draft)
    }
}
