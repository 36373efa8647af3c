import Diagnostics
import Tensors

extension ONNXOperators {
    /// Functions of every value by itself.
    static let pointwise: [String: Lowering] = [
        "Relu": { call, draft in [.image(try draft.pointwise(Rectifier(.relu), draft.image(call, 0)))] },
        "Clip": { call, draft in
            let image = try draft.image(call, 0)
            let low = try call.scalar(1) ?? call.float("min", -.infinity),
                high = try call.scalar(2) ?? call.float("max", .infinity)
            return [.image(try clipped(image, low, high, &draft))]
        },
        "LeakyRelu": function { .leakyRectifier(slope: try $0.float("alpha", 0.01)) },
        "Elu": function { .exponentialLinear(alpha: try $0.float("alpha", 1)) },
        "Sigmoid": function { _ in .sigmoid }, "Tanh": function { _ in .tanh }, "Erf": function { _ in .erf },
        "HardSigmoid": function { .hardSigmoid(slope: try $0.float("alpha", 0.2), offset: try $0.float("beta", 0.5)) },
        "HardSwish": function { _ in .hardSwish }, "Mish": function { _ in .mish }, "Softplus": function { _ in .softplus },
        "Exp": function { _ in .exponential }, "Log": function { _ in .logarithm }, "Sqrt": function { _ in .squareRoot },
        "Reciprocal": function { _ in .reciprocal }, "Abs": function { _ in .absolute },
        "Neg": function { _ in .affine(scale: -1, shift: 0) },
        "Gelu": function { call in
            switch try call.text("approximate", "none") {
            case "none": .gelu
            case "tanh": .geluTanh
            case let other: throw Problem("approximates GELU by \(printable(other)), which is not understood")
            }
        },
        "Swish": { call, draft in try swish(call, alpha: call.float("alpha", 1), &draft) },
        "Selu": { call, draft in
            let alpha = try call.float("alpha", 1.6732632), gamma = try call.float("gamma", 1.0507010)
            let elu = try draft.pointwise(Pointwise(.exponentialLinear(alpha: alpha)), draft.image(call, 0))
            return [.image(try draft.pointwise(Pointwise(.affine(scale: gamma, shift: 0)), elu))]
        },
        // alpha * ELU(x / alpha) below zero, x above.
        "Celu": { call, draft in
            let alpha = try call.float("alpha", 1)
            guard alpha > 0 else { throw Problem("has an alpha of \(alpha)") }
            let small = try draft.pointwise(Pointwise(.affine(scale: 1 / alpha, shift: 0)), draft.image(call, 0))
            let elu = try draft.pointwise(Pointwise(.exponentialLinear(alpha: 1)), small)
            return [.image(try draft.pointwise(Pointwise(.affine(scale: alpha, shift: 0)), elu))]
        },
        "Softsign": { call, draft in
            let image = try draft.image(call, 0)
            let size = try draft.pointwise(Pointwise(.absolute), image)
            let below = try draft.pointwise(Pointwise(.affine(scale: 1, shift: 1)), size)
            return [
                .image(
                    ImageValue(node: try draft.add(Arithmetic(.quotient), image.node, below.node), dimensions: image.dimensions))
            ]
        },
        // max(x, 0) + slope * (x - max(x, 0)), with a slope for each channel.
        "PRelu": { call, draft in
            let image = try draft.image(call, 0), slope = try call.constant(1)
            if let single = slope.scalar {
                return [.image(try draft.pointwise(Pointwise(.leakyRectifier(slope: single)), image))]
            }
            let above = try draft.pointwise(Rectifier(.relu), image)
            let below = try draft.add(Arithmetic(.difference), image.node, above.node)
            let scaled = try draft.image(
                combined(.product, .image(ImageValue(node: below, dimensions: image.dimensions)), .constant(slope), &draft))
            return [try combined(.sum, .image(above), .image(scaled), &draft)]
        },
        "Identity": { call, _ in [try call.operand(0)] },
        "Dropout": { call, _ in
            if case .constant(let training)? = call.optional(2), training.integers.contains(where: { $0 != 0 }) {
                throw Problem("is in training mode", remedy: "Export the model after model.eval().")
            }
            return [try call.operand(0)]
        },
        "Cast": { call, _ in
            guard try kind(ofCode: call.integer("to", 1)) == .float else {
                throw Problem("makes whole numbers of what depends on the image")
            }
            return [try call.operand(0)]
        },
        "CastLike": { call, _ in
            if case .constant(let like)? = call.optional(1), like.kind != .float {
                throw Problem("makes whole numbers of what depends on the image")
            }
            return [try call.operand(0)]
        },
    ]

    /// `x * sigmoid(alpha * x)`.
    static func swish(_ call: ONNXCall, alpha: Float, _ draft: inout NetworkDraft) throws -> [ONNXValue] {
        let image = try draft.image(call, 0)
        if alpha == 1 { return [.image(try draft.pointwise(Pointwise(.silu), image))] }
        let steep = try draft.pointwise(Pointwise(.affine(scale: alpha, shift: 0)), image)
        let gate = try draft.pointwise(Pointwise(.sigmoid), steep)
        return [.image(ImageValue(node: try draft.add(Arithmetic(.product), image.node, gate.node), dimensions: image.dimensions))]
    }

    static func clipped(_ image: ImageValue, _ low: Float, _ high: Float, _ draft: inout NetworkDraft) throws -> ImageValue {
        guard low <= high else { throw Problem("clips to \(low)...\(high)") }
        if low == 0, high == .infinity { return try draft.pointwise(Rectifier(.relu), image) }
        if low == 0 { return try draft.pointwise(Rectifier(.clipped(upper: high)), image) }
        return try draft.pointwise(
            Pointwise(.clip(low: max(low, -.greatestFiniteMagnitude), high: min(high, .greatestFiniteMagnitude))), image)
    }

    private static func function(_ make: @escaping @Sendable (ONNXCall) throws -> PointwiseFunction) -> Lowering {
        { call, draft in [.image(try draft.pointwise(Pointwise(make(call)), draft.image(call, 0)))] }
    }
}
