import Diagnostics
import Tensors

extension ONNXOperators {
    /// Activations of eight bits as the real numbers that they stand for: cut to the range of their levels, which may be all that is left of
    /// a ReLU, but not rounded to levels. Rounding has no gradient.
    static let quantization: [String: Lowering] = [
        "QuantizeLinear": rangeOfLevels, "com.microsoft.QuantizeLinear": rangeOfLevels,
        "DequantizeLinear": realNumbers, "com.microsoft.DequantizeLinear": realNumbers,
    ]

    private static let rangeOfLevels: Lowering = { call, draft in
        let image = try draft.image(call, 0)
        guard let (scale, zero) = try QuantizationSteps(call, shape: image.dimensions).single else {
            throw Problem("quantises channels by steps of their own, which is not understood of what depends on the image")
        }
        let levels = try QuantizationSteps.levels(call)
        let low = scale * (Float(levels.lowerBound) - zero), high = scale * (Float(levels.upperBound) - zero)
        return [.image(try clipped(image, low, high, &draft))]
    }

    private static let realNumbers: Lowering = { call, draft in
        let image = try draft.image(call, 0)
        var node = image.node
        while node > 0, draft.nodes[node].operation is Reshaping || draft.nodes[node].operation is Rearrangement {
            node = draft.nodes[node].inputs[0]
        }
        // The image itself comes in levels; everything else is in real numbers already.
        guard node == 0 else { return [.image(image)] }
        guard let (scale, zero) = try QuantizationSteps(call, shape: image.dimensions).single else {
            throw Problem("takes channels of the image by steps of their own, which is not understood")
        }
        return [.image(try draft.pointwise(Pointwise(.affine(scale: scale, shift: -scale * zero)), image))]
    }
}
