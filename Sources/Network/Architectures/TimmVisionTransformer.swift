import Diagnostics
import Tensors

/// The vision transformers of timm for which `VisionTransformer` has no row: other sizes, no class token, registers, positions of patches
/// only, towers of CLIP and SigLIP, DINOv2, DeiT III (Touvron et al. 2022), BEiT. Which parts a network has and how large they are, its
/// tensors say.
///
/// What they do not say (the number of heads, the epsilon of normalisations, the nonlinearity) follows from timm's name of the network
/// where `config.json` has it, or is what timm's networks of that kind have, and then among the assumptions.
struct TimmVisionTransformer: Architecture {
    /// Told apart by tensors; each has its own habits.
    enum Kind {
        case plain, clip, dinov2, deit3, siglip, beit
    }

    let name: String
    let title: String
    let kind: Kind

    static let all = [
        TimmVisionTransformer(name: "timm_vit", title: "ViT", kind: .plain),
        TimmVisionTransformer(name: "timm_vit_clip", title: "CLIP ViT", kind: .clip),
        TimmVisionTransformer(name: "timm_vit_dinov2", title: "DINOv2 ViT", kind: .dinov2),
        TimmVisionTransformer(name: "timm_vit_siglip", title: "SigLIP ViT", kind: .siglip),
        TimmVisionTransformer(name: "timm_deit3", title: "DeiT III", kind: .deit3),
        TimmVisionTransformer(name: "timm_beit", title: "BEiT", kind: .beit),
    ]

    var displayName: String { "\(title) (timm)" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        let reading = Reading(parameters, kind)
        guard parameters.isFree || (reading.kind == kind && !reading.isListed) else {
            throw Problem(
                "The checkpoint is no \(name)", explanation: "Its tensors are those of another vision transformer of timm's.",
                remedy: "Leave --architecture out to have it recognised.")
        }
        try parameters.excludes(reading.foreign)
        parameters.passesOver(["mask_token"])
        var builder = NetworkBuilder(parameters)
        let count = reading.grid.count + reading.prefixCount
        var x = try embed(reading, &builder)
        let places = reading.hasTables && !parameters.isComparing ? try TransformersEncoder.biasPlaces(on: reading.grid) : []
        let form = AttentionForm(
            heads: reading.size.heads, epsilon: reading.epsilon, nonlinearity: reading.nonlinearity, hidden: reading.size.hidden)
        let blocks = (0..<reading.size.depth).map { "blocks.\($0)" }
        for block in blocks {
            var bias: NetworkBuilder.Node?
            if reading.hasTables {
                let table = "\(block).\(Reading.table)"
                parameters.passesOver(["\(block).attn.relative_position_index"])
                let values = try parameters.tensor(table, [reading.grid.differences + 3, reading.size.heads])
                bias = builder.relativePositions(table, values, at: places, tokens: count)
            }
            x = try builder.attentionBlock(block, x, tokens: count, bias: bias, form, reading.modules)
        }
        let (features, last) = try pooled(x, reading, &builder)
        let matched = VisionTransformer.matchedBlocks(depth: reading.size.depth).map { blocks[$0] }
        var network = try builder.classifier(
            of: self, "head", features, input: reading.input, stages: ["patch_embed.proj"] + matched, landmarks: [last])
        network.displayName = "\(title)-\(reading.size.title) (timm)"
        network.prior = VisionTransformer.prior(width: reading.size.width, patch: reading.size.patch)
        return network
    }

