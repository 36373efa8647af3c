import Diagnostics
import Tensors

extension ONNXOperators {
    static let poolings: [String: Lowering] = [
        "MaxPool": { call, draft in
            guard try call.integer("storage_order", 0) == 0 else { throw Problem("stores by columns, which is not understood") }
            let input = try maps(call, &draft)
            let window = try cut(ONNXWindow(call, kernel: nil, input: input.extents), call, input.extents)
            if window.dilation != [1, 1] { return [try input.value(dilatedMaximum(window, input, &draft), draft)] }
            let padding = try roundedUp(call, window, input.extents).padding
            let made = try draft.add(
                Pooling(.maximum, kernel: window.kernel, stride: window.stride, padding: padding), input.node)
            return [try input.value(made, draft)]
        },
        "AveragePool": { call, draft in
            let input = try maps(call, &draft)
            let window = try cut(ONNXWindow(call, kernel: nil, input: input.extents), call, input.extents)
            guard window.dilation == [1, 1] else { throw Problem("averages over a dilated window, which is not understood") }
            let countsPadding = try call.integer("count_include_pad", 0) != 0
            var (padding, extra) = try roundedUp(call, window, input.extents)
            var node = input.node
            if countsPadding, extra != [0, 0] {
                // What is padded counts, what a window that was rounded up reaches beyond does not.
                let (low, high) = window.padding.resolved(
                    size: input.extents, kernel: window.kernel, stride: window.stride, dilation: [1, 1])
                node = try draft.add(Rearrangement(.pad(low: [0] + low, high: [0] + high, mode: .constant(0))), node)
                padding = .explicit(low: [0, 0], high: extra)
            }
            let made = try draft.add(
                Pooling(
                    .average(countsPadding: countsPadding && extra == [0, 0]), kernel: window.kernel, stride: window.stride,
                    padding: padding),
                node)
            return [try input.value(made, draft)]
        },
        "GlobalAveragePool": { call, draft in
            let image = try draft.image(call, 0)
            guard image.rank >= 3 else { throw Problem("pools a value of shape \(image.dimensions)") }
            return [try reduced(.mean, image, axes: Array(2..<image.rank), keeps: true, &draft)]
        },
        "GlobalMaxPool": { call, draft in
            let image = try draft.image(call, 0)
            guard image.rank >= 3 else { throw Problem("pools a value of shape \(image.dimensions)") }
            return [try reduced(.maximum, image, axes: Array(2..<image.rank), keeps: true, &draft)]
        },
    ]

    /// With `ceil_mode` a single window may be larger than its map, which it then sees whole: so ends transformers' EfficientNet.
    private static func cut(_ window: ONNXWindow, _ call: ONNXCall, _ input: [Int]) throws -> ONNXWindow {
        var window = window
        guard try call.integer("ceil_mode", 0) != 0, case .explicit(let low, let high) = window.padding, window.dilation == [1, 1] else {
            return window
        }
        for axis in 0..<2 {
            let extent = input[axis] + low[axis] + high[axis], excess = window.kernel[axis] - extent
            if extent > 0, excess > 0, excess < window.stride[axis] { window.kernel[axis] = extent }
        }
        return window
    }

    /// The padding with what `ceil_mode` adds below and to the right, and how much that is. The last window begins within the
    /// input or what is padded above it, as in PyTorch.
    private static func roundedUp(_ call: ONNXCall, _ window: ONNXWindow, _ input: [Int]) throws -> (
        padding: Padding, extra: [Int]
    ) {
        guard try call.integer("ceil_mode", 0) != 0, case .explicit(let low, let high) = window.padding else {
            return (window.padding, [0, 0])
        }
        let extra = (0..<2).map { axis in
            let span = input[axis] + low[axis] + high[axis] - window.kernel[axis]
            guard span >= 0 else { return 0 }
            var count = (span + window.stride[axis] - 1) / window.stride[axis] + 1
            if (count - 1) * window.stride[axis] >= input[axis] + low[axis] { count -= 1 }
            return max(0, (count - 1) * window.stride[axis] - span)
        }
        return (.explicit(low: low, high: zip(high, extra).map { $0 + $1 }), extra)
    }

    /// The maximum over shifted copies, one for each place of the window.
    private static func dilatedMaximum(_ window: ONNXWindow, _ input: Maps, _ draft: inout NetworkDraft) throws -> Int {
        guard window.kernel[0] * window.kernel[1] <= 64 else {
            throw Problem("has a dilated window of \(window.kernel), which is too large")
        }
        let (low, high) = window.padding.resolved(
            size: input.extents, kernel: window.kernel, stride: window.stride, dilation: window.dilation)
        let extents = try window.padding.outputExtents(
            size: input.extents, kernel: window.kernel, stride: window.stride, dilation: window.dilation)
        let padded = try draft.add(
            Rearrangement(.pad(low: [0] + low, high: [0] + high, mode: .constant(-.greatestFiniteMagnitude))), input.node)
        var result: Int?
        for row in 0..<window.kernel[0] {
            for column in 0..<window.kernel[1] {
                var copy = padded
                for (axis, start) in [row * window.dilation[0], column * window.dilation[1]].enumerated() {
                    copy = try draft.add(
                        Rearrangement(.slice(axis: axis + 1, start: start, count: extents[axis], step: window.stride[axis])), copy
                    )
                }
                result = try result.map { try draft.add(Arithmetic(.maximum), $0, copy) } ?? copy
            }
        }
        return result ?? padded
    }
}
