import Diagnostics
import Tensors

extension ONNXOperators {
    static let normalizations: [String: Lowering] = [
        "BatchNormalization": { call, draft in
            guard try call.integer("training_mode", 0) == 0 else {
                throw Problem("is in training mode", remedy: "Export the model after model.eval().")
            }
            guard try call.integer("spatial", 1) == 1 else {
                throw Problem("normalises every position by itself, which is not understood")
            }
            let image = try draft.image(call, 0)
            guard image.rank >= 2 else { throw Problem("normalises a value of shape \(image.dimensions)") }
            let channels = image.dimensions[1]
            let numbers = try (1...4).map { try list(call, $0, count: channels, "channels") }
            let operation = BatchNormalization(
                weight: numbers[0], bias: numbers[1], mean: numbers[2], variance: numbers[3],
                epsilon: try call.float("epsilon", 1e-5))
            // A vector may lie as C x 1 x 1 already; where positions count as images, channels stand behind them.
            let isVector = draft.shape(image.node).isVector && image.rank == 2 && image.dimensions[0] == 1
            let (node, axis) = isVector ? (image.node, 0) : try draft.operand(image, axis: 1)
            if axis == 0, draft.shape(node).map != nil { return [try draft.value(draft.add(operation, node), image.dimensions)] }
            let affine = Affine(scale: operation.scale.map { Float($0) }, shift: operation.shift.map { Float($0) }, axis: axis)
            return [try draft.value(draft.add(affine, node), image.dimensions)]
        },
        "LayerNormalization": { call, draft in
            let image = try draft.image(call, 0)
            let axis = try ONNXShapes.axis(call.integer("axis", -1), rank: image.rank)
            guard axis >= image.dropped else { throw Problem("normalises over the images of a batch") }
            let length = image.dimensions[axis...].reduce(1, *)
            let weight = try list(call, 1, count: length, "values")
            let bias = call.optional(2) == nil ? nil : try list(call, 2, count: length, "values")
            let outer = Array(image.dimensions[image.dropped..<axis])
            let node = try draft.view(image.node, as: outer + [length])
            let made = try draft.add(
                LayerNormalization(axis: -1, weight: weight, bias: bias, epsilon: call.float("epsilon", 1e-5)), node)
            return [try draft.value(made, image.dimensions)]
        },
        "RMSNormalization": { call, draft in
            let image = try draft.image(call, 0)
            let axis = try ONNXShapes.axis(call.integer("axis", -1), rank: image.rank)
            guard axis >= image.dropped else { throw Problem("normalises over the images of a batch") }
            let length = image.dimensions[axis...].reduce(1, *)
            let node = try draft.view(image.node, as: Array(image.dimensions[image.dropped..<axis]) + [length])
            let square = try draft.add(Pointwise(.power(2)), node)
            let mean = try draft.add(Reduction(.mean, axes: [-1], keepsAxes: true), square)
            let raised = try draft.add(Pointwise(.affine(scale: 1, shift: call.float("epsilon", 1e-5))), mean)
            let factor = try draft.add(Pointwise(.power(-0.5)), raised)
            let scaled = try draft.add(Arithmetic(.product), node, factor)
            let weight = try list(call, 1, count: length, "values")
            let made = try draft.add(Affine(scale: weight, shift: Array(repeating: 0, count: length), axis: -1), scaled)
            return [try draft.value(made, image.dimensions)]
        },
        "InstanceNormalization": { call, draft in
            let image = try draft.image(call, 0)
            guard image.rank >= 3, image.dimensions[0] == 1 else {
                throw Problem("normalises a value of shape \(image.dimensions)")
            }
            let channels = image.dimensions[1]
            let made = try draft.add(
                GroupNormalization(
                    groups: channels, weight: list(call, 1, count: channels, "channels"),
                    bias: list(call, 2, count: channels, "channels"),
                    epsilon: call.float("epsilon", 1e-5)), draft.perImage(image))
            return [try draft.value(made, image.dimensions)]
        },
        "GroupNormalization": { call, draft in
            let image = try draft.image(call, 0)
            let groups = try call.integer("num_groups", 0)
            guard image.rank >= 2, image.dimensions[0] == 1, groups > 0, image.dimensions[1] % groups == 0 else {
                throw Problem("normalises a value of shape \(image.dimensions) in \(groups) groups")
            }
            let channels = image.dimensions[1]
            // A number for each group until operator set 20, for each channel since.
            func numbers(_ index: Int) throws -> [Float] {
                let stated = try list(
                    call, index, count: call.version < 21 ? groups : channels, call.version < 21 ? "groups" : "channels")
                return stated.count == channels ? stated : stated.flatMap { Array(repeating: $0, count: channels / groups) }
            }
            let made = try draft.add(
                GroupNormalization(groups: groups, weight: numbers(1), bias: numbers(2), epsilon: call.float("epsilon", 1e-5)),
                draft.perImage(image))
            return [try draft.value(made, image.dimensions)]
        },
        // x / (bias + alpha / size * sum of squares of near channels) ^ beta (Krizhevsky et al. 2012); the sum is a convolution.
        "LRN": { call, draft in
            let input = try maps(call, &draft)
            let size = try call.integer("size", 0)
            guard size > 0, size <= 1 << 12, input.channels <= 1 << 13 else {
                throw Problem("sums \(size) of \(input.channels) channels")
            }
            var near = [Float](repeating: 0, count: input.channels * input.channels)
            for channel in 0..<input.channels {
                let range = max(0, channel - (size - 1) / 2)...min(input.channels - 1, channel + size / 2)
                for other in range { near[channel * input.channels + other] = 1 }
            }
            let squares = try draft.add(Pointwise(.power(2)), input.node)
            var sum = Convolution(
                weights: Tensor(shape: [input.channels, input.channels, 1, 1], values: near), padding: .symmetric(0))
            sum.isLearned = false
            let sums = try draft.add(sum, squares)
            let raised = try draft.add(
                Pointwise(.affine(scale: call.float("alpha", 1e-4) / Float(size), shift: call.float("bias", 1))), sums)
            let factor = try draft.add(Pointwise(.power(-call.float("beta", 0.75))), raised)
            return [try input.value(draft.add(Arithmetic(.product), input.node, factor), draft)]
        },
        "Softmax": { call, draft in [.image(try softmax(call, &draft))] },
        "LogSoftmax": { call, draft in [.image(try draft.pointwise(Pointwise(.logarithm), softmax(call, &draft)))] },
    ]

