import Diagnostics

extension ATenOperators {
    /// What changes nothing.
    private static let identity: Rule = { call, writer in
        // Dropout draws lots in training only.
        guard !call.flag("train", false), !call.flag("training", false) else { throw Problem("trains") }
        writer.add("Identity", [writer.name(of: try call.subject())], to: [call.outputs[0]])
    }

    static let shapes: [String: Rule] = [
        "view": reshaped, "reshape": reshaped, "_unsafe_view": reshaped, "flatten": reshaped, "unflatten": reshaped, "squeeze": reshaped,
        "unsqueeze": reshaped,
        "contiguous": identity, "clone": identity, "dropout": identity, "feature_dropout": identity, "native_dropout": identity, "alias": identity,
        "detach": identity, "lift_fresh_copy": identity,
        "to": { call, writer in
            guard let type = writer.elementType(of: call.outputs[0]) else { throw Problem("format") }
            let x = writer.name(of: try call.subject())
            if writer.elementType(of: try call.subject()) == type { writer.add("Identity", [x], to: call.outputs) } else {
                writer.add("Cast", [x], ["to": .integer(type)], to: call.outputs)
            }
        },
        "_to_copy": { call, writer in try rules["to"]?(call, &writer) },
        "permute": { call, writer in try transposed(call, call.integers("dims"), &writer) },
        "t": { call, writer in try transposed(call, [1, 0], &writer) },
        "transpose": { call, writer in
            let rank = writer.extents(of: try call.subject())?.count ?? 0
            let (one, other) = try (axis(call.integer("dim0"), rank), axis(call.integer("dim1"), rank))
            var order = Array(0..<rank)
            order.swapAt(one, other)
            try transposed(call, order, &writer)
        },
        "expand": { call, writer in
            let shape = writer.integers(try fixed(call.outputs[0], writer, open: 1))
            writer.add("Expand", [writer.name(of: try call.subject()), shape], to: call.outputs)
        },
    ]

    /// To the shape that the result is known to have.
    private static let reshaped: Rule = { call, writer in
        guard call.overload != "dtype" else { throw Problem("reads numbers in another format") }
        let shape = writer.integers(try fixed(call.outputs[0], writer, open: -1))
        writer.add("Reshape", [writer.name(of: try call.subject()), shape], to: call.outputs)
    }

    /// The extents of a value; `open` in place of one that is.
    private static func fixed(_ value: String, _ writer: ProgramWriter, open: Int) throws -> [Int] {
        guard let extents = writer.extents(of: value), extents.count(where: { $0 == nil }) <= 1 else { throw Problem("open extents") }
        return extents.map { $0 ?? open }
    }

    static func axis(_ axis: Int, _ rank: Int) throws -> Int {
        guard (-rank..<rank).contains(axis) else { throw Problem("has no axis \(axis)") }
        return axis < 0 ? axis + rank : axis
    }

    private static func transposed(_ call: ATenCall, _ order: [Int], _ writer: inout ProgramWriter) throws {
        let order = try order.map { try axis($0, order.count) }
        writer.add("Transpose", [writer.name(of: try call.subject())], ["perm": .integers(order)], to: call.outputs)
    }

