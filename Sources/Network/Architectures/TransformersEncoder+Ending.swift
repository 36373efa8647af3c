import Tensors

extension TransformersEncoder {
    /// The end of a network, in its graph.
    struct End {
        /// The last layer.
        let logits: String
        /// 0 where that are features.
        let classes: Int
        /// The layers before it that a picture of the whole shows.
        let landmarks: [String]
    }

    /// Adds what stands behind the blocks: normalisation, pooling, and the classifier if there is one.
    func end(_ x: NetworkBuilder.Node, _ reading: Reading, _ builder: inout NetworkBuilder) throws -> End {
        let parameters = builder.parameters, prefix = reading.prefix
        let norm = "\(prefix)\(lastNormalization)"
        let classifier = ending == .bothTokens ? "cls_classifier" : "classifier"
        let isBody = !parameters.isFree && !parameters.needsHead && !parameters.has("\(classifier).weight")
        func normalized(_ x: NetworkBuilder.Node, _ builder: inout NetworkBuilder, _ name: String? = nil) throws -> NetworkBuilder.Node {
            try builder.layerNormalization(name ?? norm, x, onMaps: name != nil, epsilon: reading.epsilon)
        }
        var features: NetworkBuilder.Node
        var last = norm
        switch ending {
        case .classToken:
            // Two classifiers make another network.
            try parameters.excludes("cls_classifier.weight")
            features = builder.token(0, of: try normalized(x, &builder))
            if isBody, parameters.has("\(prefix)pooler.dense.weight") {
                features = try builder.linear("\(prefix)pooler.dense", features, to: features.channels)
                last = "\(prefix)pooler"
                features = builder.add(last, Pointwise(.tanh), features)
            }
        case .bothTokens:
            let y = try normalized(x, &builder)
            let classes = parameters.firstExtent(of: "cls_classifier.weight", otherwise: 1000)
            let scores = try ["cls_classifier", "distillation_classifier"].enumerated().map { index, name in
                try builder.linear(name, builder.token(index, of: y), to: classes)
            }
            _ = builder.add("logits", Pointwise(.affine(scale: 0.5, shift: 0)), builder.add("both", Sum(), scores[0], scores[1]))
            return End(logits: "logits", classes: classes, landmarks: [norm])
        case .pooledOrClassToken:
            let pooler = "\(prefix)pooler.layernorm"
            if parameters.isFree || parameters.has("\(pooler).weight") {
                last = pooler
                features = try normalized(builder.mean(of: x, from: tokens.count, count: reading.grid.count), &builder, pooler)
            } else {
                features = builder.token(0, of: try normalized(x, &builder))
            }
        case .classTokenAndMean:
            let y = try normalized(x, &builder)
            features = builder.token(0, of: y)
            if !isBody {
                let mean = builder.mean(of: y, from: tokens.count + reading.registerCount, count: reading.grid.count)
                features = builder.add(
                    "features", Concatenation(axis: 0), inputs: [features, mean], channels: 2 * features.channels)
            }
        case .meanBeforeNormalization:
            if isBody {
                features = try normalized(builder.token(0, of: x), &builder, norm)
                if let width = parameters.shape(of: "visual_projection.weight")?.dimensions.first {
                    last = "visual_projection"
                    features = try builder.linear(last, features, to: width, bias: false)
                }
            } else {
                parameters.passesOver(["\(norm).weight", "\(norm).bias"])
                last = "mean"
                features = builder.mean(of: x, from: tokens.count, count: reading.grid.count)
            }
        case .meanOrAttention:
            let y = try normalized(x, &builder), head = "\(prefix)head"
            if isBody, parameters.has("\(head).probe") {
                last = head
                features = try attentionPool(head, y, reading, &builder)
            } else {
                parameters.passesOver(Self.attentionPoolTensors.map { "\(head).\($0)" })
                features = builder.mean(of: y, from: 0, count: reading.grid.count)
            }
        }
        guard !isBody else {
            builder.alias("features", features)
            return End(logits: "features", classes: 0, landmarks: [last])
        }
        let classes = parameters.firstExtent(of: "classifier.weight", otherwise: 1000)
        _ = try builder.linear("classifier", features, to: classes)
        return End(logits: "classifier", classes: classes, landmarks: [last])
    }

