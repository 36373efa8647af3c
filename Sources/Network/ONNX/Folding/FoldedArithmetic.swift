import Diagnostics
import Foundation
import Tensors

extension ONNXOperators {
    /// Numbers with numbers, element by element.
    static let foldedArithmetic: [String: Folding] = [
        "Add": binary({ $0 + $1 }, { $0 &+ $1 }),
        "Sub": binary({ $0 - $1 }, { $0 &- $1 }),
        "Mul": binary({ $0 * $1 }, { $0 &* $1 }),
        "Div": binary({ $0 / $1 }, { try quotient($0, $1).quotient }),
        "Mod": { call in
            let isC = try call.integer("fmod", 0) != 0
            return try binary(
                { isC ? fmod($0, $1) : $0 - $1 * ($0 / $1).rounded(.down) },
                {
                    let rest = try quotient($0, $1).remainder
                    // Of the divisor's sign, as in Python; of the dividend's with `fmod`.
                    return isC || rest == 0 || (rest < 0) == ($1 < 0) ? rest : rest &+ $1
                })(call)
        },
        "Pow": binary({ pow($0, $1) }, { Int(max(-9e18, min(9e18, pow(Double($0), Double($1))))) }),
        "Min": variadic({ min($0, $1) }, { min($0, $1) }),
        "Max": variadic({ max($0, $1) }, { max($0, $1) }),
        "Sum": variadic({ $0 + $1 }, { $0 &+ $1 }),
        "And": logical { $0 && $1 }, "Or": logical { $0 || $1 }, "Xor": logical { $0 != $1 },
        "Not": { [try $0.constant(0).cast(to: .boolean).mapped({ $0 }, whole: { 1 - $0 })] },
        "Equal": comparison({ $0 == $1 }, { $0 == $1 }),
        "Less": comparison({ $0 < $1 }, { $0 < $1 }), "LessOrEqual": comparison({ $0 <= $1 }, { $0 <= $1 }),
        "Greater": comparison({ $0 > $1 }, { $0 > $1 }), "GreaterOrEqual": comparison({ $0 >= $1 }, { $0 >= $1 }),
        "Where": { call in
            let condition = try call.constant(0), yes = try call.constant(1), no = try call.constant(2)
            let shape = try limited(
                ONNXShapes.broadcast(ONNXShapes.broadcast(condition.dimensions, yes.dimensions), no.dimensions))
            let mask = condition.cast(to: .boolean).expanded(to: shape).integers
            let (a, b) = try alike(yes, no)
            let (left, right) = (a.expanded(to: shape), b.expanded(to: shape))
            if a.kind == .float {
                return [
                    ConstantTensor(
                        dimensions: shape, floats: mask.indices.map { mask[$0] != 0 ? left.floats[$0] : right.floats[$0] })
                ]
            }
            return [
                ConstantTensor(
                    dimensions: shape, integers: mask.indices.map { mask[$0] != 0 ? left.integers[$0] : right.integers[$0] },
                    kind: a.kind)
            ]
        },
        "Neg": unary({ -$0 }, whole: { 0 &- $0 }), "Abs": unary({ abs($0) }, whole: { $0 == .min ? .max : abs($0) }),
        "Sign": unary({ $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }, whole: { $0.signum() }),
        "Sqrt": unary { $0.squareRoot() }, "Reciprocal": unary { 1 / $0 }, "Exp": unary { exp($0) }, "Log": unary { log($0) },
        "Sin": unary { sin($0) }, "Cos": unary { cos($0) }, "Tanh": unary { tanh($0) }, "Erf": unary { erf($0) },
        "Sigmoid": unary { 1 / (1 + exp(-$0)) }, "Relu": unary({ max(0, $0) }, whole: { max(0, $0) }),
        "Floor": unary { $0.rounded(.down) }, "Ceil": unary { $0.rounded(.up) }, "Round": unary { $0.rounded(.toNearestOrEven) },
        "IsNaN": { [try truth($0) { $0.isNaN }] }, "IsInf": { [try truth($0) { $0.isInfinite }] },
        "Clip": { call in
            let low = try call.optionalConstant(1)?.scalar ?? call.float("min", -.infinity)
            let high = try call.optionalConstant(2)?.scalar ?? call.float("max", .infinity)
            return [
                try call.constant(0).mapped(
                    { min(max($0, low), high) },
                    whole: { min(max($0, Int(exactly: low.rounded()) ?? .min), Int(exactly: high.rounded()) ?? .max) })
            ]
        },
        "Cast": { call in [try call.constant(0).cast(to: kind(ofCode: call.integer("to", 1)))] },
        "CastLike": { call in [try call.constant(0).cast(to: call.constant(1).kind)] },
    ]

