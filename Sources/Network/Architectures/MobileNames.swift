/// What the modules of a network of inverted residuals are called.
struct MobileNames: Sendable {
    var stem: [String]
    var head: [String]
    var pool: String
    var classifier: String
    /// Stages of blocks have names, and blocks numbers in them; otherwise blocks are numbered through.
    var hasStages: Bool
    var blocks: String
    /// Convolution, normalisation and nonlinearity of each part of a block, where it widens and where it does not.
    var inverted: InvertedResidualModules
    var separable: InvertedResidualModules
    /// The two convolutions of squeeze-and-excitation.
    var squeeze: (name: String, convolutions: [String])

    static let timm = MobileNames(
        stem: ["conv_stem", "bn1"], head: ["conv_head", "bn2"], pool: "global_pool", classifier: "classifier", hasStages: true, blocks: "blocks",
        inverted: InvertedResidualModules(
            expansion: ["conv_pw", "bn1", "relu1"], depthwise: ["conv_dw", "bn2", "relu2"], projection: ["conv_pwl", "bn3"]),
        separable: InvertedResidualModules(depthwise: ["conv_dw", "bn1", "relu1"], projection: ["conv_pw", "bn2"]),
        squeeze: ("se", ["se.conv_reduce", "se.conv_expand"]))

    /// The first port to PyTorch, and those that follow it.
    static let port = MobileNames(
        stem: ["_conv_stem", "_bn0"], head: ["_conv_head", "_bn1"], pool: "_avg_pooling", classifier: "_fc", hasStages: false, blocks: "_blocks",
        inverted: InvertedResidualModules(
            expansion: ["_expand_conv", "_bn0", "relu0"], depthwise: ["_depthwise_conv", "_bn1", "relu1"],
            projection: ["_project_conv", "_bn2"]),
        separable: InvertedResidualModules(depthwise: ["_depthwise_conv", "_bn1", "relu1"], projection: ["_project_conv", "_bn2"]),
        squeeze: ("_se", ["_se_reduce", "_se_expand"]))
}
