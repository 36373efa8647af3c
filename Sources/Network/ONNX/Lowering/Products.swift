import Diagnostics
import Tensors

extension ONNXOperators {
    static let products: [String: Lowering] = [
        "Gemm": { call, draft in
            let (left, right) = (try call.dimensions(0), try call.dimensions(1))
            guard left.count == 2, right.count == 2 else { throw Problem("multiplies values of shapes \(left) and \(right)") }
            let alpha = try call.float("alpha", 1), beta = try call.float("beta", 1)
            let (turnsLeft, turnsRight) = (try call.integer("transA", 0) != 0, try call.integer("transB", 0) != 0)
            guard case .image(let image) = try call.operand(0), !turnsLeft, case .constant(let weights) = try call.operand(1)
            else { return [try product(call, turnsLeft, turnsRight, alpha, beta, &draft)] }
            let columns = turnsRight ? right[0] : right[1]
            var bias: [Float]?
            if call.optional(2) != nil {
                guard let stated = columnBias(call, columns: columns) else {
                    return [try product(call, turnsLeft, turnsRight, alpha, beta, &draft)]
                }
                bias = stated.map { beta * $0 }
            }
            return [try linear(image, weights: turnsRight ? weights : transposed(weights), scale: alpha, bias: bias, &draft)]
        },
        "MatMul": { call, draft in
            let (left, right) = (try call.operand(0), try call.operand(1))
            if case .image(let image) = left, case .constant(let weights) = right, weights.rank == 2, image.rank >= 2 {
                return [try linear(image, weights: transposed(weights), scale: 1, bias: nil, &draft)]
            }
            return [try product(draft.image(left), draft.image(right), scale: 1, &draft)]
        },
        // Two values: axes that both keep in front, those that are summed over innermost.
        "Einsum": { call, draft in
            let equation = try call.text("equation", "").filter { $0 != " " }
            let sides = equation.split(separator: ">", omittingEmptySubsequences: false).map { $0.filter { $0 != "-" } }
            let terms = sides.first?.split(separator: ",").map(Array.init) ?? []
            guard sides.count == 2, terms.count == 2, call.operands.count == 2, case let result = Array(sides[1]),
                (terms + [result]).allSatisfy({ Set($0).count == $0.count && $0.allSatisfy(\.isLetter) }),
                result.allSatisfy({ terms[0].contains($0) || terms[1].contains($0) })
            else { throw Problem("computes '\(printable(equation))', which is not understood") }
            let left = try draft.image(call, 0), right = try draft.image(call, 1)
            guard left.rank == terms[0].count, right.rank == terms[1].count else {
                throw Problem("computes '\(printable(equation))' of shapes \(left.dimensions) and \(right.dimensions)")
            }
            var extents: [Character: Int] = [:]
            for (letter, extent) in zip(terms[0] + terms[1], left.dimensions + right.dimensions) {
                guard extents[letter] ?? extent == extent else {
                    throw Problem("computes '\(printable(equation))' of shapes \(left.dimensions) and \(right.dimensions)")
                }
                extents[letter] = extent
            }
            let shared = result.filter { terms[0].contains($0) && terms[1].contains($0) }
            let rows = result.filter { !terms[1].contains($0) }, columns = result.filter { !terms[0].contains($0) }
            let summed = terms[0].filter { terms[1].contains($0) && !result.contains($0) }
            guard shared.count + rows.count + summed.count == left.rank, shared.count + columns.count + summed.count == right.rank
            else {
                throw Problem("computes '\(printable(equation))', which sums one value by itself")
            }
            func size(_ letters: [Character]) -> Int { letters.reduce(1) { $0 * (extents[$1] ?? 1) } }
            func matrix(_ value: ImageValue, _ term: [Character], _ rows: [Character], _ columns: [Character]) throws
                -> ImageValue
            {
                let order = (shared + rows + columns).compactMap { term.firstIndex(of: $0) }
                let moved = try transposed(value, order, &draft)
                return ImageValue(node: moved.node, dimensions: shared.map { extents[$0] ?? 1 } + [size(rows), size(columns)])
            }
            let made = try draft.image(
                product(matrix(left, terms[0], rows, summed), matrix(right, terms[1], summed, columns), scale: 1, &draft))
            let letters = shared + rows + columns
            let spread = ImageValue(node: made.node, dimensions: letters.map { extents[$0] ?? 1 })
            return [.image(try transposed(spread, result.compactMap { letters.firstIndex(of: $0) }, &draft))]
        },
        // softmax(scale * Q K^T + mask) V, a head each (Vaswani et al. 2017).
        "Attention": { call, draft in
            guard call.node.outputs.count == 1 || call.node.outputs.dropFirst().allSatisfy(\.isEmpty), call.optional(4) == nil,
                call.optional(5) == nil, try call.float("softcap", 0) == 0
            else { throw Problem("keeps keys and values or caps scores, which is not understood") }
            func heads(_ index: Int, _ attribute: String) throws -> ImageValue {
                let image = try draft.image(call, index)
                if image.rank == 4 { return image }
                let count = try call.integer(attribute, 0)
                guard image.rank == 3, count > 0, image.dimensions[2] % count == 0 else {
                    throw Problem("attends to a value of shape \(image.dimensions) with \(count) heads")
                }
                let split = [image.dimensions[0], image.dimensions[1], count, image.dimensions[2] / count]
                return try transposed(ImageValue(node: image.node, dimensions: split), [0, 2, 1, 3], &draft)
            }
            let (query, key, value) = (
                try heads(0, "q_num_heads"), try heads(1, "kv_num_heads"), try heads(2, "kv_num_heads")
            )
            guard query.dimensions[1] == key.dimensions[1] else {
                throw Problem("shares keys among heads, which is not understood")
            }
            let scale = try call.float("scale", 1 / Float(query.dimensions[3]).squareRoot())
            var scores = try product(query, transposed(key, [0, 1, 3, 2], &draft), scale: scale, &draft)
            if let mask = try call.optionalConstant(3) {
                let added =
                    mask.kind == .float
                    ? mask : ConstantTensor(dimensions: mask.dimensions, floats: mask.integers.map { $0 != 0 ? 0 : -1e30 })
                scores = try combined(.sum, scores, .constant(added), &draft)
            }
            if try call.integer("is_causal", 0) != 0 {
                let (rows, columns) = (query.dimensions[2], key.dimensions[2])
                let mask = (0..<rows * columns).map { $0 % columns > $0 / columns ? Float(-1e30) : 0 }
                scores = try combined(.sum, scores, .constant(ConstantTensor(dimensions: [rows, columns], floats: mask)), &draft)
            }
            let image = try draft.image(scores)
            let shares = try draft.add(Softmax(axis: -1), draft.perImage(image))
            let result = try product(ImageValue(node: shares, dimensions: image.dimensions), value, scale: 1, &draft)
            guard try call.dimensions(0).count == 3 else { return [result] }
            let joined = try transposed(draft.image(result), [0, 2, 1, 3], &draft)
            let shape = joined.dimensions
            return [try draft.value(joined.node, [shape[0], shape[1], shape[2] * shape[3]])]
        },
    ]

