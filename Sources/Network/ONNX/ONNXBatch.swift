import Diagnostics

/// A model that was exported for several images at once, run for one: the number stands in shapes and in constants that are repeated for
/// every image.
struct ONNXBatch {
    /// How many images the model takes at once.
    let count: Int

    /// What a constant is combined with value by value, axis by axis.
    private static let aligned: Set<String> = [
        "Add", "Sub", "Mul", "Div", "Pow", "Where", "Max", "Min", "Sum", "Mean", "Concat", "MatMul", "PRelu",
    ]

    /// `operands` with constants that are repeated for every image cut to those of one.
    func ofOneImage(_ node: ONNXNode, _ operands: [ONNXValue?]) throws -> [ONNXValue?] {
        guard count > 1, Self.aligned.contains(node.operation) else { return operands }
        let images = operands.compactMap { if case .image(let image)? = $0 { image } else { nil } }
        guard let rank = images.map(\.rank).max(), images.contains(where: { $0.rank == rank && $0.dimensions.first == 1 }) else {
            return operands
        }
        return try operands.map { operand in
            guard case .constant(let constant)? = operand, constant.rank == rank, constant.dimensions[0] == count, rank > 1 else {
                return operand
            }
            let length = constant.count / count
            let isRepeated =
                constant.kind == .float
                ? (length..<constant.count).allSatisfy { constant.floats[$0] == constant.floats[$0 - length] }
                : (length..<constant.count).allSatisfy { constant.integers[$0] == constant.integers[$0 - length] }
            guard isRepeated else {
                throw Problem(
                    "combines the image with constants that differ between the \(count) images of a batch",
                    remedy: "Export the model for one image.")
            }
            return .constant(constant.gathered([0], axis: 0, shape: [1]))
        }
    }

    /// The shape to which `from`, of one image, is reshaped where `wanted` is meant for all: their number is taken off the first extent
    /// that may hold it.
    func ofOneImage(_ wanted: [Int], from: [Int], allowsZero: Bool = false) -> [Int] {
        guard count > 1 else { return wanted }
        for (axis, extent) in wanted.enumerated() {
            if extent == -1 { return wanted }
            if extent == 0, !allowsZero { continue }
            if axis < from.count, extent == from[axis] { continue }
            if extent % count == 0, extent > 0 {
                var result = wanted
                result[axis] = extent / count
                return result
            }
        }
        return wanted
    }
}
