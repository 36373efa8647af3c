import Tensors

/// Swin transformers: attention in windows, which every other block shifts, and fewer and fewer tokens (Liu et al. 2021). Names as in the
/// transformers library; how large a network is, its tensors say, but for the size of its images.
struct Swin: Architecture {
    /// What modules are called, below the body's.
    struct Names: Sendable {
        let block: AttentionModules
        /// A block's table of position biases.
        let table: String
    }

    static let all = [Swin()]

    let name = "transformers_swin"
    var displayName: String { "Swin (transformers)" }

    private static let prefix = "swin."

    /// In files, which version 5 still writes as version 4 did, and in version 5's memory.
    private static let spellings = [
        Names(
            block: AttentionModules(
                firstNormalization: "layernorm_before", projection: .apart(
                    queries: "attention.self.query", keys: "attention.self.key", values: "attention.self.value"),
                output: "attention.output.dense", secondNormalization: "layernorm_after",
                perceptron: .plain("intermediate.dense", "intermediate.intermediate_act_fn", "output.dense")),
            table: "attention.self.relative_position_bias_table"),
        Names(
            block: AttentionModules(
                firstNormalization: "layernorm_before", projection: .apart(
                    queries: "attention.q_proj", keys: "attention.k_proj", values: "attention.v_proj"),
                output: "attention.o_proj", secondNormalization: "layernorm_after",
                perceptron: .plain("mlp.fc1", "mlp.activation_fn", "mlp.fc2")),
            table: "attention.relative_position_bias.relative_position_bias_table"),
    ]

    private struct Stage {
        var depth: Int
        var heads: Int
        /// Of perceptrons.
        var hidden: Int
    }

    /// What tensors and configuration say about a network.
    private struct Reading {
        let prefix: String
        let names: Names
        var width = 96
        var patch = 4
        /// Swin-T's, of a network that is not made of tensors.
        var stages = [(2, 3), (2, 6), (6, 12), (2, 24)].enumerated().map { Stage(depth: $1.0, heads: $1.1, hidden: 384 << $0) }
        var window = 7
        var imageSize = [224, 224]
        var epsilon: Float = 1e-5
        var biases = [true, true, true]

        init(_ parameters: Parameters) {
            let isFree = parameters.isFree
            let stem = "embeddings.patch_embeddings.projection.weight"
            let prefix = isFree || parameters.has(Swin.prefix + stem) ? Swin.prefix : ""
            func first(_ stage: Int, _ block: Int, _ part: String) -> String { "\(prefix)encoder.layers.\(stage).blocks.\(block).\(part)" }
            let names = Swin.spellings.first { parameters.has(first(0, 0, $0.table)) } ?? Swin.spellings[0]
            (self.prefix, self.names) = (prefix, names)
            guard !isFree else { return }
            func extents(_ name: String, _ rank: Int) -> [Int]? {
                guard let shape = parameters.shape(of: name), shape.rank == rank, shape.dimensions.allSatisfy({ (1...1 << 16).contains($0) })
                else { return nil }
                return shape.dimensions
            }
            if let found = extents(prefix + stem, 4) { (width, patch) = (found[0], found[2]) }
            var stages: [Stage] = []
            while stages.count < 16, let table = extents(first(stages.count, 0, names.table), 2) {
                let stage = stages.count
                var depth = 1
                while parameters.has(first(stage, depth, names.table)) { depth += 1 }
                guard case .plain(let perceptron, _, _) = names.block.perceptron else { break }
                stages.append(
                    Stage(depth: depth, heads: table[1], hidden: extents(first(stage, 0, "\(perceptron).weight"), 2)?[0] ?? 4 * width << stage))
                if stage == 0 { window = min((Int(Double(table[0]).squareRoot()) + 1) / 2, 32) }
            }
            if !stages.isEmpty { self.stages = stages }
            if case .apart(let queries, let keys, let values) = names.block.projection {
                biases = [queries, keys, values].map { parameters.has(first(0, 0, "\($0).bias")) }
            }
            let configuration = parameters.configuration.flatMap { $0.modelType == "swin" && $0.integer("embed_dim") ?? width == width ? $0 : nil }
            epsilon = configuration?.number("layer_norm_eps").map { Float($0) } ?? 1e-5
            if let size = configuration?.integers("image_size"), [1, 2].contains(size.count),
                size.allSatisfy({ (patch...4096).contains($0) && $0 % patch == 0 })
            {
                imageSize = [size[0], size[size.count - 1]]
            } else {
                // Whole windows down to the last stage: 224 for windows of 7, 384 for windows of 12.
                let side = min(window << (self.stages.count - 1), 1024 / patch) * patch
                imageSize = [side, side]
                parameters.assume("images of \(side) pixels, as windows of \(window) suggest")
            }
        }

