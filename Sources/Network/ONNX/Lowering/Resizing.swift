import Diagnostics
import Tensors

extension ONNXOperators {
    /// Enlarging and shrinking: along every axis a choice of values, or a fixed matrix.
    static let resizing: [String: Lowering] = [
        "Resize": { call, draft in
            let image = try draft.image(call, 0)
            // Operator set 10 has no region; its scales come second.
            let isEarly = call.version < 11
            guard try call.integer("antialias", 0) == 0 else {
                throw Problem("smooths while it shrinks, which is not understood")
            }
            guard try call.text("keep_aspect_ratio_policy", "stretch") == "stretch" else {
                throw Problem("keeps the aspect ratio, which is not understood")
            }
            var axes = try call.integers("axes").map { try ONNXShapes.axes($0, rank: image.rank) } ?? Array(0..<image.rank)
            let scales = try call.optionalConstant(isEarly ? 1 : 2).flatMap { $0.count > 0 ? $0.asFloats : nil }
            var sizes = isEarly ? nil : try call.optionalConstant(3).flatMap { $0.count > 0 ? $0.integers : nil }
            if axes.isEmpty { axes = Array(0..<image.rank) }
            if axes.first == 0, image.dimensions.first == 1, sizes?.first == call.batch.count { sizes?[0] = 1 }
            return [
                .image(
                    try resized(
                        image, axes: axes, scales: scales, sizes: sizes, mode: call.text("mode", "nearest"),
                        coordinates: isEarly ? "asymmetric" : call.text("coordinate_transformation_mode", "half_pixel"),
                        rounding: isEarly ? "floor" : call.text("nearest_mode", "round_prefer_floor"),
                        cubic: call.float("cubic_coeff_a", -0.75),
                        excludesOutside: call.integer("exclude_outside", 0) != 0, &draft))
            ]
        },
        "Upsample": { call, draft in
            let image = try draft.image(call, 0)
            var scales = try call.optionalConstant(1)?.asFloats
            if case .floats(let stated)? = call.node.attributes["scales"] { scales = stated }
            return [
                .image(
                    try resized(
                        image, axes: Array(0..<image.rank), scales: scales, sizes: nil, mode: call.text("mode", "nearest"),
                        coordinates: "asymmetric", rounding: "floor", cubic: -0.75, excludesOutside: false, &draft))
            ]
        },
    ]

    private static func resized(
        _ image: ImageValue, axes: [Int], scales: [Float]?, sizes: [Int]?, mode: String, coordinates: String, rounding: String,
        cubic: Float, excludesOutside: Bool, _ draft: inout NetworkDraft
    ) throws -> ImageValue {
        guard (scales ?? sizes?.map(Float.init))?.count == axes.count else {
            throw Problem("resizes \(axes.count) axes by \(scales?.count ?? sizes?.count ?? 0) numbers")
        }
        var image = image
        for (number, axis) in axes.enumerated() {
            let extent = image.dimensions[axis]
            let target: Int, scale: Double
            if let sizes {
                target = sizes[number]
                scale = Double(target) / Double(extent)
            } else {
                scale = Double(scales?[number] ?? 1)
                guard scale > 0, scale * Double(extent) < 1e6 else { throw Problem("resizes an axis of \(extent) by \(scale)") }
                target = Int(Double(extent) * scale)
            }
            guard target > 0, target <= 1 << 16 else { throw Problem("resizes an axis of \(extent) to \(target)") }
            if target == extent, scale == 1 { continue }
            let places = try (0..<target).map { try place($0, extent, target, scale, coordinates) }
            var shape = image.dimensions
            shape[axis] = target
            _ = try ONNXShapes.count(shape)
            let operand = try draft.operand(image, axis: axis)
            if mode == "nearest" {
                let indices = try places.map { min(max(try rounded($0, rounding), 0), extent - 1) }
                image = ImageValue(
                    node: try draft.add(Rearrangement(.gather(axis: operand.axis, indices: indices)), operand.node),
                    dimensions: shape)
                continue
            }
            guard mode == "linear" || mode == "cubic" else {
                throw Problem("resizes by \(printable(mode)), which is not understood")
            }
            guard try ONNXShapes.count([target, extent]) <= 1 << 26 else {
                throw Problem("resizes an axis of \(extent) to \(target)")
            }
            var weights = [Float](repeating: 0, count: target * extent)
            for (index, place) in places.enumerated() {
                let taps = mode == "linear" ? linearTaps(place) : cubicTaps(place, Double(cubic))
                let inside = taps.filter { !excludesOutside || (0..<extent).contains($0.index) }
                let total = excludesOutside ? inside.reduce(0) { $0 + $1.weight } : 1
                for tap in inside { weights[index * extent + min(max(tap.index, 0), extent - 1)] += Float(tap.weight / total) }
            }
            let matrix = Linear(
                weights: Tensor(shape: [target, extent], values: weights), bias: Array(repeating: 0, count: target), parameterCount: 0)
            let rank = draft.shape(operand.node).rank
            var order = Array(0..<rank)
            order.swapAt(operand.axis, rank - 1)
            var node = operand.node
            let isLast = operand.axis == rank - 1
            if !isLast { node = try draft.add(Rearrangement(.transpose(order)), node) }
            node = try draft.add(matrix, node)
            if !isLast { node = try draft.add(Rearrangement(.transpose(order)), node) }
            image = ImageValue(node: node, dimensions: shape)
        }
        return image
    }

    /// Where output `index` lies among the inputs.
    private static func place(_ index: Int, _ extent: Int, _ target: Int, _ scale: Double, _ mode: String) throws -> Double {
        let x = Double(index)
        switch mode {
        case "half_pixel": return (x + 0.5) / scale - 0.5
        case "pytorch_half_pixel": return target > 1 ? (x + 0.5) / scale - 0.5 : 0
        case "asymmetric": return x / scale
        case "align_corners": return target > 1 ? x * Double(extent - 1) / Double(target - 1) : 0
        case "half_pixel_symmetric":
            let adjustment = Double(target) / (scale * Double(extent))
            return Double(extent) / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
        default: throw Problem("resizes with coordinates of \(printable(mode)), which is not understood")
        }
    }

    private static func rounded(_ place: Double, _ mode: String) throws -> Int {
        switch mode {
        case "round_prefer_floor": Int((place - 0.5).rounded(.up))
        case "round_prefer_ceil": Int((place + 0.5).rounded(.down))
        case "floor": Int(place.rounded(.down))
        case "ceil": Int(place.rounded(.up))
        default: throw Problem("rounds places by \(printable(mode)), which is not understood")
        }
    }

    private static func linearTaps(_ place: Double) -> [(index: Int, weight: Double)] {
        let low = place.rounded(.down)
        return [(Int(low), 1 - (place - low)), (Int(low) + 1, place - low)]
    }

    /// Keys' cubic convolution (Keys 1981) with coefficient `a`.
    private static func cubicTaps(_ place: Double, _ a: Double) -> [(index: Int, weight: Double)] {
        let low = place.rounded(.down), t = place - low
        func near(_ d: Double) -> Double { ((a + 2) * d - (a + 3)) * d * d + 1 }
        func far(_ d: Double) -> Double { ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
        return [(Int(low) - 1, far(1 + t)), (Int(low), near(t)), (Int(low) + 1, near(1 - t)), (Int(low) + 2, far(2 - t))]
    }
}
