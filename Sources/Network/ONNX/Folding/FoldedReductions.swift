import Diagnostics
import Tensors

extension ONNXOperators {
    /// Sums, products and extremes of constants, and products of constant matrices.
    static let foldedReductions: [String: Folding] = [
        "ReduceSum": reduction({ $0.reduce(0, +) }, { $0.reduce(0, &+) }),
        "ReduceProd": reduction({ $0.reduce(1, *) }, { $0.reduce(1, &*) }),
        "ReduceMax": reduction({ $0.max() ?? 0 }, { $0.max() ?? 0 }),
        "ReduceMin": reduction({ $0.min() ?? 0 }, { $0.min() ?? 0 }),
        "ReduceL1": reduction({ Float($0.reduce(0) { $0 + Double(abs($1)) }) }, { $0.reduce(0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) } }),
        "ReduceL2": reduction(
            { Float($0.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()) },
            { Int($0.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()) }),
        "ReduceSumSquare": reduction({ Float($0.reduce(0) { $0 + Double($1) * Double($1) }) }, { $0.reduce(0) { $0 &+ $1 &* $1 } }),
        "ReduceMean": reduction(
            { $0.isEmpty ? 0 : Float($0.reduce(0) { $0 + Double($1) } / Double($0.count)) },
            { $0.isEmpty ? 0 : $0.reduce(0, &+) / $0.count }),
        "CumSum": { call in
            let value = try call.constant(0)
            guard let number = try call.constant(1).integers.first else { throw Problem("lacks its axis") }
            guard try call.integer("exclusive", 0) == 0, try call.integer("reverse", 0) == 0 else {
                throw Problem("sums exclusively or in reverse, which is not understood")
            }
            let axis = try ONNXShapes.axis(number, rank: value.rank)
            let inner = value.dimensions[(axis + 1)...].reduce(1, *), extent = value.dimensions[axis]
            func sums<Element>(_ values: [Element], _ add: (Element, Element) -> Element) -> [Element] {
                var result = values
                for place in values.indices where place / inner % extent > 0 {
                    result[place] = add(result[place - inner], result[place])
                }
                return result
            }
            if value.kind == .float { return [ConstantTensor(dimensions: value.dimensions, floats: sums(value.floats, +))] }
            return [ConstantTensor(dimensions: value.dimensions, integers: sums(value.integers, &+), kind: .integer)]
        },
        "MatMul": { call in
            var (a, b) = (try call.constant(0), try call.constant(1))
            // A vector is a row on the left and a column on the right; its axis goes from the result.
            let isRow = a.rank == 1, isColumn = b.rank == 1
            if isRow { a = a.reshaped(to: [1] + a.dimensions) }
            if isColumn { b = b.reshaped(to: b.dimensions + [1]) }
            guard a.kind == .float, b.kind == .float, a.rank >= 2, b.rank >= 2 else {
                throw Problem("multiplies matrices of shapes \(a.dimensions) and \(b.dimensions)")
            }
            let (rows, inner, columns) = (a.dimensions[a.rank - 2], a.dimensions[a.rank - 1], b.dimensions[b.rank - 1])
            guard b.dimensions[b.rank - 2] == inner else {
                throw Problem("multiplies matrices of shapes \(a.dimensions) and \(b.dimensions)")
            }
            let outer = try ONNXShapes.broadcast(Array(a.dimensions.dropLast(2)), Array(b.dimensions.dropLast(2)))
            let shape = try limited(outer + [rows, columns])
            // Constants are small: tables of positions, not weights times weights.
            guard try ONNXShapes.count(outer + [rows, columns]) * max(1, inner) <= 1 << 32 else {
                throw Problem("multiplies constants of impossible size: \(a.dimensions) and \(b.dimensions)")
            }
            let left = a.expanded(to: outer + [rows, inner]).floats, right = b.expanded(to: outer + [inner, columns]).floats
            var result = [Float](repeating: 0, count: shape.reduce(1, *))
            for batch in 0..<outer.reduce(1, *) {
                for row in 0..<rows {
                    for k in 0..<inner {
                        let factor = left[(batch * rows + row) * inner + k]
                        let from = (batch * inner + k) * columns, to = (batch * rows + row) * columns
                        for column in 0..<columns { result[to + column] += factor * right[from + column] }
                    }
                }
            }
            return [ConstantTensor(dimensions: outer + (isRow ? [] : [rows]) + (isColumn ? [] : [columns]), floats: result)]
        },
    ]

    private static func reduction(
        _ floats: @escaping @Sendable ([Float]) -> Float, _ whole: @escaping @Sendable ([Int]) -> Int
    ) -> Folding {
        { call in
            let value = try call.constant(0)
            let (axes, keeps) = try reducedAxes(call, rank: value.rank)
            guard !axes.isEmpty else { return [value] }
            let kept = (0..<value.rank).filter { !axes.contains($0) }
            // Reduced axes innermost: every result is then one run of values.
            let moved = value.transposed(kept + axes)
            let results = kept.map { value.dimensions[$0] }
            let length = axes.reduce(1) { $0 * value.dimensions[$1] }, count = results.reduce(1, *)
            let shape = keeps ? value.dimensions.enumerated().map { axes.contains($0) ? 1 : $1 } : results
            if value.kind == .float {
                return [
                    ConstantTensor(
                        dimensions: shape,
                        floats: (0..<count).map { floats(Array(moved.floats[$0 * length..<($0 + 1) * length])) })
                ]
            }
            return [
                ConstantTensor(
                    dimensions: shape,
                    integers: (0..<count).map { whole(Array(moved.integers[$0 * length..<($0 + 1) * length])) },
                    kind: value.kind)
            ]
        }
    }

    /// The axes of a reduction, ascending, and whether they stay with extent 1.
    static func reducedAxes(_ call: ONNXCall, rank: Int) throws -> (axes: [Int], keeps: Bool) {
        let keeps = try call.integer("keepdims", 1) != 0
        let stated = try call.list("axes", input: 1) ?? []
        if stated.isEmpty {
            return (try call.integer("noop_with_empty_axes", 0) != 0 ? [] : Array(0..<rank), keeps)
        }
        return (try ONNXShapes.axes(stated, rank: rank), keeps)
    }
}
