import Diagnostics
import Tensors

extension ONNXOperators {
    static let reductions: [String: Lowering] = [
        "ReduceMean": { call, draft in [try reduced(.mean, call, &draft)] },
        "ReduceSum": { call, draft in [try reduced(.sum, call, &draft)] },
        "ReduceMax": { call, draft in [try reduced(.maximum, call, &draft)] },
        "ReduceMin": { call, draft in
            let image = try draft.image(call, 0), (axes, keeps) = try reducedAxes(call, rank: image.rank)
            let turned = try draft.pointwise(Pointwise(.affine(scale: -1, shift: 0)), image)
            let most = try draft.image(reduced(.maximum, turned, axes: axes, keeps: keeps, &draft))
            return [.image(try draft.pointwise(Pointwise(.affine(scale: -1, shift: 0)), most))]
        },
        "ReduceL2": { call, draft in
            let sum = try draft.image(reducedSquares(call, &draft))
            return [.image(try draft.pointwise(Pointwise(.squareRoot), sum))]
        },
        "ReduceSumSquare": { call, draft in [try reducedSquares(call, &draft)] },
        "ReduceL1": { call, draft in
            let image = try draft.image(call, 0), (axes, keeps) = try reducedAxes(call, rank: image.rank)
            return [try reduced(.sum, draft.pointwise(Pointwise(.absolute), image), axes: axes, keeps: keeps, &draft)]
        },
    ]

    private static func reducedSquares(_ call: ONNXCall, _ draft: inout NetworkDraft) throws -> ONNXValue {
        let image = try draft.image(call, 0), (axes, keeps) = try reducedAxes(call, rank: image.rank)
        return try reduced(.sum, draft.pointwise(Pointwise(.power(2)), image), axes: axes, keeps: keeps, &draft)
    }

    private static func reduced(_ function: Reduction.Function, _ call: ONNXCall, _ draft: inout NetworkDraft) throws -> ONNXValue
    {
        let image = try draft.image(call, 0), (axes, keeps) = try reducedAxes(call, rank: image.rank)
        return try reduced(function, image, axes: axes, keeps: keeps, &draft)
    }

    /// `axes` in ascending order.
    static func reduced(
        _ function: Reduction.Function, _ image: ImageValue, axes: [Int], keeps: Bool, _ draft: inout NetworkDraft
    ) throws -> ONNXValue {
        let result = image.dimensions.indices.compactMap { axes.contains($0) ? (keeps ? 1 : nil) : image.dimensions[$0] }
        let within = axes.filter { $0 >= image.dropped }.map { $0 - image.dropped }
        guard !within.isEmpty else { return try draft.value(image.node, result) }
        let node = try draft.perImage(image)
        if function == .mean, image.perImage.count == 3, within == [1, 2] {
            return try draft.value(draft.add(GlobalAveragePooling(), node), result)
        }
        // A map stays one, so that its channels stay known.
        return try draft.value(draft.add(Reduction(function, axes: within, keepsAxes: true), node), result)
    }
}
