/// A layer with weights in the head that an architecture's own code makes, and what follows it before the next.
struct HeadLayer {
    enum Kind: Equatable {
        case linear
        case batchNormalization
        case layerNormalization
    }

    /// Below the head's module; empty where the head is this one layer.
    var module: String
    var kind: Kind = .linear
    /// What a linear layer makes; nil for the classes.
    var outputs: Int?
    var hasBias = true
    /// Below the head's module.
    var activation: (module: String, operation: any Operation)?

    static func linear(_ module: String, to outputs: Int? = nil, _ activation: (String, any Operation)? = nil) -> HeadLayer {
        HeadLayer(module: module, outputs: outputs, activation: activation.map { (module: $0.0, operation: $0.1) })
    }

    static func layerNormalization(_ module: String) -> HeadLayer { HeadLayer(module: module, kind: .layerNormalization) }

    /// A single linear layer.
    static let single = [HeadLayer.linear("")]
}

/// A layer with weights that a checkpoint has in its head, as its tensors tell it.
struct FoundHeadLayer {
    enum Kind: Equatable {
        case linear(outputs: Int, bias: Bool)
        /// A 1 x 1 convolution, on a map of one position.
        case pointwiseConvolution(outputs: Int, bias: Bool)
        case batchNormalization(learns: Bool)
        case layerNormalization
        /// Its tensors are those of no layer that heads are made of.
        case unknown
    }

    /// The whole name.
    let module: String
    let kind: Kind
    /// How many channels it takes.
    let inputs: Int

    /// Such as `linear, 512 to 256`.
    var words: String {
        switch kind {
        case .linear(let outputs, let bias): "linear, \(inputs) to \(outputs)\(bias ? "" : ", no bias")"
        case .pointwiseConvolution(let outputs, let bias): "convolution 1 x 1, \(inputs) to \(outputs)\(bias ? "" : ", no bias")"
        case .batchNormalization: "batch normalisation"
        case .layerNormalization: "layer normalisation"
        case .unknown: "unknown"
        }
    }

    /// True where it makes other channels of those it takes.
    var isLinear: Bool {
        switch kind {
        case .linear, .pointwiseConvolution: true
        case .batchNormalization, .layerNormalization, .unknown: false
        }
    }
}

extension Parameters {
    /// The layers at and below `module`, in order; nil where there is no checkpoint to ask. Those of `known` come in its order; of the others,
    /// which have names for numbers, `width`, how many channels the first takes, tells which comes first.
    func headLayers(_ module: String, width: Int, known: [String] = []) -> [FoundHeadLayer]? {
        guard let names = moduleNames(below: module) else { return nil }
        let all = Set(names)
        if names.count == all.intersection(known).count { return known.filter(all.contains).map(headLayer) }
        var open = names.map(headLayer)
        var chain: [FoundHeadLayer] = [], width = width
        while let next = open.firstIndex(where: { $0.inputs == width }) ?? open.indices.first {
            let layer = open.remove(at: next)
            switch layer.kind {
            case .linear(let outputs, _), .pointwiseConvolution(let outputs, _): width = outputs
            case .batchNormalization, .layerNormalization, .unknown: break
            }
            chain.append(layer)
        }
        return chain
    }

    private func headLayer(_ name: String) -> FoundHeadLayer {
        let weight = shape(of: "\(name).weight"), hasBias = has("\(name).bias")
        let statistics = has("\(name).running_var") ? shape(of: "\(name).running_mean") : nil
        let kind: FoundHeadLayer.Kind, inputs: Int?
        switch (weight?.rank, statistics?.rank) {
        case (2, nil): (kind, inputs) = (.linear(outputs: weight?[0] ?? 0, bias: hasBias), weight?[1])
        case (4, nil) where weight?[2] == 1 && weight?[3] == 1:
            (kind, inputs) = (.pointwiseConvolution(outputs: weight?[0] ?? 0, bias: hasBias), weight?[1])
        case (1, 1) where hasBias, (nil, 1): (kind, inputs) = (.batchNormalization(learns: weight != nil), statistics?[0])
        case (1, nil) where hasBias: (kind, inputs) = (.layerNormalization, weight?[0])
        default: (kind, inputs) = (.unknown, nil)
        }
        let parts = Set(tensorNames(of: name).map { $0.dropFirst(name.count + 1) })
        let isWhole = parts.isSubset(of: ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
        return FoundHeadLayer(module: name, kind: isWhole ? kind : .unknown, inputs: inputs ?? -1)
    }
}
