import Diagnostics
import Tensors

/// The vision transformers of the transformers library: ViT, DeiT, BEiT, DINOv2, and the image towers of CLIP and SigLIP. What a
/// family calls its parts and how it ends is data (`TransformersEncoder+Families.swift`); how large a network is, its tensors say.
///
/// What they do not say (the number of heads, the epsilon of normalisations, the nonlinearity) is taken from the configuration that
/// the library writes beside the weights, or is what the family's networks usually have, and then among the assumptions.
struct TransformersEncoder: Architecture {
    /// What the blocks' modules are called: in files, which version 5 still writes as version 4 did, and in version 5's memory.
    struct Spelling: Sendable {
        /// What stands before a block's number.
        let blocks: String
        let modules: AttentionModules
        /// A block's own table of position biases, below its name.
        var blockBias: String?
        /// The table that all blocks share.
        var sharedBias: String?
    }

    /// What is made of the tokens in the end, and what is read of it.
    enum Ending {
        /// The class token, normalised. A body of its own may have a linear layer and a hyperbolic tangent behind it.
        case classToken
        /// The same of the class token and the distillation token, each with a classifier: their mean (Touvron et al. 2021).
        case bothTokens
        /// The mean of patches, then normalised, or the class token, as the tensors say (Bao et al. 2022).
        case pooledOrClassToken
        /// The class token beside the mean of patches, normalised; a body of its own ends in the class token (Oquab et al. 2024).
        case classTokenAndMean
        /// The mean of patches as they are; a body of its own ends in the class token, normalised (Radford et al. 2021).
        case meanBeforeNormalization
        /// The mean of all tokens, normalised; a body of its own ends in an attention of one learned query (Zhai et al. 2023).
        case meanOrAttention
    }

    let name: String
    let title: String
    /// In configurations: the family's words for itself; the section of a network of images and texts is its `vision_config`.
    let modelTypes: [String]
    /// The module of the body within a classifier; a body of its own comes without.
    let prefix: String
    let spellings: [Spelling]
    let stem: String
    var stemHasBias = true
    let positions: String
    /// Learned tokens before the patches.
    let tokens: [String]
    /// Their tensors have one axis instead of three.
    var tokensAreVectors = false
    /// Learned tokens between those and the patches, which get no position.
    var registers: String?
    var firstNormalization: String?
    let lastNormalization: String
    let ending: Ending
    /// Positions are interpolated when images have another size than in training.
    var interpolates: Interpolation?
    let epsilon: Float
    var nonlinearity = PointwiseFunction.gelu
    let input: Habit
    /// Of a network that is not made of tensors.
    let usual: Size

    enum Interpolation { case plain, antialiased }

    /// How the family's networks are usually given their images.
    struct Habit {
        /// The shorter side after resizing, as a multiple of the crop; nil where the whole image is brought to the input's size.
        var resize: Double?
        var interpolation = ImageNetwork.Input.Interpolation.bicubic
        let mean: [Float]
        let deviation: [Float]
    }

    var displayName: String { "\(title) (transformers)" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        let reading = Reading(self, parameters)
        let (size, prefix) = (reading.size, reading.prefix)
        var builder = NetworkBuilder(parameters)
        let form = AttentionForm(
            heads: size.heads, epsilon: reading.epsilon, nonlinearity: reading.nonlinearity, hidden: size.hidden, biases: reading.biases)
        let count = reading.grid.count + tokens.count + reading.registerCount
        var x = try embed(reading, &builder)
        let hasBias = reading.sharedBias != nil || reading.blockBias != nil
        // The same for all blocks; nothing is looked up where only shapes are compared.
        let places = hasBias && !parameters.isComparing ? try Self.biasPlaces(on: reading.trainedGrid) : []
        let shared = try reading.sharedBias.map { try positionBias($0, at: places, reading, &builder) }
        let blocks = (0..<size.depth).map { "\(reading.blocks).\($0)" }
        for block in blocks {
            let own = try reading.blockBias.map { try positionBias("\(block).\($0)", at: places, reading, &builder) }
            x = try builder.attentionBlock(block, x, tokens: count, bias: own ?? shared, form, reading.modules)
        }
        let matched = VisionTransformer.matchedBlocks(depth: size.depth).map { blocks[$0] }
        let end = try end(x, reading, &builder)
        var network = builder.network(
            of: self, logits: end.logits, classes: end.classes, input: input(reading), stages: ["\(prefix)\(stem)"] + matched,
            landmarks: end.landmarks)
        network.displayName = "\(title)-\(size.title) (transformers)"
        network.prior = VisionTransformer.prior(width: size.width, patch: size.patch)
        return network
    }