    /// `x W^T + b` along the last axis; `weights` are O x I.
    private static func linear(
        _ image: ImageValue, weights: ConstantTensor, scale: Float, bias: [Float]?, _ draft: inout NetworkDraft
    ) throws -> ONNXValue {
        let (outputs, inputs) = (weights.dimensions[0], weights.dimensions[1])
        guard weights.kind == .float, image.dimensions.last == inputs, outputs > 0 else {
            throw Problem("multiplies a value of shape \(image.dimensions) with weights of \(inputs) x \(outputs)")
        }
        let values = scale == 1 ? weights.floats : weights.floats.map { scale * $0 }
        let operation = Linear(
            weights: Tensor(shape: Shape(weights.dimensions), values: values), bias: bias ?? Array(repeating: 0, count: outputs),
            parameterCount: weights.count + (bias?.count ?? 0))
        let isVector = draft.shape(image.node).isVector && draft.shape(image.node).count == inputs
        let made = try draft.add(operation, isVector ? image.node : draft.perImage(image))
        return try draft.value(made, Array(image.dimensions.dropLast()) + [outputs])
    }

    /// A matrix turned over.
    private static func transposed(_ matrix: ConstantTensor) -> ConstantTensor { matrix.transposed([1, 0]) }

    /// The bias of a `Gemm` as one number a column; nil when it is not that.
    private static func columnBias(_ call: ONNXCall, columns: Int) -> [Float]? {
        guard case .constant(let bias)? = call.optional(2), bias.kind == .float, bias.count == 1 || bias.count == columns,
            bias.rank < 2 || bias.dimensions.last == bias.count
        else { return nil }
        return bias.count == columns ? bias.floats : Array(repeating: bias.floats[0], count: columns)
    }

    private static func product(
        _ call: ONNXCall, _ turnsLeft: Bool, _ turnsRight: Bool, _ alpha: Float, _ beta: Float, _ draft: inout NetworkDraft
    ) throws -> ONNXValue {
        var (left, right) = (try draft.image(call, 0), try draft.image(call, 1))
        if turnsLeft { left = try transposed(left, [1, 0], &draft) }
        if turnsRight { right = try transposed(right, [1, 0], &draft) }
        let result = try product(left, right, scale: alpha, &draft)
        guard let added = call.optional(2) else { return result }
        let scaled =
            beta == 1 ? added : try combined(.product, added, .constant(ConstantTensor(dimensions: [], floats: [beta])), &draft)
        return try combined(.sum, result, scaled, &draft)
    }

    /// The product of matrices in the last two axes.
    private static func product(
        _ left: ImageValue, _ right: ImageValue, scale: Float, _ draft: inout NetworkDraft
    ) throws -> ONNXValue {
        guard left.rank >= 2, right.rank >= 2 else {
            throw Problem("multiplies values of shapes \(left.dimensions) and \(right.dimensions)")
        }
        let outer = try ONNXShapes.broadcast(Array(left.dimensions.dropLast(2)), Array(right.dimensions.dropLast(2)))
        // The batch axis goes where it is not one of the matrices'.
        let kept = Array(outer.first == 1 ? outer.dropFirst() : outer[...])
        func aligned(_ value: ImageValue) throws -> Int {
            let matrix = Array(value.dimensions.suffix(2)), own = Array(value.dimensions.dropLast(2))
            let padded = Array((Array(repeating: 1, count: outer.count - own.count) + own).suffix(kept.count))
            let node = try draft.view(value.node, as: padded + matrix)
            return padded == kept ? node : try draft.add(Rearrangement(.expand(to: Shape(kept + matrix))), node)
        }
        let nodes = (try aligned(left), try aligned(right))
        let made = try draft.add(MatrixProduct(scale: scale), nodes.0, nodes.1)
        return try draft.value(made, outer + [left.dimensions[left.rank - 2], right.dimensions[right.rank - 1]])
    }
}
