import Diagnostics
import Tensors

extension ONNXOperators {
    static let convolutions: [String: Lowering] = [
        "Conv": { call, draft in
            let input = try maps(call, &draft)
            let weights = try kernels(call)
            let window = try ONNXWindow(call, kernel: Array(weights.dimensions.dropFirst(2)), input: input.extents)
            let groups = try call.integer("group", 1)
            guard groups > 0, weights.dimensions[0] % groups == 0, input.channels == weights.dimensions[1] * groups else {
                throw Problem("has weights of shape \(weights.dimensions) in \(groups) groups for \(input.channels) channels")
            }
            let bias = try bias(call, count: weights.dimensions[0])
            let made = try draft.add(
                Convolution(
                    weights: Tensor(shape: Shape(Array(weights.dimensions.prefix(2)) + window.kernel), values: weights.floats),
                    bias: bias,
                    stride: window.stride, dilation: window.dilation, padding: window.padding, groups: groups), input.node)
            return [try input.value(made, draft)]
        },
        // The gradient of a convolution: zeros between the values, then a convolution with mirrored kernels.
        "ConvTranspose": { call, draft in
            let input = try maps(call, &draft)
            let weights = try kernels(call)
            let groups = try call.integer("group", 1)
            let inputs = weights.dimensions[0], perGroup = weights.dimensions[1]
            guard groups > 0, inputs % groups == 0, input.channels == inputs else {
                throw Problem("has weights of shape \(weights.dimensions) in \(groups) groups for \(input.channels) channels")
            }
            guard !call.has("output_shape"), try ["NOTSET", ""].contains(call.text("auto_pad", "NOTSET")) else {
                throw Problem("states its output's size instead of its padding, which is not understood")
            }
            let window = try ONNXWindow(call, kernel: Array(weights.dimensions.dropFirst(2)), input: nil)
            var added = try call.integers("output_padding") ?? [0, 0]
            if added.count == 1 { added = [0] + added }
            guard added.count == 2, added.allSatisfy({ (0..<1024).contains($0) }),
                case .explicit(let low, let high) = window.padding
            else {
                throw Problem("adds rows and columns \(added)")
            }
            var node = input.node
            let extents = draft.shape(node).dimensions
            if window.stride != [1, 1] {
                let (height, width) = (extents[1], extents[2])
                node = try draft.view(node, as: [inputs, height, 1, width, 1])
                node = try draft.add(
                    Rearrangement(
                        .pad(
                            low: [0, 0, 0, 0, 0], high: [0, 0, window.stride[0] - 1, 0, window.stride[1] - 1], mode: .constant(0))
                    ), node)
                node = try draft.view(node, as: [inputs, height * window.stride[0], width * window.stride[1]])
            }
            // The zeros behind the last value belong to no gap.
            let around = (0..<2).map { axis in
                let reach = window.dilation[axis] * (window.kernel[axis] - 1)
                return (low: reach - low[axis], high: reach - high[axis] + added[axis] - (window.stride[axis] - 1))
            }
            node = try draft.add(
                Rearrangement(
                    .pad(low: [0, around[0].low, around[1].low], high: [0, around[0].high, around[1].high], mode: .constant(0))),
                node)
            // I x O/groups x h x w becomes O x I/groups x h x w, mirrored.
            let area = window.kernel[0] * window.kernel[1], perInput = inputs / groups
            let turned = ConstantTensor(dimensions: [groups, perInput, perGroup, area], floats: weights.floats)
                .transposed([0, 2, 1, 3]).strided([groups * perGroup * perInput, area], strides: [area, -1], offset: area - 1)
            let made = try draft.add(
                Convolution(
                    weights: Tensor(shape: Shape([groups * perGroup, perInput] + window.kernel), values: turned.floats),
                    bias: try bias(call, count: groups * perGroup), stride: [1, 1], dilation: window.dilation,
                    padding: .symmetric(0),
                    groups: groups), node)
            return [try input.value(made, draft)]
        },
    ]

    /// A feature map that a window moves over; a sequence counts as a map of one row.
    struct Maps {
        let node: Int
        let channels: Int
        /// Height and width.
        let extents: [Int]
        let isSequence: Bool

