import Diagnostics
import Tensors

extension ONNXOperators {
    /// Constants made, cut, joined and turned.
    static let foldedMovements: [String: Folding] = [
        "Constant": { call in
            let node = call.node
            switch node.attributes.first {
            case (_, .tensor(let tensor))?: return [try tensor.constant()]
            case (_, .float(let value))?: return [ConstantTensor(dimensions: [], floats: [value])]
            case (_, .integer(let value))?: return [ConstantTensor(dimensions: [], integers: [value])]
            case (_, .floats(let values))?: return [ConstantTensor(dimensions: [values.count], floats: values)]
            case (_, .integers(let values))?: return [ConstantTensor(list: values)]
            default: throw Problem("is a constant that is not understood")
            }
        },
        "ConstantOfShape": { call in
            let shape = try limited(call.integers(0) ?? [])
            var value = ConstantTensor(dimensions: [1], floats: [0])
            if case .tensor(let tensor)? = call.node.attributes["value"] { value = try tensor.constant() }
            guard value.count == 1 else { throw Problem("fills a shape with \(value.count) values") }
            return [value.reshaped(to: []).expanded(to: shape)]
        },
        "Range": { call in
            let (start, limit, step) = (try call.constant(0), try call.constant(1), try call.constant(2))
            if start.kind != .float {
                guard let first = start.integers.first, let last = limit.integers.first, let by = step.integers.first, by != 0,
                    last.subtractingReportingOverflow(first).overflow == false,
                    first.subtractingReportingOverflow(last).overflow == false
                else { throw Problem("counts from \(start.integers) to \(limit.integers) in steps of \(step.integers)") }
                let number =
                    by > 0
                    ? (last > first ? (last - first - 1) / by + 1 : 0)
                    : (last < first ? (first - last - 1) / max(1, 0 - max(by, -.max)) + 1 : 0)
                _ = try limited([number])
                return [ConstantTensor(list: (0..<number).map { first + $0 * by })]
            }
            guard let first = start.scalar, let last = limit.scalar, let by = step.scalar, by != 0,
                case let number = max(0, ((Double(last) - Double(first)) / Double(by)).rounded(.up)), number < 1e8
            else { throw Problem("counts from \(start.floats) to \(limit.floats) in steps of \(step.floats)") }
            return [ConstantTensor(dimensions: [Int(number)], floats: (0..<Int(number)).map { first + Float($0) * by })]
        },
        "Identity": { [try $0.constant(0)] },
        "Dropout": { [try $0.constant(0)] },
        "Reshape": { call in
            let value = try call.constant(0)
            let shape = try ONNXShapes.reshaped(
                value.dimensions, to: call.list("shape", input: 1) ?? [], allowsZero: call.integer("allowzero", 0) != 0)
            return [value.reshaped(to: shape)]
        },
        "Flatten": { call in
            let value = try call.constant(0)
            let axis = try flattenAxis(call, rank: value.rank)
            return [value.reshaped(to: [value.dimensions[..<axis].reduce(1, *), value.dimensions[axis...].reduce(1, *)])]
        },
        "Squeeze": { call in
            let value = try call.constant(0)
            return [value.reshaped(to: try ONNXShapes.squeezed(value.dimensions, axes: call.list("axes", input: 1)))]
        },
        "Unsqueeze": { call in
            let value = try call.constant(0)
            return [value.reshaped(to: try ONNXShapes.unsqueezed(value.dimensions, axes: call.list("axes", input: 1) ?? []))]
        },
        "Transpose": { call in
            let value = try call.constant(0)
            return [value.transposed(try ONNXShapes.permutation(call.integers("perm"), rank: value.rank))]
        },
        "Expand": { call in
            let value = try call.constant(0)
            return [value.expanded(to: try limited(ONNXShapes.broadcast(value.dimensions, call.integers(1) ?? [])))]
        },
        "Tile": { call in
            let value = try call.constant(0)
            let repeats = try call.integers(1) ?? []
            guard repeats.count == value.rank, repeats.allSatisfy({ $0 >= 0 && $0 <= 1 << 20 }) else {
                throw Problem("repeats \(value.rank) axes \(repeats) times")
            }
            _ = try limited(zip(value.dimensions, repeats).map { try ONNXShapes.count([$0, $1]) })
            var result = value
            for (axis, times) in repeats.enumerated() {
                let indices = (0..<times).flatMap { _ in 0..<value.dimensions[axis] }
                result = result.gathered(indices, axis: axis, shape: [indices.count])
            }
            return [result]
        },
        "Concat": { call in
            let parts = try call.operands.indices.map { try call.constant($0) }
            guard let first = parts.first else { throw Problem("joins nothing") }
            let axis = try ONNXShapes.axis(call.integer("axis", 0), rank: first.rank)
            for part in parts
            where part.kind != first.kind || part.rank != first.rank
                || part.dimensions.indices.contains(where: { $0 != axis && part.dimensions[$0] != first.dimensions[$0] })
            {
                throw Problem("joins values of shapes \(first.dimensions) and \(part.dimensions) along axis \(axis)")
            }
            _ = try limited([parts.reduce(0) { $0 + $1.count }])
            return [.concatenated(parts, axis: axis)]
        },
        "Split": { call in
            let value = try call.constant(0)
            let axis = try ONNXShapes.axis(call.integer("axis", 0), rank: value.rank)
            let sizes = try ONNXShapes.parts(
                of: value.dimensions[axis], sizes: call.list("split", input: 1), number: call.node.outputs.count)
            var start = 0
            return sizes.map { size in
                defer { start += size }
                return value.gathered(Array(start..<start + size), axis: axis, shape: [size])
            }
        },
        "Slice": { call in
            let value = try call.constant(0)
            let strides = TensorEntry.rowMajorStrides(value.dimensions)
            var (extents, steps, offset) = (value.dimensions, strides, 0)
            for range in try slices(call, of: value.dimensions) {
                extents[range.axis] = range.count
                // A step past the only element is not taken, and may be giant.
                steps[range.axis] = range.count > 1 ? range.step * strides[range.axis] : 0
                offset += range.count > 0 ? range.start * strides[range.axis] : 0
            }
            return [value.strided(extents, strides: steps, offset: offset)]
        },
        "Gather": { call in
            let value = try call.constant(0), indices = try call.constant(1)
            guard indices.kind == .integer else { throw Problem("takes elements by numbers that are not whole") }
            let axis = try ONNXShapes.axis(call.integer("axis", 0), rank: value.rank)
            let places = try ONNXShapes.indices(indices.integers, extent: value.dimensions[axis])
            let shape = Array(value.dimensions[..<axis]) + indices.dimensions + Array(value.dimensions[(axis + 1)...])
            _ = try limited(shape)
            return [value.gathered(places, axis: axis, shape: indices.dimensions)]
        },
        "GatherND": { call in
            let value = try call.constant(0), indices = try call.constant(1)
            let places = try flatPlaces(call, indices, in: value.dimensions)
            let rest = Array(value.dimensions[places.depth...])
            _ = try limited(Array(indices.dimensions.dropLast()) + rest)
            return [
                value.reshaped(to: [value.dimensions[..<places.depth].reduce(1, *)] + rest)
                    .gathered(places.indices, axis: 0, shape: Array(indices.dimensions.dropLast()))
            ]
        },
        "ScatterND": { call in
            let value = try call.constant(0), indices = try call.constant(1), updates = try call.constant(2)
            guard try call.text("reduction", "none") == "none" else {
                throw Problem("adds up what it scatters, which is not understood")
            }
            guard let depth = indices.dimensions.last, depth <= value.rank, depth > 0, value.kind == updates.kind,
                indices.kind == .integer,
                updates.dimensions == Array(indices.dimensions.dropLast()) + Array(value.dimensions[depth...])
            else { throw Problem("scatters \(updates.dimensions) at \(indices.dimensions) into \(value.dimensions)") }
            let strides = TensorEntry.rowMajorStrides(value.dimensions)
            let length = value.dimensions[depth...].reduce(1, *)
            let starts = try stride(from: 0, to: indices.count, by: depth).map { first in
                try (0..<depth).reduce(0) { place, axis in
                    place + strides[axis]
                        * (try ONNXShapes.indices([indices.integers[first + axis]], extent: value.dimensions[axis])[0])
                }
            }
            func scatter<Element>(_ into: [Element], _ from: [Element]) -> [Element] {
                var result = into
                for (number, start) in starts.enumerated() {
                    for offset in 0..<length { result[start + offset] = from[number * length + offset] }
                }
                return result
            }
            if value.kind == .float {
                return [ConstantTensor(dimensions: value.dimensions, floats: scatter(value.floats, updates.floats))]
            }
            return [
                ConstantTensor(
                    dimensions: value.dimensions, integers: scatter(value.integers, updates.integers), kind: value.kind)
            ]
        },
        "Trilu": { call in
            let value = try call.constant(0)
            guard value.rank >= 2 else { throw Problem("takes the triangle of a value of \(value.rank) axes") }
            let (rows, columns) = (value.dimensions[value.rank - 2], value.dimensions[value.rank - 1])
            let isUpper = try call.integer("upper", 1) != 0
            let diagonal = try max(-1 << 40, min(1 << 40, call.integers(1)?.first ?? 0))
            func keeps(_ place: Int) -> Bool {
                let distance = place % columns - place / columns % rows
                return isUpper ? distance >= diagonal : distance <= diagonal
            }
            if value.kind == .float {
                return [
                    ConstantTensor(
                        dimensions: value.dimensions, floats: value.floats.indices.map { keeps($0) ? value.floats[$0] : 0 })
                ]
            }
            return [
                ConstantTensor(
                    dimensions: value.dimensions, integers: value.integers.indices.map { keeps($0) ? value.integers[$0] : 0 },
                    kind: value.kind)
            ]
        },
    ]

