import Diagnostics
import Tensors

extension ONNXOperators {
    /// Values seen in another shape or brought to other places.
    static let movements: [String: Lowering] = [
        "Reshape": { call, draft in
            let image = try draft.image(call, 0)
            let allowsZero = try call.integer("allowzero", 0) != 0
            let wanted = try call.batch.ofOneImage(
                call.list("shape", input: 1) ?? [], from: image.dimensions, allowsZero: allowsZero)
            let shape = try ONNXShapes.reshaped(image.dimensions, to: wanted, allowsZero: allowsZero)
            let seen = ImageValue(node: image.node, dimensions: shape)
            // A vector is one already; anything else is a value of its own, which a pattern or a name may want.
            return [try draft.value(draft.shape(image.node).isVector ? image.node : draft.perImage(seen), shape)]
        },
        "Flatten": { call, draft in
            let image = try draft.image(call, 0), axis = try flattenAxis(call, rank: image.rank)
            return [
                try draft.value(image.node, [image.dimensions[..<axis].reduce(1, *), image.dimensions[axis...].reduce(1, *)])
            ]
        },
        "Squeeze": { call, draft in
            let image = try draft.image(call, 0)
            return [try draft.value(image.node, ONNXShapes.squeezed(image.dimensions, axes: call.list("axes", input: 1)))]
        },
        "Unsqueeze": { call, draft in
            let image = try draft.image(call, 0)
            return [try draft.value(image.node, ONNXShapes.unsqueezed(image.dimensions, axes: call.list("axes", input: 1) ?? []))]
        },
        "Transpose": { call, draft in
            let image = try draft.image(call, 0)
            return [.image(try transposed(image, ONNXShapes.permutation(call.integers("perm"), rank: image.rank), &draft))]
        },
        "Concat": { call, draft in
            let parts = try call.operands.indices.map { try draft.image(call, $0) }
            guard let first = parts.first else { throw Problem("joins nothing") }
            let axis = try ONNXShapes.axis(call.integer("axis", 0), rank: first.rank)
            guard
                parts.allSatisfy({ part in
                    part.rank == first.rank
                        && part.dimensions.indices.allSatisfy { $0 == axis || part.dimensions[$0] == first.dimensions[$0] }
                })
            else { throw Problem("joins values of shapes \(parts.map(\.dimensions)) along axis \(axis)") }
            let drops = first.rank > 1 && axis > 0 && parts.allSatisfy { $0.dimensions[0] == 1 }
            let nodes = try parts.map { try draft.view($0.node, as: Array($0.dimensions.dropFirst(drops ? 1 : 0))) }
            let made = nodes.count == 1 ? nodes[0] : try draft.add(Concatenation(axis: axis - (drops ? 1 : 0)), inputs: nodes)
            var shape = first.dimensions
            shape[axis] = parts.reduce(0) { $0 + $1.dimensions[axis] }
            return [try draft.value(made, shape)]
        },
        "Split": { call, draft in
            let image = try draft.image(call, 0), axis = try ONNXShapes.axis(call.integer("axis", 0), rank: image.rank)
            let sizes = try ONNXShapes.parts(
                of: image.dimensions[axis], sizes: call.list("split", input: 1), number: call.node.outputs.count)
            var start = 0
            return try sizes.map { size in
                defer { start += size }
                return .image(try sliced(image, .init(axis: axis, start: start, count: size, step: 1), &draft))
            }
        },
        "Slice": { call, draft in
            var image = try draft.image(call, 0)
            for range in try slices(call, of: image.dimensions) { image = try sliced(image, range, &draft) }
            return [.image(image)]
        },
        "Gather": { call, draft in
            let image = try draft.image(call, 0), indices = try call.constant(1)
            guard indices.kind == .integer else { throw Problem("takes elements by numbers that are not whole") }
            let axis = try ONNXShapes.axis(call.integer("axis", 0), rank: image.rank)
            let places = try ONNXShapes.indices(indices.integers, extent: image.dimensions[axis])
            let shape = Array(image.dimensions[..<axis]) + indices.dimensions + Array(image.dimensions[(axis + 1)...])
            return [try draft.value(gathered(image, axis: axis, places, &draft).node, shape)]
        },
        // Met where an adaptive pool has to repeat values.
        "GatherND": { call, draft in
            let image = try draft.image(call, 0), indices = try call.constant(1)
            let places = try flatPlaces(call, indices, in: image.dimensions)
            let rest = Array(image.dimensions[places.depth...])
            let flat = ImageValue(node: image.node, dimensions: [image.dimensions[..<places.depth].reduce(1, *)] + rest)
            return [
                try draft.value(gathered(flat, axis: 0, places.indices, &draft).node, Array(indices.dimensions.dropLast()) + rest)
            ]
        },
        "Expand": { call, draft in
            let image = try draft.image(call, 0)
            var wanted = try call.integers(1) ?? []
            if image.dimensions.first == 1, wanted.count == image.rank, wanted.first == call.batch.count { wanted[0] = 1 }
            let shape = try ONNXShapes.broadcast(image.dimensions, wanted)
            let aligned = Array(repeating: 1, count: shape.count - image.rank) + image.dimensions
            if aligned == shape { return [try draft.value(image.node, shape)] }
            let drops = shape.count > 1 && shape[0] == 1 ? 1 : 0
            let node = try draft.view(image.node, as: Array(aligned.dropFirst(drops)))
            _ = try ONNXShapes.count(shape)
            return [try draft.value(draft.add(Rearrangement(.expand(to: Shape(Array(shape.dropFirst(drops))))), node), shape)]
        },
        "Tile": { call, draft in
            var image = try draft.image(call, 0)
            let repeats = try call.integers(1) ?? []
            guard repeats.count == image.rank, repeats.allSatisfy({ (1...1 << 16).contains($0) }) else {
                throw Problem("repeats \(image.rank) axes \(repeats) times")
            }
            for (axis, times) in repeats.enumerated() where times > 1 {
                let extent = image.dimensions[axis]
                _ = try limited([extent, times])
                image = try gathered(image, axis: axis, (0..<extent * times).map { $0 % extent }, &draft)
            }
            return [.image(image)]
        },
        "Pad": { call, draft in
            let image = try draft.image(call, 0)
            let (low, high) = try ONNXShapes.padding(
                call.list("pads", input: 1) ?? [], axes: call.integers(3), from: image.dimensions)
            let mode: Rearrangement.PaddingMode =
                switch try call.text("mode", "constant") {
                case "constant": .constant(try call.scalar(2) ?? call.float("value", 0))
                case "reflect": .reflect
                case "edge": .edge
                case "wrap": .circular
                case let other: throw Problem("pads by \(printable(other)), which is not understood")
                }
            if (low + high).allSatisfy({ $0 == 0 }) { return [.image(image)] }
            let shape = image.dimensions.indices.map { image.dimensions[$0] + low[$0] + high[$0] }
            let drops = image.dropped == 1 && low[0] == 0 && high[0] == 0 ? 1 : 0
            let node = try draft.view(image.node, as: Array(image.dimensions.dropFirst(drops)))
            let step = Rearrangement.Step.pad(low: Array(low.dropFirst(drops)), high: Array(high.dropFirst(drops)), mode: mode)
            return [try draft.value(draft.add(Rearrangement(step), node), shape)]
        },
        "DepthToSpace": { call, draft in
            let image = try draft.image(call, 0), block = try call.integer("blocksize", 0)
            guard image.rank == 4, (1...1 << 10).contains(block), image.dimensions[1] % (block * block) == 0 else {
                throw Problem("spreads a value of shape \(image.dimensions) over blocks of \(block)")
            }
            let (n, c, h, w) = (
                image.dimensions[0], image.dimensions[1] / (block * block), image.dimensions[2], image.dimensions[3]
            )
            let isColumnRow = try call.text("mode", "DCR") == "CRD"
            let split = ImageValue(
                node: image.node, dimensions: isColumnRow ? [n, c, block, block, h, w] : [n, block, block, c, h, w])
            let moved = try transposed(split, isColumnRow ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2], &draft)
            return [try draft.value(moved.node, [n, c, h * block, w * block])]
        },
        "SpaceToDepth": { call, draft in
            let image = try draft.image(call, 0), block = try call.integer("blocksize", 0)
            guard image.rank == 4, (1...1 << 10).contains(block), image.dimensions[2] % block == 0,
                image.dimensions[3] % block == 0
            else {
                throw Problem("gathers blocks of \(block) of a value of shape \(image.dimensions)")
            }
            let (n, c, h, w) = (
                image.dimensions[0], image.dimensions[1], image.dimensions[2] / block, image.dimensions[3] / block
            )
            let split = ImageValue(node: image.node, dimensions: [n, c, h, block, w, block])
            let moved = try transposed(split, [0, 3, 5, 1, 2, 4], &draft)
            return [try draft.value(moved.node, [n, c * block * block, h, w])]
        },
    ]

    static func transposed(_ image: ImageValue, _ permutation: [Int], _ draft: inout NetworkDraft) throws -> ImageValue {
        let shape = permutation.map { image.dimensions[$0] }
        // Where only extents of 1 move, nothing does.
        let long = permutation.filter { image.dimensions[$0] != 1 }
        if long == long.sorted() { return ImageValue(node: image.node, dimensions: shape) }
        let drops = image.dropped == 1 && permutation[0] == 0 ? 1 : 0
        let node = try draft.view(image.node, as: Array(image.dimensions.dropFirst(drops)))
        let order = permutation.dropFirst(drops).map { $0 - drops }
        return ImageValue(node: try draft.add(Rearrangement(.transpose(order)), node), dimensions: shape)
    }

    static func sliced(_ image: ImageValue, _ range: ONNXShapes.Range, _ draft: inout NetworkDraft) throws -> ImageValue {
        if range.start == 0, range.count == image.dimensions[range.axis], range.step == 1 || range.count == 1 { return image }
        guard range.count > 0 else { throw Problem("makes a value without elements") }
        var shape = image.dimensions
        shape[range.axis] = range.count
        let operand = try draft.operand(image, axis: range.axis)
        // A step past the only element is not taken, and may be giant.
        let step = range.count > 1 ? range.step : 1
        let made = try draft.add(
            Rearrangement(.slice(axis: operand.axis, start: range.start, count: range.count, step: step)), operand.node)
        return ImageValue(node: made, dimensions: shape)
    }

    private static func gathered(_ image: ImageValue, axis: Int, _ places: [Int], _ draft: inout NetworkDraft) throws
        -> ImageValue
    {
        guard let first = places.first else { throw Problem("makes a value without elements") }
        if places.enumerated().allSatisfy({ $1 == first + $0 }) {
            return try sliced(image, .init(axis: axis, start: first, count: places.count, step: 1), &draft)
        }
        var shape = image.dimensions
        shape[axis] = places.count
        _ = try ONNXShapes.count(shape)
        let operand = try draft.operand(image, axis: axis)
        return ImageValue(
            node: try draft.add(Rearrangement(.gather(axis: operand.axis, indices: places)), operand.node), dimensions: shape)
    }
}
