import Diagnostics
import Tensors

extension ONNXOperators {
    /// Values with values, with NumPy's broadcasting.
    static let arithmetic: [String: Lowering] = [
        "Add": { call, draft in [try combined(.sum, call.operand(0), call.operand(1), &draft)] },
        "Sub": { call, draft in [try combined(.difference, call.operand(0), call.operand(1), &draft)] },
        "Mul": { call, draft in [try combined(.product, call.operand(0), call.operand(1), &draft)] },
        "Div": { call, draft in [try combined(.quotient, call.operand(0), call.operand(1), &draft)] },
        "Sum": { call, draft in [try folded(.sum, call, &draft)] },
        "Max": { call, draft in [try folded(.maximum, call, &draft)] },
        "Min": { call, draft in [try folded(.minimum, call, &draft)] },
        "Mean": { call, draft in
            let sum = try draft.image(folded(.sum, call, &draft))
            return [.image(try draft.pointwise(Pointwise(.affine(scale: 1 / Float(call.operands.count), shift: 0)), sum))]
        },
        "Pow": { call, draft in
            let image = try draft.image(call, 0)
            guard let exponent = try call.scalar(1) else { throw Problem("lacks its exponent") }
            guard try ONNXShapes.broadcast(image.dimensions, call.dimensions(1)) == image.dimensions else {
                throw Problem("has an exponent of shape \(try call.dimensions(1))")
            }
            switch exponent {
            case 1: return [.image(image)]
            case 0.5: return [.image(try draft.pointwise(Pointwise(.squareRoot), image))]
            case -1: return [.image(try draft.pointwise(Pointwise(.reciprocal), image))]
            default: return [.image(try draft.pointwise(Pointwise(.power(exponent)), image))]
            }
        },
        // Masked by what does not depend on the image.
        "Where": { call, draft in
            let mask = try call.constant(0).cast(to: .boolean)
            // One side of all positions is taken as it is.
            if let first = mask.integers.first, mask.integers.allSatisfy({ $0 == first }) {
                let chosen = try call.operand(first != 0 ? 1 : 2)
                let shape = try ONNXShapes.broadcast(
                    mask.dimensions, ONNXShapes.broadcast(call.dimensions(1), call.dimensions(2)))
                if case .image(let image) = chosen, image.dimensions == shape { return [chosen] }
            }
            func side(_ index: Int, keptWhere kept: Int) throws -> ONNXValue {
                switch try call.operand(index) {
                case .constant(let constant):
                    // Chosen, not multiplied: what is masked out may be infinite.
                    let shape = try limited(ONNXShapes.broadcast(mask.dimensions, constant.dimensions))
                    let (chosen, values) = (mask.expanded(to: shape).integers, constant.expanded(to: shape).asFloats)
                    return .constant(
                        ConstantTensor(dimensions: shape, floats: chosen.indices.map { chosen[$0] == kept ? values[$0] : 0 }))
                case .image(let image):
                    let factor = ConstantTensor(dimensions: mask.dimensions, floats: mask.integers.map { $0 == kept ? 1 : 0 })
                    return try combined(.product, .image(image), .constant(factor), &draft)
                }
            }
            return [try combined(.sum, side(1, keptWhere: 1), side(2, keptWhere: 0), &draft)]
        },
    ]

    private static func folded(_ function: BinaryFunction, _ call: ONNXCall, _ draft: inout NetworkDraft) throws -> ONNXValue {
        var result = try call.operand(0)
        for index in call.operands.indices.dropFirst() { result = try combined(function, result, call.operand(index), &draft) }
        return result
    }