    private static func softmax(_ call: ONNXCall, _ draft: inout NetworkDraft) throws -> ImageValue {
        let image = try draft.image(call, 0)
        let axis = try ONNXShapes.axis(call.integer("axis", call.version < 13 ? 1 : -1), rank: image.rank)
        if call.version < 13, image.dimensions[(axis + 1)...].contains(where: { $0 != 1 }) {
            // Everything from the axis on is one row.
            let rows = [image.dimensions[..<axis].reduce(1, *), image.dimensions[axis...].reduce(1, *)]
            return ImageValue(
                node: try draft.add(Softmax(axis: -1), draft.view(image.node, as: rows)), dimensions: image.dimensions)
        }
        if draft.shape(image.node).isVector, image.dimensions[axis] == draft.shape(image.node).count {
            return ImageValue(node: try draft.add(Softmax(axis: 0), image.node), dimensions: image.dimensions)
        }
        let operand = try draft.operand(image, axis: axis)
        return ImageValue(node: try draft.add(Softmax(axis: operand.axis), operand.node), dimensions: image.dimensions)
    }

    /// A constant of `count` numbers.
    private static func list(_ call: ONNXCall, _ index: Int, count: Int, _ what: String) throws -> [Float] {
        let constant = try call.constant(index)
        guard constant.kind == .float, constant.count == count else {
            throw Problem("has an input \(index) of shape \(constant.dimensions) for \(count) \(what)")
        }
        return constant.floats
    }
}