        /// The maps at `node`, in ONNX's shape.
        func value(_ node: Int, _ draft: NetworkDraft) throws -> ONNXValue {
            let made = draft.shape(node).dimensions
            return try draft.valueOfExisting(node, isSequence ? [1, made[0], made[2]] : [1] + made)
        }
    }

    static func maps(_ call: ONNXCall, _ draft: inout NetworkDraft) throws -> Maps {
        let image = try draft.image(call, 0)
        guard image.rank == 3 || image.rank == 4 else {
            throw Problem("works on a value of shape \(image.dimensions)", explanation: "Maps in two dimensions are understood.")
        }
        guard image.dimensions[0] == 1 else {
            throw Problem("works on \(image.dimensions[0]) maps an image, which is not understood")
        }
        let isSequence = image.rank == 3
        let extents = isSequence ? [1, image.dimensions[2]] : Array(image.dimensions[2...])
        let channels = image.dimensions[1]
        return Maps(
            node: try draft.view(image.node, as: [channels] + extents), channels: channels, extents: extents,
            isSequence: isSequence)
    }

    private static func kernels(_ call: ONNXCall) throws -> ConstantTensor {
        let weights = try call.constant(1)
        guard weights.kind == .float, weights.rank == 3 || weights.rank == 4, weights.count > 0,
            try weights.rank == call.dimensions(0).count
        else {
            throw Problem("has weights of shape \(weights.dimensions) for a value of shape \(try call.dimensions(0))")
        }
        return weights
    }

    private static func bias(_ call: ONNXCall, count: Int) throws -> [Float]? {
        guard let bias = try call.optionalConstant(2) else { return nil }
        guard bias.kind == .float, bias.count == count else { throw Problem("has \(bias.count) biases for \(count) channels") }
        // Zeros that the graph makes for a convolution that has no bias.
        if bias.elementType == nil, bias.floats.allSatisfy({ $0 == 0 }) { return nil }
        return bias.floats
    }
}

/// How a window moves, as the attributes of convolutions and pools say; axes that a sequence lacks are added in front.
struct ONNXWindow {
    var kernel: [Int]
    let stride: [Int]
    let dilation: [Int]
    let padding: Padding

    /// `input` are height and width, for pools that round up (`ceil_mode`) and for padding that depends on them.
    init(_ call: ONNXCall, kernel weights: [Int]?, input: [Int]?) throws {
        let stated = try call.integers("kernel_shape")
        guard let kernel = stated ?? weights, kernel.count == 1 || kernel.count == 2, weights == nil || weights == kernel,
            kernel.allSatisfy({ (1...1 << 14).contains($0) })
        else { throw Problem("has a window of \(stated ?? weights ?? []), its weights one of \(weights ?? [])") }
        let axes = kernel.count
        func pair(_ name: String) throws -> [Int] {
            let values = try call.integers(name) ?? Array(repeating: 1, count: axes)
            guard values.count == axes, values.allSatisfy({ (1...1 << 14).contains($0) }) else {
                throw Problem("has \(name) of \(values)")
            }
            return axes == 1 ? [1] + values : values
        }
        self.kernel = axes == 1 ? [1] + kernel : kernel
        stride = try pair("strides")
        dilation = try pair("dilations")
        var pads = try call.integers("pads") ?? Array(repeating: 0, count: 2 * axes)
        guard pads.count == 2 * axes, pads.allSatisfy({ (0...1 << 14).contains($0) }) else {
            throw Problem("has pads of \(pads)")
        }
        if axes == 1 { pads = [0, pads[0], 0, pads[1]] }
        switch try call.text("auto_pad", "NOTSET") {
        case "NOTSET", "": padding = .explicit(low: Array(pads[..<2]), high: Array(pads[2...]))
        case "VALID": padding = .symmetric(0)
        case "SAME_UPPER": padding = .same
        case "SAME_LOWER":
            guard let input else { throw Problem("pads as SAME_LOWER, which is not understood here") }
            let (low, high) = Padding.same.resolved(size: input, kernel: self.kernel, stride: stride, dilation: dilation)
            padding = .explicit(low: high, high: low)
        case let other: throw Problem("pads as \(printable(other)), which is not understood")
        }
    }
}
