import Diagnostics
import Tensors

extension ONNXOperators {
    /// Questions whether a value is a number.
    static let guards: [String: Lowering] = [
        // PyTorch asks it of an attention whose mask may leave nothing: the softmax of rows of minus infinity. Such rows stand in the
        // constant mask; they are made finite, and the answer is known without the image.
        "IsNaN": { call, draft in
            let image = try draft.image(call, 0)
            let none = ONNXValue.constant(
                ConstantTensor(dimensions: Array(repeating: 1, count: image.rank), integers: [0], kind: .boolean))
            var node = image.node
            while draft.nodes[node].operation is Reshaping { node = draft.nodes[node].inputs[0] }
            guard let softmax = draft.nodes[node].operation as? Softmax else {
                throw Problem("asks what depends on the image whether it is a number, which is understood behind a softmax only")
            }
            let scores = draft.nodes[node].inputs[0]
            guard draft.nodes[scores].operation is Arithmetic || draft.nodes[scores].operation is Sum,
                let input = draft.nodes[scores].inputs.first(where: { draft.constant(behind: $0) != nil }),
                let mask = draft.constant(behind: input), mask.value.values.contains(-.infinity)
            else { return [none] }
            let shape = draft.shape(input)
            guard let axis = try? shape.axis(softmax.axis), axis == shape.rank - 1, shape.rank == draft.shape(scores).rank,
                shape[axis] == draft.shape(scores)[axis], image.perImage.count == shape.rank
            else { return [none] }
            // One answer for each row of the mask.
            let length = shape[axis]
            var values = mask.value.values
            let rows = (0..<values.count / length).map { row in
                let isEmpty = values[row * length..<(row + 1) * length].allSatisfy { $0 == -.infinity }
                if isEmpty { for place in row * length..<(row + 1) * length { values[place] = 0 } }
                return isEmpty ? 1 : 0
            }
            guard rows.contains(1) else { return [none] }
            draft.replace(mask.node, Constant(Tensor(shape: mask.value.shape, values: values), parameterCount: 0), [])
            let dimensions = Array(repeating: 1, count: image.dropped) + shape.dimensions.dropLast() + [1]
            return [.constant(ConstantTensor(dimensions: dimensions, integers: rows, kind: .boolean))]
        }
    ]
}

extension NetworkDraft {
    /// The constant that `node` is, or a view of.
    fileprivate func constant(behind node: Int) -> (node: Int, value: Tensor)? {
        var node = node
        while nodes[node].operation is Reshaping { node = nodes[node].inputs[0] }
        return (nodes[node].operation as? Constant).map { (node, $0.value) }
    }
}
