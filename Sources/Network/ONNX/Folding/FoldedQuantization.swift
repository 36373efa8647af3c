import Diagnostics

extension ONNXOperators {
    /// Operators that compute with whole numbers in place of others; what they mean in real numbers is not followed up.
    static let quantizedOperators: Set<String> = [
        "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "DynamicQuantizeLinear", "com.microsoft.QLinearAdd",
        "com.microsoft.QLinearMul", "com.microsoft.QLinearGlobalAveragePool", "com.microsoft.QLinearAveragePool",
        "com.microsoft.QLinearLeakyRelu", "com.microsoft.QLinearSigmoid", "com.microsoft.QLinearSoftmax", "com.microsoft.QLinearConcat",
        "com.microsoft.QGemm", "com.microsoft.QAttention", "com.microsoft.DynamicQuantizeMatMul", "com.microsoft.MatMulNBits",
        "com.microsoft.MatMulIntegerToFloat", "com.microsoft.DynamicQuantizeLSTM",
    ]

    /// Weights as the numbers that their eight bits stand for: `(q - zero) * scale`.
    static let foldedQuantization: [String: Folding] = [
        "DequantizeLinear": dequantized, "com.microsoft.DequantizeLinear": dequantized,
        "QuantizeLinear": quantized, "com.microsoft.QuantizeLinear": quantized,
    ]

    private static let dequantized: Folding = { call in
        let value = try call.constant(0)
        let steps = try QuantizationSteps(call, shape: value.dimensions)
        let numbers = value.asFloats.enumerated().map { place, number in
            (number - steps.zero(at: place)) * steps.scale(at: place)
        }
        return [ConstantTensor(dimensions: value.dimensions, floats: numbers)]
    }

    private static let quantized: Folding = { call in
        let value = try call.constant(0)
        let steps = try QuantizationSteps(call, shape: value.dimensions)
        let range = try QuantizationSteps.levels(call)
        let numbers = value.asFloats.enumerated().map { place, number in
            let level = (number / steps.scale(at: place)).rounded(.toNearestOrEven) + steps.zero(at: place)
            return level.isNaN ? 0 : Int(min(max(level, Float(range.lowerBound)), Float(range.upperBound)))
        }
        return [ConstantTensor(dimensions: value.dimensions, integers: numbers)]
    }
}

/// Scale and zero point of a `QuantizeLinear` or `DequantizeLinear`: one of each, or one for every position of an axis.
struct QuantizationSteps {
    private let scales: [Float]
    private let zeros: [Float]
    /// Elements behind the axis, and its extent.
    private let inner: Int, extent: Int

    init(_ call: ONNXCall, shape: [Int]) throws {
        let scale = try call.constant(1), zero = try call.optionalConstant(2)
        guard scale.kind == .float, !scale.floats.isEmpty, scale.floats.allSatisfy({ $0.isFinite && $0 > 0 }),
            zero.map({ $0.count == scale.count }) ?? true
        else { throw Problem("has scales of shape \(scale.dimensions) with zero points of shape \(zero?.dimensions ?? [])") }
        scales = scale.floats
        zeros = zero?.asFloats ?? Array(repeating: 0, count: scale.count)
        if scale.count == 1 {
            (inner, extent) = (1, 1)
            return
        }
        let axis = try ONNXShapes.axis(call.integer("axis", 1), rank: shape.count)
        inner = shape[(axis + 1)...].reduce(1, *)
        extent = shape[axis]
        guard try call.integer("block_size", 0) == 0, scale.rank == 1, scale.count == extent else {
            throw Problem("has scales of shape \(scale.dimensions) for a value of shape \(shape), which is not understood")
        }
    }

    private func position(_ place: Int) -> Int { scales.count == 1 ? 0 : place / inner % extent }
    func scale(at place: Int) -> Float { scales[position(place)] }
    func zero(at place: Int) -> Float { zeros[position(place)] }

    /// The one scale and zero point; nil when there are several.
    var single: (scale: Float, zero: Float)? { scales.count == 1 ? (scales[0], zeros[0]) : nil }

    /// The levels that there are: those of the zero point's type, of a byte without one.
    static func levels(_ call: ONNXCall) throws -> ClosedRange<Int> {
        switch try call.optionalConstant(2)?.elementType {
        case .int8: -128...127
        case .uint16: 0...65535
        case .int16: -32768...32767
        case .int32: throw Problem("quantises to whole numbers of 32 bits, which is not understood")
        default: 0...255
        }
    }
}
