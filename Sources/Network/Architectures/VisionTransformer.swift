import Tensors

/// Vision transformers: patches as tokens, attention between them (Dosovitskiy et al. 2021), and their distilled variant with a
/// second token (Touvron et al. 2021). Names as in torchvision or as in timm.
struct VisionTransformer: Architecture {
    enum Origin {
        case torchvision
        case timm
        /// DeiT in timm: the tensors of timm's vision transformers, trained with ImageNet's colours.
        case deit
        case distilled
    }

    let name: String
    let displayName: String
    let origin: Origin
    let width: Int
    let depth: Int
    let heads: Int
    let patch: Int

    private static let sizes: [String: (width: Int, depth: Int, heads: Int)] = [
        "tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12), "large": (1024, 24, 16), "huge": (1280, 32, 16),
    ]

    static let all: [VisionTransformer] =
        [("base", 16), ("base", 32), ("large", 16), ("large", 32), ("huge", 14)].map { of($0.0, $0.1, .torchvision) }
        + [
            ("tiny", 16), ("small", 16), ("small", 32), ("base", 16), ("base", 32), ("large", 16), ("large", 32),
        ].map { of($0.0, $0.1, .timm) }
        + ["tiny", "small", "base"].map { of($0, 16, .deit) } + ["tiny", "small", "base"].map { of($0, 16, .distilled) }

    private static func of(_ size: String, _ patch: Int, _ origin: Origin) -> VisionTransformer {
        let (width, depth, heads) = sizes[size] ?? (0, 0, 1)
        let letter = size.prefix(1)
        let name =
            switch origin {
            case .torchvision: "vit_\(letter)_\(patch)"
            case .timm: "timm_vit_\(size)_patch\(patch)"
            case .deit: "timm_deit_\(size)_patch\(patch)"
            case .distilled: "timm_deit_\(size)_distilled_patch\(patch)"
            }
        let title = letter.uppercased() + size.dropFirst().prefix(size == "tiny" ? 1 : 0) + "/\(patch)"
        return VisionTransformer(
            name: name,
            displayName: (origin == .torchvision || origin == .timm ? "ViT-" : "DeiT-") + title
                + (origin == .distilled ? ", distilled" : "") + (origin == .torchvision ? "" : " (timm)"),
            origin: origin, width: width, depth: depth, heads: heads, patch: patch)
    }

    var isRecognised: Bool { origin != .deit }

    /// True where one of timm's networks has that size.
    static func hasRow(width: Int, depth: Int, patch: Int) -> Bool {
        all.contains { $0.origin != .torchvision && ($0.width, $0.depth, $0.patch) == (width, depth, patch) }
    }