    /// Patches and learned tokens with their positions, tokens x channels.
    private func embed(_ reading: Reading, _ builder: inout NetworkBuilder) throws -> NetworkBuilder.Node {
        let parameters = builder.parameters
        let (size, grid, prefix) = (reading.size, reading.grid, reading.prefix)
        parameters.passesOver(["embeddings.mask_token", "embeddings.position_ids"].map { "\(prefix)\($0)" })
        var x = try builder.convolution(
            "\(prefix)\(stem)", builder.image, to: size.width, kernel: size.patch, stride: size.patch, padding: 0, bias: stemHasBias)
        x = builder.patchTokens(x, count: grid.count)
        let learned = try tokens.map { token in
            let name = "\(prefix)\(token)"
            let values = try parameters.tensor(name, tokensAreVectors ? [size.width] : [1, 1, size.width]).asRows(1, size.width)
            return builder.add(name, Constant(learned: values), inputs: [], channels: size.width)
        }
        if !learned.isEmpty { x = builder.add("all_tokens", Concatenation(axis: 0), inputs: learned + [x], channels: size.width) }
        if reading.hasPositions { x = builder.add("embedded", Arithmetic(.sum), x, try positions(reading, &builder)) }
        if let registers, reading.registerCount > 0 {
            let count = reading.registerCount
            let values = try parameters.tensor("\(prefix)\(registers)", [1, count, size.width]).asRows(count, size.width)
            let constant = builder.add("\(prefix)\(registers)", Constant(learned: values), inputs: [], channels: size.width)
            let front = builder.add("embedded.front", Rearrangement(.slice(axis: 0, start: 0, count: tokens.count, step: 1)), x)
            let patches = builder.add(
                "embedded.patches", Rearrangement(.slice(axis: 0, start: tokens.count, count: grid.count, step: 1)), x)
            x = builder.add("registered", Concatenation(axis: 0), inputs: [front, constant, patches], channels: size.width)
        }
        guard let firstNormalization else { return x }
        return try builder.layerNormalization("\(prefix)\(firstNormalization)", x, onMaps: false, epsilon: reading.epsilon)
    }

    /// The learned positions of all tokens but registers, interpolated where the images have another size than in training.
    private func positions(_ reading: Reading, _ builder: inout NetworkBuilder) throws -> NetworkBuilder.Node {
        let name = "\(reading.prefix)\(positions)", width = reading.size.width
        let count = reading.trainedGrid.count + tokens.count
        let isTable = name.hasSuffix(".weight")
        let learned = try builder.parameters.tensor(name, isTable ? [count, width] : [1, count, width]).asRows(count, width)
        guard reading.grid != reading.trainedGrid, let interpolates, !learned.values.isEmpty else {
            return builder.add(name, Constant(learned: learned), inputs: [], channels: width)
        }
        let front = Array(learned.values[..<(tokens.count * width)])
        let patches = Tensor(shape: [reading.trainedGrid.count, width], values: Array(learned.values[(tokens.count * width)...]))
            .resampled(from: reading.trainedGrid, to: reading.grid, antialiases: interpolates == .antialiased)
        let all = Tensor(shape: [tokens.count + reading.grid.count, width], values: front + patches.values)
        return builder.add(name, Constant(all, parameterCount: learned.values.count), inputs: [], channels: width)
    }

    /// What attention's products get for where tokens stand to one another: 1 x heads x tokens x tokens, looked up in a table
    /// (differences and three relations of the class token x heads).
    private func positionBias(
        _ name: String, at places: [Int], _ reading: Reading, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let grid = reading.trainedGrid
        builder.parameters.passesOver([name.replacing("_bias_table", with: "_index")])
        let table = try builder.parameters.tensor(name, [grid.differences + 3, reading.size.heads])
        return builder.relativePositions(name, table, at: places, tokens: grid.count + 1)
    }

    private static let biasLimit = 4096

    /// Which row of a table of position biases belongs to every token and every other, the class token first.
    static func biasPlaces(on grid: PatchGrid) throws -> [Int] {
        guard grid.count <= biasLimit else {
            throw Problem(
                "\(grid.count) patches are too many for position biases",
                explanation: "Every patch has one for every other; at most \(biasLimit) are taken.", remedy: "Use a network for smaller images.")
        }
        return grid.differenceIndicesWithClassToken()
    }

    private func input(_ reading: Reading) -> ImageNetwork.Input {
        let size = [reading.grid.height * reading.size.patch, reading.grid.width * reading.size.patch]
        let crop = reading.imageSize ?? size
        return .init(
            resize: input.resize.map { Int((Double(crop.min() ?? 0) * $0).rounded()) }, interpolation: input.interpolation, size: crop,
            mean: input.mean, standardDeviation: input.deviation)
    }
}

extension Tensor {
    /// The same values as rows. An empty tensor stays empty: then only shapes are compared.
    fileprivate func asRows(_ count: Int, _ width: Int) -> Tensor { values.isEmpty ? self : reshaped(to: [count, width]) }
}
