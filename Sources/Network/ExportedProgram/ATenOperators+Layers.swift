import Diagnostics

extension ATenOperators {
    static let layers: [String: Rule] = [
        "conv2d": convolution, "convolution": convolution,
        "linear": { call, writer in
            guard let x = call.tensor("input"), let weight = call.tensor("weight") else { throw Problem("weights") }
            let bias = call.tensor("bias").map { [writer.name(of: $0)] } ?? []
            if writer.extents(of: x)?.count == 2 {
                writer.add("Gemm", [writer.name(of: x), writer.name(of: weight)] + bias, ["transB": .integer(1)], to: call.outputs)
                return
            }
            let turned = writer.add("Transpose", [writer.name(of: weight)], ["perm": .integers([1, 0])])
            let inputs = [writer.name(of: x), turned]
            if bias.isEmpty { writer.add("MatMul", inputs, to: call.outputs) } else {
                writer.add("Add", [writer.add("MatMul", inputs)] + bias, to: call.outputs)
            }
        },
        "addmm": { call, writer in
            guard let x = call.tensor("mat1"), let weight = call.tensor("mat2"), call.number("alpha") ?? 1 == 1, call.number("beta") ?? 1 == 1
            else { throw Problem("scales") }
            writer.add("Gemm", [x, weight, try call.subject()].map { writer.name(of: $0) }, to: call.outputs)
        },
        "batch_norm": { call, writer in
            guard !call.flag("training", false) else { throw Problem("trains") }
            try normalized(call, ["weight", "bias", "running_mean", "running_var"], &writer)
        },
        "_native_batch_norm_legit_no_training": { call, writer in
            try normalized(call, ["weight", "bias", "running_mean", "running_var"], &writer)
        },
        "layer_norm": { call, writer in
            guard let weight = call.tensor("weight") else { throw Problem("weights") }
            let inputs = [try call.subject(), weight] + (call.tensor("bias").map { [$0] } ?? [])
            writer.add(
                "LayerNormalization", inputs.map { writer.name(of: $0) },
                ["axis": .integer(-(try call.integers("normalized_shape").count)), "epsilon": .float(Float(call.number("eps") ?? 1e-5))],
                to: [call.outputs[0]])
        },
        "native_layer_norm": { call, writer in try rules["layer_norm"]?(call, &writer) },
        "group_norm": { call, writer in
            guard let weight = call.tensor("weight"), let bias = call.tensor("bias") else { throw Problem("weights") }
            writer.add(
                "GroupNormalization", [try call.subject(), weight, bias].map { writer.name(of: $0) },
                ["num_groups": .integer(try call.integer("num_groups")), "epsilon": .float(Float(call.number("eps") ?? 1e-5))], to: call.outputs)
        },
        "max_pool2d": { call, writer in try pooled("MaxPool", call, &writer) },
        "max_pool2d_with_indices": { call, writer in try pooled("MaxPool", call, &writer) },
        "avg_pool2d": { call, writer in
            guard call.number("divisor_override") == nil else { throw Problem("divides by another number") }
            try pooled("AveragePool", call, &writer)
        },
        "adaptive_avg_pool2d": { call, writer in try adaptivelyPooled("AveragePool", call, &writer) },
        "_adaptive_avg_pool2d": { call, writer in try adaptivelyPooled("AveragePool", call, &writer) },
        "adaptive_max_pool2d": { call, writer in try adaptivelyPooled("MaxPool", call, &writer) },
    ]

    private static let convolution: Rule = { call, writer in
        guard let x = call.tensor("input"), let weight = call.tensor("weight"), !call.flag("transposed", false) else { throw Problem("weights") }
        var attributes: [String: ONNXAttribute] = [
            "strides": .integers(try call.pair("stride", [1, 1])), "dilations": .integers(try call.pair("dilation", [1, 1])),
            "group": .integer(try call.integer("groups", 1)),
        ]
        switch call.text("padding") {
        case "same"?: attributes["auto_pad"] = .text("SAME_UPPER")
        case "valid"?: break
        case nil:
            let padding = try call.pair("padding", [0, 0])
            attributes["pads"] = .integers(padding + padding)
        case _?: throw Problem("padding")
        }
        let inputs = [x, weight] + (call.tensor("bias").map { [$0] } ?? [])
        writer.add("Conv", inputs.map { writer.name(of: $0) }, attributes, to: call.outputs)
    }

    private static func normalized(_ call: ATenCall, _ names: [String], _ writer: inout ProgramWriter) throws {
        let tensors = names.compactMap { call.tensor($0) }
        guard tensors.count == names.count else { throw Problem("has no weights or no statistics") }
        writer.add(
            "BatchNormalization", [try call.subject()].map { writer.name(of: $0) } + tensors.map { writer.name(of: $0) },
            ["epsilon": .float(Float(call.number("eps") ?? 1e-5))], to: [call.outputs[0]])
    }

    private static func pooled(_ operation: String, _ call: ATenCall, _ writer: inout ProgramWriter) throws {
        let kernel = try call.pair("kernel_size"), strides = try call.integers("stride", kernel), padding = try call.pair("padding", [0, 0])
        var attributes: [String: ONNXAttribute] = [
            "kernel_shape": .integers(kernel), "strides": .integers(strides.isEmpty ? kernel : strides.count == 1 ? strides + strides : strides),
            "pads": .integers(padding + padding), "ceil_mode": .integer(call.flag("ceil_mode", false) ? 1 : 0),
        ]
        if operation == "MaxPool" { attributes["dilations"] = .integers(try call.pair("dilation", [1, 1])) } else {
            attributes["count_include_pad"] = .integer(call.flag("count_include_pad", true) ? 1 : 0)
        }
        writer.add(operation, [writer.name(of: try call.subject())], attributes, to: [call.outputs[0]])
    }

    /// By whole windows; windows that overlap unevenly are not written.
    private static func adaptivelyPooled(_ operation: String, _ call: ATenCall, _ writer: inout ProgramWriter) throws {
        let x = try call.subject(), wanted = try call.pair("output_size"), input = writer.name(of: x)
        if wanted == [1, 1] {
            writer.add(operation == "MaxPool" ? "GlobalMaxPool" : "GlobalAveragePool", [input], to: [call.outputs[0]])
            return
        }
        let extents = writer.extents(of: x)?.suffix(2).compactMap { $0 } ?? []
        guard extents.count == 2, zip(extents, wanted).allSatisfy({ $1 > 0 && $0 % $1 == 0 }) else { throw Problem("uneven windows") }
        if extents == wanted {
            writer.add("Identity", [input], to: [call.outputs[0]])
        } else {
            let kernel = zip(extents, wanted).map { $0 / $1 }
            writer.add(operation, [input], ["kernel_shape": .integers(kernel), "strides": .integers(kernel)], to: [call.outputs[0]])
        }
    }
}
