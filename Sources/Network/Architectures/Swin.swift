import Tensors

/// Swin transformers: attention in windows, which every other block shifts, and fewer and fewer tokens (Liu et al. 2021). Names as in
/// torchvision, timm, or transformers; how large a network is, its tensors say, but for the size of its images.
struct Swin: Architecture {
    static let all = [
        Swin(name: "transformers_swin", spellings: SwinNames.transformers), Swin(name: "timm_swin", spellings: SwinNames.timm),
        Swin(name: "swin", spellings: SwinNames.torchvision),
    ]

    let name: String
    /// The first is that of a network that is not made of tensors.
    let spellings: [SwinNames]

    var displayName: String { "Swin\(library)" }

    private var library: String {
        switch spellings[0].library {
        case .transformers: " (transformers)"
        case .timm: " (timm)"
        case .torchvision: ""
        }
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        let reading = Reading(parameters, spellings), names = reading.names, prefix = names.prefix
        // Positions of tokens, which the paper's networks do not have.
        try parameters.excludes("\(prefix)embeddings.position_embeddings", "absolute_pos_embed")
        parameters.passesOver(["\(prefix)embeddings.mask_token"])
        var builder = NetworkBuilder(parameters)
        var grid = PatchGrid(height: reading.imageSize[0] / reading.patch, width: reading.imageSize[1] / reading.patch)
        let stem = "\(prefix)\(names.stem)", last = "\(prefix)\(names.normalization)"
        var x = try builder.convolution(
            stem, builder.image, to: reading.width, kernel: reading.patch, stride: reading.patch, padding: 0, bias: true)
        x = builder.add("tokens", Rearrangement(.transpose([1, 2, 0])), x)
        x = try builder.layerNormalization("\(prefix)\(names.stemNormalization)", x, onMaps: false, epsilon: 1e-5)
        var ends: [String] = []
        for (index, stage) in reading.stages.enumerated() {
            if index > 0 {
                let name = names.merging(before: index), outputs = 2 * x.channels
                x = builder.mergedPatches("\(name).merged", x, grid)
                x = try builder.layerNormalization("\(name).norm", x, onMaps: false, epsilon: 1e-5)
                x = try builder.linear("\(name).reduction", x, to: outputs, bias: false)
                builder.alias(name, x)
                grid = PatchGrid(height: (grid.height + 1) / 2, width: (grid.width + 1) / 2)
            }
            x = try blocks(of: index, stage, grid, x, reading, &builder)
            ends.append(names.block(index, stage.depth - 1))
        }
        x = try builder.layerNormalization(last, x, onMaps: false, epsilon: reading.epsilon)
        x = builder.add("maps", Rearrangement(.transpose([2, 0, 1])), x)
        x = builder.add("\(prefix)\(names.pool)", GlobalAveragePooling(), x)
        let stages = [stem] + ends
        var network: ImageNetwork
        if names.library == .transformers, !parameters.isFree, !parameters.needsHead, !parameters.has("classifier.weight") {
            builder.alias("features", x)
            network = builder.network(of: self, logits: "features", classes: 0, input: reading.input, stages: stages, landmarks: [last])
        } else {
            network = try builder.classifier(
                of: self, names.head.module, x, standard: names.head.layers, input: reading.input, stages: stages, landmarks: [last])
        }
        network.displayName = "Swin-\(reading.title)/\(reading.patch), windows of \(reading.stages[0].window)\(library)"
        return network
    }

    private func blocks(
        of index: Int, _ stage: Stage, _ grid: PatchGrid, _ x: NetworkBuilder.Node, _ reading: Reading, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let parameters = builder.parameters, names = reading.names, window = stage.window
        // Where a window covers the whole, there is nothing to shift.
        let shift = min(grid.height, grid.width) <= window ? 0 : window / 2
        let isFilledLate = names.library == .timm
        let shifted = AttentionWindows(grid: grid, side: window, shift: shift, isFilledLate: isFilledLate)
        let plain = AttentionWindows(grid: grid, side: window, shift: 0, isFilledLate: isFilledLate)
        let mask = stage.depth < 2 || parameters.isComparing
            ? nil : shifted.mask.map { builder.add("\(names.stage(index)).mask", Constant($0, parameterCount: 0), inputs: []) }
        // The same for all blocks; nothing is looked up where only shapes are compared.
        let places = parameters.isComparing ? [] : PatchGrid(height: window, width: window).differenceIndices()
        let form = AttentionForm(heads: stage.heads, epsilon: reading.epsilon, hidden: stage.hidden, biases: reading.biases)
        var x = x
        for number in 0..<stage.depth {
            let block = names.block(index, number), table = "\(block).\(names.table)"
            let index = table.replacing("_bias_table", with: "_index")
            parameters.passesOver(["\(block).attn_mask"])
            if names.library == .torchvision {
                parameters.passesOver(index, derivedAs: Tensor(shape: [places.count], values: places.map(Float.init)))
            } else {
                parameters.passesOver([index])
            }
            let differences = (2 * window - 1) * (2 * window - 1)
            let bias = builder.relativePositions(
                table, try parameters.tensor(table, [differences, stage.heads]), at: places, tokens: window * window)
            let isShifted = number % 2 == 1 && shift > 0
            x = try builder.attentionBlock(
                block, x, tokens: window * window, bias: bias,
                windows: (form: isShifted ? shifted : plain, mask: isShifted ? mask : nil), form, names.block)
        }
        return x
    }
}
