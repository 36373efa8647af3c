/// The arithmetic that a graph does on the image's channels before anything else: constants taken off, scales, channels put in another
/// order. Exporters that wrap a network leave it at the beginning, and so does Keras.
struct GraphNormalization {
    /// Of one channel of the image as it leaves that arithmetic: `scale * x + shift`, of the image's channel `source`.
    struct Channel: Equatable {
        var source: Int
        var scale: Double
        var shift: Double
    }

    /// In the order in which the network's first real layer takes them.
    let channels: [Channel]

    /// What is known of a node that only looks at the image: its channels, and the axis that they stand along (nil: a single one, its
    /// axis dropped).
    private struct Form: Equatable {
        var channels: [Channel]
        var axis: Int?
    }

    /// Nil when the graph's first layers do something else with the image, or nothing, or take it in several ways.
    init?(_ graph: Graph, input: ImageNetwork.Input) {
        guard let shapes = try? graph.shapes(input: input.shape) else { return nil }
        let count = input.channels
        var forms: [Int: Form] = [
            0: Form(channels: (0..<count).map { Channel(source: $0, scale: 1, shift: 0) }, axis: 0)
        ]
        for (position, node) in graph.nodes.enumerated().dropFirst() {
            let inputs = node.inputs.compactMap { forms[$0] }
            guard !inputs.isEmpty, inputs.count == node.inputs.count else { continue }
            forms[position] = Self.form(node.operation, inputs, from: node.inputs.map { shapes[$0].dimensions }, to: shapes[position].dimensions)
        }
        let consumers = graph.consumers
        // What the rest of the graph sees of the image: it must be one value, and all channels of it.
        let frontier = forms.keys.filter { place in consumers[place].contains { forms[$0] == nil } || consumers[place].isEmpty }
        guard let last = frontier.first, frontier.count == 1, last > 0, let form = forms[last], form.channels.count == count,
            Set(form.channels.map(\.source)).count == count
        else { return nil }
        guard form.channels.enumerated().contains(where: { $1 != Channel(source: $0, scale: 1, shift: 0) }) else { return nil }
        channels = form.channels
    }

    private static func form(_ operation: any Operation, _ inputs: [Form], from: [[Int]], to: [Int]) -> Form? {
        var form = inputs[0]
        func apply(_ scale: (Int) -> Double, _ shift: (Int) -> Double) -> Form {
            var result = form
            for index in result.channels.indices {
                result.channels[index].scale *= scale(index)
                result.channels[index].shift = result.channels[index].shift * scale(index) + shift(index)
            }
            return result
        }
        func absolute(_ axis: Int) -> Int { axis < 0 ? axis + from[0].count : axis }
        switch operation {
        case let pointwise as Pointwise:
            guard case .affine(let scale, let shift) = pointwise.function else { return nil }
            return apply({ _ in Double(scale) }, { _ in Double(shift) })
        case let affine as Affine:
            guard absolute(affine.axis) == form.axis, affine.scale.count == form.channels.count else { return nil }
            return apply({ Double(affine.scale[$0]) }, { Double(affine.shift[$0]) })
        case let normalization as BatchNormalization:
            guard form.axis == 0, normalization.scale.count == form.channels.count else { return nil }
            return apply({ normalization.scale[$0] }, { normalization.shift[$0] })
        case let rearrangement as Rearrangement:
            switch rearrangement.step {
            case .transpose(let order):
                if let axis = form.axis { form.axis = order.firstIndex(of: axis) }
                // Height and width keep their order.
                let rest = order.filter { $0 != inputs[0].axis }
                return rest == rest.sorted() ? form : nil
            case .gather(let axis, let indices):
                guard absolute(axis) == form.axis else { return nil }
                form.channels = indices.map { form.channels[$0] }
                return form
            case .slice(let axis, let start, let count, let step):
                guard absolute(axis) == form.axis else { return nil }
                form.channels = (0..<count).map { form.channels[start + $0 * step] }
                return form
            case .pad, .expand: return nil
            }
        case let concatenation as Concatenation:
            guard let axis = form.axis, absolute(concatenation.axis) == axis, inputs.allSatisfy({ $0.axis == axis }) else { return nil }
            return Form(channels: inputs.flatMap(\.channels), axis: axis)
        case is Reshaping:
            // An axis of one channel taken away or put in.
            guard form.channels.count == 1 else { return to == from[0] ? form : nil }
            let map = form.axis.map { axis in from[0].indices.filter { $0 != axis }.map { from[0][$0] } } ?? from[0]
            if to == map { return Form(channels: form.channels, axis: nil) }
            if to == [1] + map { return Form(channels: form.channels, axis: 0) }
            return to == map + [1] ? Form(channels: form.channels, axis: map.count) : nil
        default: return nil
        }
    }
}

extension GraphNormalization {
    /// What the arithmetic says of the image that it expects, in the image's own order of channels; nil when it does not plainly
    /// normalise.
    ///
    /// It does when values of one of three ranges (0 to 255, 0 to 1, -1 to 1) come out centred about zero, or from 0 to 1, as networks
    /// take them. What turns one normalisation into another (Inception's `transform_input`) comes out neither way.
    var stated: ImageNetwork.Input.Stated? {
        guard channels.contains(where: { $0.scale != 1 || $0.shift != 0 }), let range = Self.ranges.first(where: isNormal) else {
            return nil
        }
        var result = ImageNetwork.Input.Stated(.graph)
        result.valueRange = range.map(Float.init)
        result.mean = [0]
        result.standardDeviation = [1]
        if channels.count == 3 { result.channelOrder = order(range) }
        return result
    }

    private static let ranges: [[Double]] = [[0, 255], [0, 1], [-1, 1]]

    private func isNormal(_ range: [Double]) -> Bool {
        channels.allSatisfy { channel in
            let low = channel.scale * range[0] + channel.shift, high = channel.scale * range[1] + channel.shift
            let width = high - low, middle = (low + high) / 2
            func spans(_ wanted: Double) -> Bool { abs(low) < 1e-3 && abs(high - wanted) < 1e-3 * wanted }
            if range == [0, 1] ? spans(255) : spans(1) { return true }
            guard abs(middle) <= 0.4 * width else { return false }
            switch range {
            // From -1 to 1 as it came: nothing is normalised.
            case [-1, 1]: return width > 2.5 && width < 12
            // About the mean of bytes, and not scaled: Caffe's networks. About the middle, and not scaled.
            case [0, 255]: return width > 1.5 && width < 12 || abs(width - 255) < 1
            default: return width > 0.999 && width < 12 || abs(width - 255) < 1
            }
        }
    }

    /// Blue first where the means taken off are ImageNet's in that order; red first where they are in the other; nil where they do not
    /// tell.
    private func order(_ range: [Double]) -> ImageNetwork.Input.ChannelOrder? {
        let extent = range[1] - range[0]
        var means = [Double](repeating: 0, count: 3)
        for channel in channels where channel.scale != 0 {
            means[channel.source] = (-channel.shift / channel.scale - range[0]) / extent
        }
        let red = ImageNetwork.Input.imageNetMean.map(Double.init)
        func isNear(_ wanted: [Double]) -> Bool { zip(means, wanted).allSatisfy { abs($0 - $1) < 0.012 } }
        if isNear(red) { return .rgb }
        return isNear(red.reversed()) ? .bgr : nil
    }
}