    private var isTorchvision: Bool { origin == .torchvision }
    /// Tokens that are no patches.
    private var extraTokens: Int { origin == .distilled ? 2 : 1 }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        // Tokens normalised before the first block, or after pooling: other networks.
        try parameters.excludes("norm_pre.weight", "fc_norm.weight", "reg_token", "attn_pool.latent")
        var builder = NetworkBuilder(parameters)
        let positions = isTorchvision ? "encoder.pos_embedding" : "pos_embed"
        let grid = patchesAcross(parameters.shape(of: positions))
        let tokens = grid * grid + extraTokens
        let stem = isTorchvision ? "conv_proj" : "patch_embed.proj"
        var x = try builder.convolution(stem, builder.image, to: width, kernel: patch, stride: patch, padding: 0, bias: true)
        x = builder.patchTokens(x, count: grid * grid)
        let extra = try (isTorchvision ? ["class_token"] : origin == .distilled ? ["cls_token", "dist_token"] : ["cls_token"]).map {
            builder.add($0, Constant(learned: try parameters.tensor($0, [1, 1, width]).reshaped(toTokens: 1, width)), inputs: [])
        }
        x = builder.add("all_tokens", Concatenation(axis: 0), inputs: extra + [x], channels: width)
        let embedding = try parameters.tensor(positions, [1, tokens, width]).reshaped(toTokens: tokens, width)
        x = builder.add("embedded", Arithmetic(.sum), x, builder.add(positions, Constant(learned: embedding), inputs: [], channels: width))
        for index in 0..<depth {
            x = try builder.attentionBlock(
                isTorchvision ? "encoder.layers.encoder_layer_\(index)" : "blocks.\(index)", x, tokens: tokens, .init(heads: heads),
                isTorchvision ? .torchvision(parameters) : .timm)
        }
        x = try builder.layerNormalization(isTorchvision ? "encoder.ln" : "norm", x, onMaps: false)
        let blocks = (0..<depth).map { isTorchvision ? "encoder.layers.encoder_layer_\($0)" : "blocks.\($0)" }
        let matched = Self.matchedBlocks(depth: depth).map { blocks[$0] }
        let stages = [stem] + matched
        let weights: [Float]? = width == 1024 && patch == 32 ? [1, 1, 1, 1, 0.1] : nil
        let head = isTorchvision ? "heads" : "head"
        let standard =
            parameters.has("heads.pre_logits.weight")
            ? [HeadLayer.linear("pre_logits", to: nil, ("act", Pointwise(.tanh))), .linear("head")] : [.linear(isTorchvision ? "head" : "")]
        let classToken = builder.token(0, of: x)
        guard origin == .distilled else {
            var network = try builder.classifier(
                of: self, head, classToken, standard: standard, input: input(grid), stages: stages, landmarks: [isTorchvision ? "encoder.ln" : "norm"],
                weights: weights)
            network.prior = Self.prior(width: width, patch: patch)
            return network
        }
        var result = try builder.head("head", of: classToken, standard: standard, classes: 1000)
        if result.head.kind == .classes {
            let other = try builder.linear("head_dist", builder.token(1, of: x), to: result.head.outputs)
            let both = builder.add("head_sum", Sum(), result.node, other)
            (result.node, result.name) = (builder.add("logits", Pointwise(.affine(scale: 0.5, shift: 0)), both), "logits")
        }
        return builder.network(of: self, result, input: input(grid), stages: stages, landmarks: ["norm"], weights: weights)
    }

    /// VITAL's choice, of networks of twenty-four blocks and of twelve (in the authors' code: 0, 4, 8 and 11); of others the same in twelfths.
    static func matchedBlocks(depth: Int) -> [Int] {
        guard depth != 24 else { return [2, 9, 20, 23] }
        var blocks: [Int] = []
        for block in [0, 4, 8].map({ $0 * depth / 12 }) + [depth - 1] where block != blocks.last { blocks.append(block) }
        return blocks
    }

    /// What VITAL asks of a picture besides, of large networks; of base ones as much as of the large one with small patches (ours: nothing is
    /// published of them).
    static func prior(width: Int, patch: Int) -> (totalVariation: Float, norm: Float) {
        switch (width, patch) {
        case (1024, 16), (768, 16), (768, 32): (3e-3, 3e-3)
        case (1024, _): (3e-4, 3e-4)
        default: (0, 0)
        }
    }

    /// The side of the grid of patches, as the position embedding (1 x tokens x width) tells it.
    private func patchesAcross(_ embedding: Shape?) -> Int {
        let usual = 224 / patch
        guard let embedding, embedding.rank == 3, embedding[1] > extraTokens else { return usual }
        let side = Int(Double(embedding[1] - extraTokens).squareRoot())
        return side * side == embedding[1] - extraTokens ? side : usual
    }

    private func input(_ grid: Int) -> ImageNetwork.Input {
        let size = grid * patch
        func shorterSide(_ share: Double) -> Int { Int((Double(size) / share).rounded(.down)) }
        let half: [Float] = [0.5, 0.5, 0.5]
        switch origin {
        case .torchvision:
            // Weights for other resolutions, and those of the largest network, are used without a crop.
            let isUsual = size == 224 && patch != 14
            return .init(
                resize: isUsual ? (width == 1024 && patch == 16 ? 242 : 256) : size, interpolation: isUsual ? .bilinear : .bicubic,
                size: [size, size])
        case .timm:
            return .init(
                resize: shorterSide(size > 224 ? 1 : 0.9), interpolation: .bicubic, size: [size, size], mean: half,
                standardDeviation: half)
        case .deit, .distilled:
            return .init(resize: shorterSide(size > 224 ? 1 : 0.9), interpolation: .bicubic, size: [size, size])
        }
    }
}

extension Tensor {
    /// Tokens without the axis of one in front. An empty tensor stays empty: then only shapes are compared.
    fileprivate func reshaped(toTokens count: Int, _ width: Int) -> Tensor {
        values.isEmpty ? self : reshaped(to: [count, width])
    }
}