    static func kind(ofCode code: Int) throws -> ConstantTensor.Kind {
        guard let type = ONNXTensor.elementTypes[code] else {
            throw Problem("converts to elements of type \(code), which are not read")
        }
        return type.isFloatingPoint ? .float : type == .bool ? .boolean : .integer
    }

    /// The shape, when a folded value may be so large: up to 2^27 elements, more than the largest layer of VGG (25,088 x 4,096) has.
    static func limited(_ dimensions: [Int]) throws -> [Int] {
        guard try ONNXShapes.count(dimensions) <= 1 << 27 else {
            throw Problem("makes a constant of impossible size: \(dimensions)")
        }
        return dimensions
    }

    /// Both of one kind: exporters mix whole numbers and others only where the standard allows it.
    private static func alike(_ a: ConstantTensor, _ b: ConstantTensor) throws -> (ConstantTensor, ConstantTensor) {
        if a.kind == b.kind { return (a, b) }
        if a.kind == .float || b.kind == .float { return (a.cast(to: .float), b.cast(to: .float)) }
        return (a.cast(to: .integer), b.cast(to: .integer))
    }

    private static func quotient(_ a: Int, _ b: Int) throws -> (quotient: Int, remainder: Int) {
        guard b != 0 else { throw Problem("divides a whole number by zero") }
        return b == -1 ? (0 &- a, 0) : a.quotientAndRemainder(dividingBy: b)
    }

    private static func combined(
        _ a: ConstantTensor, _ b: ConstantTensor, _ floats: (Float, Float) -> Float, _ whole: (Int, Int) throws -> Int
    ) throws -> ConstantTensor {
        let (a, b) = try alike(a, b)
        let shape = try limited(ONNXShapes.broadcast(a.dimensions, b.dimensions))
        let (left, right) = (a.expanded(to: shape), b.expanded(to: shape))
        if a.kind == .float { return ConstantTensor(dimensions: shape, floats: zip(left.floats, right.floats).map(floats)) }
        return ConstantTensor(dimensions: shape, integers: try zip(left.integers, right.integers).map(whole), kind: a.kind)
    }

    private static func binary(
        _ floats: @escaping @Sendable (Float, Float) -> Float, _ whole: @escaping @Sendable (Int, Int) throws -> Int
    ) -> Folding {
        { call in [try combined(call.constant(0), call.constant(1), floats, whole)] }
    }

    private static func variadic(
        _ floats: @escaping @Sendable (Float, Float) -> Float, _ whole: @escaping @Sendable (Int, Int) -> Int
    ) -> Folding {
        { call in
            var result = try call.constant(0)
            for index in call.operands.indices.dropFirst() { result = try combined(result, call.constant(index), floats, whole) }
            return [result]
        }
    }

    private static func logical(_ function: @escaping @Sendable (Bool, Bool) -> Bool) -> Folding {
        { call in
            [
                try combined(
                    call.constant(0).cast(to: .boolean), call.constant(1).cast(to: .boolean), { $0 + $1 },
                    { function($0 != 0, $1 != 0) ? 1 : 0 })
            ]
        }
    }

    private static func comparison(
        _ floats: @escaping @Sendable (Float, Float) -> Bool, _ whole: @escaping @Sendable (Int, Int) -> Bool
    ) -> Folding {
        { call in
            [
                try combined(call.constant(0), call.constant(1), { floats($0, $1) ? 1 : 0 }, { whole($0, $1) ? 1 : 0 }).cast(
                    to: .boolean)
            ]
        }
    }

    private static func truth(_ call: ONNXCall, _ test: (Float) -> Bool) throws -> ConstantTensor {
        let value = try call.constant(0)
        return ConstantTensor(dimensions: value.dimensions, integers: value.asFloats.map { test($0) ? 1 : 0 }, kind: .boolean)
    }

    private static func unary(
        _ floats: @escaping @Sendable (Float) -> Float, whole: (@Sendable (Int) -> Int)? = nil
    ) -> Folding {
        { call in [try call.constant(0).mapped(floats, whole: whole)] }
    }
}