    /// For a `GatherND`: how many axes its places go over, and each place as an index along those axes made one.
    static func flatPlaces(_ call: ONNXCall, _ places: ConstantTensor, in dimensions: [Int]) throws -> (
        depth: Int, indices: [Int]
    ) {
        guard try call.integer("batch_dims", 0) == 0, places.kind == .integer, let depth = places.dimensions.last, depth > 0,
            depth <= dimensions.count
        else { throw Problem("gathers from \(dimensions) at places of shape \(places.dimensions), which is not understood") }
        let strides = TensorEntry.rowMajorStrides(Array(dimensions[..<depth]))
        let indices = try stride(from: 0, to: places.count, by: depth).map { first in
            try (0..<depth).reduce(0) { place, axis in
                place + strides[axis] * (try ONNXShapes.indices([places.integers[first + axis]], extent: dimensions[axis])[0])
            }
        }
        return (depth, indices)
    }

    static func flattenAxis(_ call: ONNXCall, rank: Int) throws -> Int {
        let axis = try call.integer("axis", 1)
        guard axis >= -rank, axis <= rank else { throw Problem("has no axis \(axis): its input has \(rank)") }
        return axis < 0 ? axis + rank : axis
    }

    /// The ranges of a `Slice`, whose numbers are attributes before operator set 10.
    static func slices(_ call: ONNXCall, of dimensions: [Int]) throws -> [ONNXShapes.Range] {
        guard let starts = try call.list("starts", input: 1), let ends = try call.list("ends", input: 2) else {
            throw Problem("slices without start or end")
        }
        return try ONNXShapes.slices(
            dimensions, starts: starts, ends: ends, axes: call.list("axes", input: 3), steps: call.integers(4))
    }
}