    private static let attentionPoolTensors =
        ["probe", "attention.in_proj_weight", "attention.in_proj_bias"]
        + ["attention.out_proj", "layernorm", "mlp.fc1", "mlp.fc2"].flatMap { ["\($0).weight", "\($0).bias"] }

    /// Attention of one learned query to all tokens, and a perceptron (Zhai et al. 2022, "Scaling vision transformers"). Returns its only
    /// token, as a vector.
    private func attentionPool(
        _ name: String, _ x: NetworkBuilder.Node, _ reading: Reading, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let parameters = builder.parameters, width = x.channels
        let probe = try parameters.tensor("\(name).probe", [1, 1, width])
        let query = builder.add(
            "\(name).probe", Constant(learned: probe.values.isEmpty ? probe : probe.reshaped(to: [1, width])), inputs: [], channels: width)
        let weights = try parameters.tensor("\(name).attention.in_proj_weight", [3 * width, width])
        let bias = try parameters.tensor("\(name).attention.in_proj_bias", [3 * width])
        let parts = NetworkBuilder.parts.enumerated().map { index, part in
            // Only shapes are compared where there are no values.
            let layer = Linear(
                weights: weights.rows(index * width, count: width),
                bias: bias.values.isEmpty ? bias.values : Array(bias.values[index * width..<(index + 1) * width]))
            return builder.add("\(name).attention.\(part)", layer, index == 0 ? query : x)
        }
        var y = builder.attention("\(name).attention", parts, queries: 1, tokens: reading.grid.count, heads: reading.size.heads)
        y = try builder.linear("\(name).attention.out_proj", y, to: width)
        let form = AttentionForm(heads: reading.size.heads, nonlinearity: reading.nonlinearity, hidden: reading.size.hidden)
        let z = try builder.layerNormalization("\(name).layernorm", y, onMaps: false, epsilon: reading.epsilon)
        let refined = try builder.perceptron(name, z, form, .plain("mlp.fc1", "mlp.activation_fn", "mlp.fc2"))
        return builder.add(
            "\(name).vector", Reshaping(to: [width, 1, 1]), builder.add(name, Sum(), y, refined))
    }
}

extension NetworkBuilder {
    /// The mean of `count` tokens from one on, as a vector.
    mutating func mean(of x: Node, from first: Int, count: Int) -> Node {
        let part = add("mean.tokens", Rearrangement(.slice(axis: 0, start: first, count: count, step: 1)), x)
        return add("mean", Reshaping(to: [x.channels, 1, 1]), add("mean.row", Reduction(.mean, axes: [0], keepsAxes: false), part))
    }

    /// A map (channels x height x width) of `count` positions as tokens x channels.
    mutating func patchTokens(_ x: Node, count: Int) -> Node {
        add("tokens", Rearrangement(.transpose([1, 0])), add("patches", Reshaping(to: [x.channels, count]), x))
    }

    /// A learned table (differences of position x heads) looked up at `places`, one for every token and every other: 1 x heads x tokens x
    /// tokens.
    mutating func relativePositions(_ name: String, _ table: Tensor, at places: [Int], tokens: Int) -> Node {
        let heads = table.shape[1]
        let values = add(name, Constant(learned: table), inputs: [])
        let byHead = add("\(name).heads", Rearrangement(.transpose([1, 0])), values)
        let looked = add("\(name).looked_up", Rearrangement(.gather(axis: 1, indices: places)), byHead)
        return add("\(name).bias", Reshaping(to: [1, heads, tokens, tokens]), looked)
    }
}