    /// `function` of both: a scale or shift where one is constant and simple enough.
    static func combined(
        _ function: BinaryFunction, _ left: ONNXValue, _ right: ONNXValue, _ draft: inout NetworkDraft
    ) throws -> ONNXValue {
        switch (left, right) {
        case (.image(let image), .constant(let constant)):
            if let made = try scaled(function, image, constant, constantIsLeft: false, &draft) { return made }
        case (.constant(let constant), .image(let image)):
            if let made = try scaled(function, image, constant, constantIsLeft: true, &draft) { return made }
        default: break
        }
        let (a, b) = (try draft.image(left), try draft.image(right))
        let shape = try ONNXShapes.broadcast(a.dimensions, b.dimensions)
        if a.dimensions == b.dimensions {
            let other = try draft.view(b.node, as: draft.shape(a.node).dimensions)
            let operation: any Operation = function == .sum ? Sum() : Arithmetic(function)
            return try draft.value(draft.add(operation, a.node, other), shape)
        }
        // Both with as many axes, without that of the batch.
        let drops = shape.count > 1 && shape[0] == 1
        func aligned(_ value: ImageValue) -> [Int] {
            Array((Array(repeating: 1, count: shape.count - value.rank) + value.dimensions).dropFirst(drops ? 1 : 0))
        }
        let nodes = (try draft.view(a.node, as: aligned(a)), try draft.view(b.node, as: aligned(b)))
        return try draft.value(draft.add(Arithmetic(function), nodes.0, nodes.1), shape)
    }

    /// One number, or one for every position of a single axis; nil for other constants.
    private static func scaled(
        _ function: BinaryFunction, _ image: ImageValue, _ constant: ConstantTensor, constantIsLeft: Bool,
        _ draft: inout NetworkDraft
    ) throws -> ONNXValue? {
        guard try ONNXShapes.broadcast(image.dimensions, constant.dimensions) == image.dimensions else { return nil }
        if let number = constant.scalar, number.isFinite {
            switch (function, constantIsLeft) {
            case (.sum, _): return .image(try draft.pointwise(Pointwise(.affine(scale: 1, shift: number)), image))
            case (.product, _): return .image(try draft.pointwise(Pointwise(.affine(scale: number, shift: 0)), image))
            case (.difference, false): return .image(try draft.pointwise(Pointwise(.affine(scale: 1, shift: -number)), image))
            case (.difference, true): return .image(try draft.pointwise(Pointwise(.affine(scale: -1, shift: number)), image))
            case (.quotient, false) where number != 0:
                return .image(try draft.pointwise(Pointwise(.affine(scale: 1 / number, shift: 0)), image))
            case (.quotient, true):
                let inverse = try draft.pointwise(Pointwise(.reciprocal), image)
                return .image(number == 1 ? inverse : try draft.pointwise(Pointwise(.affine(scale: number, shift: 0)), inverse))
            case (.maximum, _): return .image(try clipped(image, number, .infinity, &draft))
            case (.minimum, _): return .image(try clipped(image, -.infinity, number, &draft))
            default: return nil
            }
        }
        let first = image.rank - constant.rank
        let long = constant.dimensions.indices.filter { constant.dimensions[$0] != 1 }
        guard long.count == 1, constant.asFloats.allSatisfy(\.isFinite) else { return nil }
        let numbers = constant.asFloats
        let ones = [Float](repeating: 1, count: numbers.count), zeros = [Float](repeating: 0, count: numbers.count)
        let (scale, shift): ([Float], [Float])
        switch (function, constantIsLeft) {
        case (.sum, _): (scale, shift) = (ones, numbers)
        case (.product, _): (scale, shift) = (numbers, zeros)
        case (.difference, false): (scale, shift) = (ones, numbers.map { -$0 })
        case (.difference, true): (scale, shift) = (ones.map { -$0 }, numbers)
        case (.quotient, false) where !numbers.contains(0): (scale, shift) = (numbers.map { 1 / $0 }, zeros)
        default: return nil
        }
        let operand = try draft.operand(image, axis: first + long[0])
        return try draft.value(draft.add(Affine(scale: scale, shift: shift, axis: operand.axis), operand.node), image.dimensions)
    }
}
