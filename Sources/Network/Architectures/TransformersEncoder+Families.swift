import Tensors

// The next family: an entry here, and its lines in `make_transformers_goldens.py`.
extension TransformersEncoder {
    static let all = [vit, deit, distilledDeiT, beit, dinov2, dinov2WithRegisters, clip, siglip]

    private static let half = Habit(interpolation: .bilinear, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
    private static let imageNet = Habit(resize: 256 / 224, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])

    private static func base(patch: Int = 16, side: Int = 14) -> Size {
        Size(width: 768, depth: 12, heads: 12, hidden: 3072, patch: patch, side: side)
    }

    // MARK: Names

    /// Of blocks as Google's ViT came into the library, in files.
    private static let inFiles = AttentionModules(
        firstNormalization: "layernorm_before", projection: .apart(
            queries: "attention.attention.query", keys: "attention.attention.key", values: "attention.attention.value"),
        output: "attention.output.dense", attention: "attention", secondNormalization: "layernorm_after",
        perceptron: .plain("intermediate.dense", "intermediate.intermediate_act_fn", "output.dense"))

    private static let inMemory = AttentionModules(
        firstNormalization: "layernorm_before", projection: .apart(
            queries: "attention.q_proj", keys: "attention.k_proj", values: "attention.v_proj"),
        output: "attention.o_proj", attention: "attention", secondNormalization: "layernorm_after",
        perceptron: .plain("mlp.fc1", "mlp.activation_fn", "mlp.fc2"))

    private static let vitSpellings = [Spelling(blocks: "encoder.layer", modules: inFiles), Spelling(blocks: "layers", modules: inMemory)]

    private static let beitSpellings: [Spelling] = {
        let table = "relative_position_bias_table", scales = ["lambda_1", "lambda_2"]
        var files = inFiles, memory = inMemory
        files.scales = scales
        memory.scales = scales
        return [
            Spelling(
                blocks: "encoder.layer", modules: files, blockBias: "attention.attention.relative_position_bias.\(table)",
                sharedBias: "encoder.relative_position_bias.\(table)"),
            Spelling(
                blocks: "layers", modules: memory, blockBias: "relative_position_bias.\(table)", sharedBias: "shared_position_bias.\(table)"),
        ]
    }()

    /// Names in files and in memory, each with the perceptron of most networks and the gated one of the largest.
    private static let dinoSpellings: [Spelling] = {
        func modules(_ names: AttentionModules, _ perceptron: AttentionModules.Perceptron) -> Spelling {
            var modules = names
            (modules.firstNormalization, modules.secondNormalization) = ("norm1", "norm2")
            modules.scales = ["layer_scale1.lambda1", "layer_scale2.lambda1"]
            modules.perceptron = perceptron
            return Spelling(blocks: "encoder.layer", modules: modules)
        }
        return [
            modules(inFiles, .plain("mlp.fc1", "mlp.activation", "mlp.fc2")),
            modules(inFiles, .gatedInOne("mlp.weights_in", output: "mlp.weights_out")),
            modules(inMemory, .plain("mlp.fc1", "mlp.activation_fn", "mlp.fc2")),
            modules(inMemory, .gated(gate: "mlp.gate_proj", signal: "mlp.up_proj", output: "mlp.down_proj")),
        ]
    }()

    private static let clipSpellings = [
        Spelling(
            blocks: "encoder.layers",
            modules: AttentionModules(
                firstNormalization: "layer_norm1", projection: .apart(
                    queries: "self_attn.q_proj", keys: "self_attn.k_proj", values: "self_attn.v_proj"),
                output: "self_attn.out_proj", attention: "self_attn", secondNormalization: "layer_norm2",
                perceptron: .plain("mlp.fc1", "mlp.activation_fn", "mlp.fc2")))
    ]

    private static let patches = "embeddings.patch_embeddings.projection"
    private static let positionEmbeddings = "embeddings.position_embeddings"
    private static let classToken = "embeddings.cls_token"

    // MARK: Families

    private static let vit = TransformersEncoder(
        name: "transformers_vit", title: "ViT", modelTypes: ["vit", "vit_msn", "vit_mae"], prefix: "vit.", spellings: vitSpellings, stem: patches,
        positions: positionEmbeddings, tokens: [classToken], lastNormalization: "layernorm", ending: .classToken, epsilon: 1e-12,
        input: half, usual: base())

    private static func family(deit name: String, _ title: String, _ ending: Ending) -> TransformersEncoder {
        TransformersEncoder(
            name: name, title: title, modelTypes: ["deit"], prefix: "deit.", spellings: vitSpellings, stem: patches,
            positions: positionEmbeddings, tokens: [classToken, "embeddings.distillation_token"], lastNormalization: "layernorm",
            ending: ending, epsilon: 1e-12, input: imageNet, usual: base())
    }

    private static let deit = family(deit: "transformers_deit", "DeiT", .classToken)
    private static let distilledDeiT = family(deit: "transformers_deit_distilled", "DeiT-distilled", .bothTokens)

    private static let beit = TransformersEncoder(
        name: "transformers_beit", title: "BEiT", modelTypes: ["beit"], prefix: "beit.", spellings: beitSpellings, stem: patches,
        positions: positionEmbeddings, tokens: [classToken], lastNormalization: "layernorm", ending: .pooledOrClassToken, epsilon: 1e-12,
        input: half, usual: base())

    private static let dinov2 = TransformersEncoder(
        name: "transformers_dinov2", title: "DINOv2", modelTypes: ["dinov2"], prefix: "dinov2.", spellings: dinoSpellings, stem: patches,
        positions: positionEmbeddings, tokens: [classToken], lastNormalization: "layernorm", ending: .classTokenAndMean,
        interpolates: .plain, epsilon: 1e-6, input: imageNet, usual: base(patch: 14, side: 16))

    private static let dinov2WithRegisters = TransformersEncoder(
        name: "transformers_dinov2_with_registers", title: "DINOv2 with registers", modelTypes: ["dinov2_with_registers"],
        prefix: "dinov2_with_registers.", spellings: dinoSpellings, stem: patches, positions: positionEmbeddings, tokens: [classToken],
        registers: "embeddings.register_tokens", lastNormalization: "layernorm", ending: .classTokenAndMean, interpolates: .antialiased,
        epsilon: 1e-6, input: imageNet, usual: base())

    private static let clip = TransformersEncoder(
        name: "transformers_clip", title: "CLIP ViT", modelTypes: ["clip", "clip_vision_model"], prefix: "vision_model.",
        spellings: clipSpellings, stem: "embeddings.patch_embedding", stemHasBias: false, positions: "embeddings.position_embedding.weight",
        tokens: ["embeddings.class_embedding"], tokensAreVectors: true, firstNormalization: "pre_layrnorm",
        lastNormalization: "post_layernorm", ending: .meanBeforeNormalization, epsilon: 1e-5, nonlinearity: .geluSigmoid,
        input: Habit(
            resize: 1, mean: [0.48145466, 0.4578275, 0.40821073], deviation: [0.26862954, 0.26130258, 0.27577711]),
        usual: base(patch: 32, side: 7))

    private static let siglip = TransformersEncoder(
        name: "transformers_siglip", title: "SigLIP ViT", modelTypes: ["siglip", "siglip_vision_model"], prefix: "vision_model.",
        spellings: clipSpellings, stem: "embeddings.patch_embedding", positions: "embeddings.position_embedding.weight", tokens: [],
        lastNormalization: "post_layernorm", ending: .meanOrAttention, epsilon: 1e-6, nonlinearity: .geluTanh,
        input: Habit(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5]), usual: base())
}