        var title: String {
            let depths = stages.map(\.depth)
            let letter: String? =
                switch (width, depths) {
                case (96, [2, 2, 6, 2]): "T"
                case (96, [2, 2, 18, 2]): "S"
                case (128, [2, 2, 18, 2]): "B"
                case (192, [2, 2, 18, 2]): "L"
                default: nil
                }
            return letter ?? "\(depths.map(String.init).joined(separator: "-"))x\(width)"
        }
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        // Positions of tokens, which the paper's networks do not have.
        try parameters.excludes("swin.embeddings.position_embeddings", "embeddings.position_embeddings")
        let reading = Reading(parameters)
        let prefix = reading.prefix
        parameters.passesOver(["\(prefix)embeddings.mask_token"])
        var builder = NetworkBuilder(parameters)
        var grid = PatchGrid(height: reading.imageSize[0] / reading.patch, width: reading.imageSize[1] / reading.patch)
        let stem = "\(prefix)embeddings.patch_embeddings.projection"
        var x = try builder.convolution(
            stem, builder.image, to: reading.width, kernel: reading.patch, stride: reading.patch, padding: 0, bias: true)
        x = builder.add("tokens", Rearrangement(.transpose([1, 2, 0])), x)
        x = try builder.layerNormalization("\(prefix)embeddings.norm", x, onMaps: false, epsilon: 1e-5)
        var ends: [String] = []
        for (index, stage) in reading.stages.enumerated() {
            let name = "\(prefix)encoder.layers.\(index)"
            x = try blocks(of: name, stage, grid, x, reading, &builder)
            ends.append("\(name).blocks.\(stage.depth - 1)")
            guard index + 1 < reading.stages.count else { break }
            let outputs = 2 * x.channels
            x = builder.mergedPatches("\(name).downsample.merged", x, grid)
            x = try builder.layerNormalization("\(name).downsample.norm", x, onMaps: false, epsilon: 1e-5)
            x = try builder.linear("\(name).downsample.reduction", x, to: outputs, bias: false)
            builder.alias("\(name).downsample", x)
            grid = PatchGrid(height: (grid.height + 1) / 2, width: (grid.width + 1) / 2)
        }
        x = try builder.layerNormalization("\(prefix)layernorm", x, onMaps: false, epsilon: reading.epsilon)
        x = builder.add("maps", Rearrangement(.transpose([2, 0, 1])), x)
        x = builder.add("\(prefix)pooler", GlobalAveragePooling(), x)
        let input = ImageNetwork.Input(resize: nil, interpolation: .bicubic, size: reading.imageSize)
        var network: ImageNetwork
        if !parameters.isFree, !parameters.needsHead, !parameters.has("classifier.weight") {
            builder.alias("features", x)
            network = builder.network(
                of: self, logits: "features", classes: 0, input: input, stages: [stem] + ends, landmarks: ["\(prefix)layernorm"])
        } else {
            network = try builder.classifier(
                of: self, "classifier", x, input: input, stages: [stem] + ends, landmarks: ["\(prefix)layernorm"])
        }
        network.displayName = "Swin-\(reading.title)/\(reading.patch), windows of \(reading.window) (transformers)"
        return network
    }

    private func blocks(
        of name: String, _ stage: Stage, _ grid: PatchGrid, _ x: NetworkBuilder.Node, _ reading: Reading, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let parameters = builder.parameters, window = reading.window
        // Where a window covers the whole, there is nothing to shift.
        let shift = min(grid.height, grid.width) <= window ? 0 : window / 2
        let shifted = AttentionWindows(grid: grid, side: window, shift: shift)
        let plain = AttentionWindows(grid: grid, side: window, shift: 0)
        let mask = stage.depth < 2 || parameters.isComparing
            ? nil : shifted.mask.map { builder.add("\(name).mask", Constant($0, parameterCount: 0), inputs: []) }
        // The same for all blocks; nothing is looked up where only shapes are compared.
        let places = parameters.isComparing ? [] : PatchGrid(height: window, width: window).differenceIndices()
        let form = AttentionForm(heads: stage.heads, epsilon: reading.epsilon, hidden: stage.hidden, biases: reading.biases)
        var x = x
        for index in 0..<stage.depth {
            let block = "\(name).blocks.\(index)", table = "\(block).\(reading.names.table)"
            parameters.passesOver([table.replacing("_bias_table", with: "_index")])
            let differences = (2 * window - 1) * (2 * window - 1)
            let bias = builder.relativePositions(
                table, try parameters.tensor(table, [differences, stage.heads]), at: places, tokens: window * window)
            let isShifted = index % 2 == 1 && shift > 0
            x = try builder.attentionBlock(
                block, x, tokens: window * window, bias: bias,
                windows: (form: isShifted ? shifted : plain, mask: isShifted ? mask : nil), form, reading.names.block)
        }
        return x
    }
}