    /// Patches and learned tokens with their positions, tokens x channels.
    private func embed(_ reading: Reading, _ builder: inout NetworkBuilder) throws -> NetworkBuilder.Node {
        let parameters = builder.parameters, size = reading.size, width = size.width
        var x = try builder.convolution(
            "patch_embed.proj", builder.image, to: width, kernel: size.patch, stride: size.patch, padding: 0, bias: reading.stemHasBias)
        x = builder.patchTokens(x, count: reading.grid.count)
        var learned: [NetworkBuilder.Node] = []
        for (name, count) in [("cls_token", reading.hasClassToken ? 1 : 0), ("reg_token", reading.registerCount)] where count > 0 {
            let values = try parameters.tensor(name, [1, count, width])
            learned.append(builder.add(name, Constant(learned: values.asRows), inputs: [], channels: width))
        }
        func positioned(_ x: NetworkBuilder.Node, _ count: Int) throws -> NetworkBuilder.Node {
            let positions = try parameters.tensor("pos_embed", [1, count, width])
            return builder.add("embedded", Arithmetic(.sum), x, builder.add("pos_embed", Constant(learned: positions.asRows), inputs: [], channels: width))
        }
        if reading.positions == .patches { x = try positioned(x, reading.grid.count) }
        if !learned.isEmpty { x = builder.add("all_tokens", Concatenation(axis: 0), inputs: learned + [x], channels: width) }
        if reading.positions == .all { x = try positioned(x, reading.grid.count + reading.prefixCount) }
        return reading.hasFirstNormalization ? try builder.layerNormalization("norm_pre", x, onMaps: false, epsilon: reading.epsilon) : x
    }

    /// The features that the head reads, a vector, and the last layer that makes them.
    private func pooled(
        _ x: NetworkBuilder.Node, _ reading: Reading, _ builder: inout NetworkBuilder
    ) throws -> (features: NetworkBuilder.Node, layer: String) {
        var y = x
        if !reading.normalizesFeatures { y = try builder.layerNormalization("norm", y, onMaps: false, epsilon: reading.epsilon) }
        switch reading.pool {
        case .token: y = builder.token(0, of: y)
        case .mean: y = builder.mean(of: y, from: reading.prefixCount, count: reading.grid.count)
        case .attention: y = try attentionPool("attn_pool", y, reading, &builder)
        }
        guard reading.normalizesFeatures else { return (y, reading.pool == .attention ? "attn_pool" : "norm") }
        return (try builder.layerNormalization("fc_norm", y, onMaps: true, epsilon: reading.epsilon), "fc_norm")
    }

    /// Attention of one learned query to all patches, and a perceptron (Zhai et al. 2022, "Scaling vision transformers").
    private func attentionPool(
        _ name: String, _ x: NetworkBuilder.Node, _ reading: Reading, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let width = x.channels, count = reading.grid.count
        let latent = try builder.parameters.tensor("\(name).latent", [1, 1, width])
        let probe = builder.add("\(name).latent", Constant(learned: latent.asRows), inputs: [], channels: width)
        let query = try builder.linear("\(name).q", probe, to: width)
        let patches = reading.prefixCount == 0
            ? x : builder.add("\(name).patches", Rearrangement(.slice(axis: 0, start: reading.prefixCount, count: count, step: 1)), x)
        let both = try builder.linear("\(name).kv", patches, to: 2 * width)
        let parts = ["keys", "values"].enumerated().map { index, part in
            builder.add(
                "\(name).attention.\(part)", Rearrangement(.slice(axis: -1, start: index * width, count: width, step: 1)), both,
                channels: width)
        }
        var y = builder.attention("\(name).attention", [query] + parts, queries: 1, tokens: count, heads: reading.size.heads)
        y = try builder.linear("\(name).proj", y, to: width)
        let form = AttentionForm(heads: reading.size.heads, nonlinearity: reading.nonlinearity, hidden: reading.size.hidden)
        let z = try builder.layerNormalization("\(name).norm", y, onMaps: false, epsilon: reading.epsilon)
        let refined = try builder.perceptron(name, z, form, .plain("mlp.fc1", "mlp.act", "mlp.fc2"))
        let sum = builder.add("\(name).sum", Sum(), y, refined)
        return builder.add(name, Reshaping(to: [width, 1, 1]), sum)
    }
}

extension Tensor {
    /// A batch of one as rows. An empty tensor stays empty: then only shapes are compared.
    fileprivate var asRows: Tensor { values.isEmpty ? self : reshaped(to: Shape(Array(shape.dimensions.dropFirst()))) }
}