    static let movements: [String: Rule] = [
        "cat": { call, writer in
            let inputs = try call.tensors("tensors").compactMap { $0 }.map { writer.name(of: $0) }
            writer.add("Concat", inputs, ["axis": .integer(try call.integer("dim", 0))], to: call.outputs)
        },
        "slice": { call, writer in
            let x = writer.name(of: try call.subject()), axis = try call.integer("dim", 0)
            let bounds = try [call.integer("start", 0), call.integer("end", .max), axis, call.integer("step", 1)]
            let numbers = [bounds[0], bounds[1], bounds[2], bounds[3]].map { writer.integers([$0]) }
            writer.add("Slice", [x] + numbers, to: call.outputs)
        },
        "select": { call, writer in
            let index = writer.integer(try call.integer("index"))
            writer.add("Gather", [writer.name(of: try call.subject()), index], ["axis": .integer(try call.integer("dim"))], to: call.outputs)
        },
        "unbind": { call, writer in
            let x = writer.name(of: try call.subject()), axis = try call.integer("dim", 0)
            for (place, output) in call.outputs.enumerated() {
                writer.add("Gather", [x, writer.integer(place)], ["axis": .integer(axis)], to: [output])
            }
        },
        "chunk": split, "split": split, "split_with_sizes": split,
        "index_select": { call, writer in
            guard let index = call.tensor("index") else { throw Problem("index") }
            writer.add(
                "Gather", [writer.name(of: try call.subject()), writer.name(of: index)], ["axis": .integer(try call.integer("dim"))],
                to: call.outputs)
        },
        "embedding": { call, writer in
            guard let weight = call.tensor("weight"), let indices = call.tensor("indices") else { throw Problem("indices") }
            writer.add("Gather", [writer.name(of: weight), writer.name(of: indices)], to: call.outputs)
        },
        "index": { call, writer in
            let indices = try call.tensors("indices")
            guard let axis = indices.firstIndex(where: { $0 != nil }), let index = indices[axis], indices.count(where: { $0 != nil }) == 1,
                let type = writer.elementType(of: index), type != 9
            else { throw Problem("takes places by several tensors") }
            writer.add("Gather", [writer.name(of: try call.subject()), writer.name(of: index)], ["axis": .integer(axis)], to: call.outputs)
        },
        "pad": padded, "constant_pad_nd": padded,
        "roll": { call, writer in
            let shifts = try call.integers("shifts"), axes = try call.integers("dims"), x = try call.subject()
            guard let extents = writer.extents(of: x), shifts.count == axes.count, !axes.isEmpty else { throw Problem("rolls the whole") }
            var value = writer.name(of: x)
            for (place, (shift, dimension)) in zip(shifts, axes).enumerated() {
                let axis = try axis(dimension, extents.count)
                guard let extent = extents[axis], extent > 0 else { throw Problem("open extents") }
                let start = ((-shift % extent) + extent) % extent
                let (first, end) = (writer.integers([start]), writer.integers([.max])), (zero, along) = (writer.integers([0]), writer.integers([axis]))
                let parts = [writer.add("Slice", [value, first, end, along]), writer.add("Slice", [value, zero, first, along])]
                value = writer.add(
                    "Concat", start == 0 ? [value] : parts, ["axis": .integer(axis)], to: place + 1 == axes.count ? call.outputs : [])
            }
        },
    ]

    private static let split: Rule = { call, writer in
        let axis = try call.integer("dim", 0)
        let sizes = try call.outputs.map { output in
            guard let extents = writer.extents(of: output), let size = extents[try ATenOperators.axis(axis, extents.count)] else { throw Problem("open extents") }
            return size
        }
        writer.add("Split", [writer.name(of: try call.subject()), writer.integers(sizes)], ["axis": .integer(axis)], to: call.outputs)
    }

    /// PyTorch names sides from the last axis on, ONNX all low ones, then all high ones.
    private static let padded: Rule = { call, writer in
        let x = try call.subject(), sides = try call.integers("pad")
        guard call.text("mode") ?? "constant" == "constant", let rank = writer.extents(of: x)?.count, sides.count % 2 == 0, sides.count <= 2 * rank
        else { throw Problem("mode") }
        var low = Array(repeating: 0, count: rank), high = low
        for place in 0..<sides.count / 2 { (low[rank - 1 - place], high[rank - 1 - place]) = (sides[2 * place], sides[2 * place + 1]) }
        writer.add(
            "Pad", [writer.name(of: x), writer.integers(low + high), writer.number(call.number("value") ?? 0)], ["mode": .text("constant")],
            to: call.outputs)
    }

    // MARK: Constants

    static let constants: [String: Rule] = [
        "new_zeros": filled(0), "zeros": filled(0), "zeros_like": filled(0), "new_ones": filled(1), "ones": filled(1), "ones_like": filled(1),
        "full": filled(nil), "full_like": filled(nil),
        "arange": { call, writer in
            let start = call.number("start") ?? 0, step = call.number("step") ?? 1
            guard let end = call.number("end") else { throw Problem("end") }
            let isWhole = writer.elementType(of: call.outputs[0]) != 1
            let numbers = [start, end, step]
            guard numbers.allSatisfy({ $0.isFinite && abs($0) < 1e9 }) else { throw Problem("range") }
            writer.add("Range", numbers.map { isWhole ? writer.integer(Int($0)) : writer.number($0) }, to: call.outputs)
        },
    ]

    private static func isWhole(_ call: ATenCall, _ writer: ProgramWriter) -> Bool {
        writer.elementType(of: call.outputs[0]).map { (2...8).contains($0) } ?? false
    }

    /// Everywhere the same number; nil for the one that is given.
    private static func filled(_ value: Double?) -> Rule {
        { call, writer in
            guard let value = value ?? call.number("fill_value"), !isWhole(call, writer) || abs(value) < 1e15
            else { throw Problem("value") }
            let shape = writer.integers(try fixed(call.outputs[0], writer, open: 1))
            writer.add("Expand", [isWhole(call, writer) ? writer.integer(Int(value)) : writer.number(value), shape], to: call.outputs)
        }
    }
}
