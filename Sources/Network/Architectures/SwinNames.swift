/// What the modules of a Swin transformer are called.
struct SwinNames: Sendable {
    enum Library: Sendable {
        case transformers, timm, torchvision
    }

    /// Where the layer that merges tokens before a stage stands.
    enum Merging: Sendable {
        /// In the stage that reads them.
        case first(String)
        /// In the stage before.
        case last(String)
        /// Between the two, numbered with the stages.
        case between
    }

    let library: Library
    /// The module of the body within a classifier, with its dot; a body of its own comes without.
    var prefix = ""
    let stem: String
    let stemNormalization: String
    /// What stands before a stage's number.
    let stages: String
    /// What stands before a block's number, below the stage.
    let blocks: String
    let block: AttentionModules
    /// A block's table of position biases.
    let table: String
    let merging: Merging
    let normalization: String
    let pool: String
    let head: (module: String, layers: [HeadLayer])

    func stage(_ index: Int) -> String {
        if case .between = merging { "\(prefix)\(stages)\(2 * index + 1)" } else { "\(prefix)\(stages)\(index)" }
    }

    func block(_ stage: Int, _ block: Int) -> String { "\(self.stage(stage)).\(blocks)\(block)" }

    /// What merges tokens before `stage`, which is not the first.
    func merging(before stage: Int) -> String {
        switch merging {
        case .first(let module): "\(self.stage(stage)).\(module)"
        case .last(let module): "\(self.stage(stage - 1)).\(module)"
        case .between: "\(prefix)\(stages)\(2 * stage)"
        }
    }

    /// A weight by which the names are told from others, and the width of the first stage.
    var mark: String { "\(prefix)\(stem).weight" }

    // MARK: Libraries

    /// In files, which version 5 still writes as version 4 did, and in version 5's memory; each as a part of a classifier and as a body.
    static let transformers: [SwinNames] = ["swin.", ""].flatMap { prefix in
        [
            (
                AttentionModules(
                    firstNormalization: "layernorm_before", projection: .apart(
                        queries: "attention.self.query", keys: "attention.self.key", values: "attention.self.value"),
                    output: "attention.output.dense", secondNormalization: "layernorm_after",
                    perceptron: .plain("intermediate.dense", "intermediate.intermediate_act_fn", "output.dense")),
                "attention.self.relative_position_bias_table"
            ),
            (
                AttentionModules(
                    firstNormalization: "layernorm_before", projection: .apart(
                        queries: "attention.q_proj", keys: "attention.k_proj", values: "attention.v_proj"),
                    output: "attention.o_proj", secondNormalization: "layernorm_after",
                    perceptron: .plain("mlp.fc1", "mlp.activation_fn", "mlp.fc2")),
                "attention.relative_position_bias.relative_position_bias_table"
            ),
        ].map { (block: AttentionModules, table: String) in
            SwinNames(
                library: .transformers, prefix: prefix, stem: "embeddings.patch_embeddings.projection", stemNormalization: "embeddings.norm",
                stages: "encoder.layers.", blocks: "blocks.", block: block, table: table, merging: .last("downsample"),
                normalization: "layernorm", pool: "pooler", head: ("classifier", HeadLayer.single))
        }
    }

    /// Since version 0.9, and the paper's own code, which timm followed before.
    static let timm: [SwinNames] = [(Merging.first("downsample"), [HeadLayer.linear("fc")]), (.last("downsample"), HeadLayer.single)].map {
        SwinNames(
            library: .timm, stem: "patch_embed.proj", stemNormalization: "patch_embed.norm", stages: "layers.", blocks: "blocks.",
            block: .timm, table: "attn.relative_position_bias_table", merging: $0.0, normalization: "norm", pool: "avgpool",
            head: ("head", $0.1))
    }

    static let torchvision = [
        SwinNames(
            library: .torchvision, stem: "features.0.0", stemNormalization: "features.0.2", stages: "features.", blocks: "",
            block: AttentionModules(
                firstNormalization: "norm1", projection: .joined("attn.qkv", weight: "attn.qkv.weight", bias: "attn.qkv.bias"),
                output: "attn.proj", secondNormalization: "norm2", perceptron: .plain("mlp.0", "mlp.1", "mlp.3")),
            table: "attn.relative_position_bias_table", merging: .between, normalization: "norm", pool: "avgpool",
            head: ("head", HeadLayer.single))
    ]
}
