import Diagnostics
public import Network

extension Composite {
    /// All composites by name. The next one: here, with a line in `CompositeTests`.
    public static let all: [Composite] = [
        vital, vitalConserving, transformer, attentionLRP, attentionLRPGamma, epsilon, gamma, alphaBeta, epsilonPlus, epsilonPlusFlat, epsilonGammaBox,
        guidedBackpropagation, gradientTimesInput,
    ]

    /// The composite for a network of which nothing else is known: `transformer` where there is attention, `vital` elsewhere.
    public static func suggested(for graph: Graph) -> Composite {
        graph.nodes.contains { $0.operation.role == .matrixProduct } ? transformer : vital
    }

    /// The composite of that name. Throws a `Problem` that offers the nearest ones.
    public static func named(_ name: String) throws -> Composite {
        if let found = all.first(where: { $0.name == name }) { return found }
        let near = nearestNames(to: name, among: all.map(\.name))
        throw Problem(
            "There is no composite “\(name)”",
            explanation: near.isEmpty ? nil : "Did you mean \(near.joined(separator: ", "))?",
            remedy: "Composites: \(all.map(\.name).joined(separator: ", ")).", kind: .usage)
    }

    /// What all rules of relevance agree on: values that are moved keep their relevance, the weights of attention get none, gates
    /// get none.
    private static let common: [(match: Match, rule: any RelevanceRule)] = [
        (Match([.product]), GateRule()),
        (Match([.matrixProduct]), AttentionRule()),
        (Match([.softmax]), BlockingRule()),
        (Match([.rearrangement, .source]), DerivativeRule()),
    ]

    /// VITAL's published flow (Gorgun et al. 2025; "flows, pure skip" in the authors' code). Where inputs can be negative, which
    /// the authors' networks do not have, z+ takes them by sign; depthwise kernels, of which theirs have none but ConvNeXt's, leak.
    public static let vital = vital(
        "vital", pooling: PoolingAsAverageRule(), words: "maximum pooling as a mean over 2 × 2")

    /// `vital`, with maximum pooling as a mean over the pool's own windows. These hold the maximum, so that nothing is lost where it is
    /// above zero; the published 2 x 2 windows lose what reaches one that is all zeros.
    public static let vitalConserving = vital(
        "vital-conserving", pooling: PoolingAsAverageRule(takesOwnWindows: true), words: "maximum pooling as a mean over its own windows")

    private static func vital(_ name: String, pooling: PoolingAsAverageRule, words: String) -> Composite {
        Composite(
            name,
            clauses: [
                .init(
                    "z+ through convolutions and linear layers",
                    details: [.init("with ones in place of the image’s colours"), .init("with leaks where they are depthwise", isDepthwise: true)]),
                .init("unchanged through normalisation and activations", where: [.normalization, .activation]),
                .init("residual sums split by magnitude", where: [.sum]), .init(words, where: [.maximum]),
            ], foldsBatchNormalization: false, entries: vitalEntries(pooling))
    }

    private static func vitalEntries(_ pooling: PoolingAsAverageRule) -> [(match: Match, rule: any RelevanceRule)] {
        [
            (Match([.convolution, .linear], isFirst: true), TermRule.vitalPixels),
            (Match([.convolution], isSigned: true, isDepthwise: true), TermRule.signedLeakingPlus()),
            (Match([.convolution], isDepthwise: true), TermRule.leakingPlus()),
            (Match([.convolution, .linear], isSigned: true), TermRule.signedPlus),
            (Match([.convolution, .linear]), TermRule.vitalPlus),
            (Match([.averaging]), TermRule.average),
            (Match([.maximum]), pooling),
            (Match([.normalization, .activation]), IdentityRule()),
            (Match([.sum]), SumRule(.magnitude)),
        ] + common
    }

    /// Conserves through attention: its weights are constants, values share by magnitude, normalisation and GELU pass unchanged
    /// (after Ali et al. 2022).
    public static let transformer = Composite(
        "transformer",
        clauses: [
            .init("z+ by sign through linear layers and convolutions", details: [.init("with leaks where they are depthwise", isDepthwise: true)]),
            .init("attention through its values", where: [.matrixProduct]),
            .init("unchanged through normalisation and activations", where: [.normalization, .activation]),
            .init("residual sums split by magnitude", where: [.sum]),
        ],
        foldsBatchNormalization: false,
        entries: [
            (Match([.convolution], isDepthwise: true), TermRule.signedLeakingPlus()),
            (Match([.convolution, .linear]), TermRule.signedPlus),
            (Match([.averaging]), TermRule.average),
            (Match([.maximum]), DerivativeRule()),
            (Match([.normalization, .activation]), IdentityRule()),
            (Match([.sum]), SumRule(.magnitude)),
        ] + common)

    /// Achtibat et al. 2024, "AttnLRP: Attention-Aware Layer-Wise Relevance Propagation for Transformers", ICML: unlike `transformer` it lets
    /// relevance through to queries and keys, as the paper's propositions have it (the authors' code takes a normalisation's mean off by epsilon as
    /// well). Products of other kinds, such as gates, are as in all composites here: the signal takes all.
    public static let attentionLRP = attentionLRP(
        "attnlrp", linear: .epsilon(), convolution: .epsilon(), words: "epsilon in linear layers and convolutions")

    /// With gamma 0.05 in linear layers and 0.25 in convolutions, as the authors use for vision transformers, where epsilon is noisy.
    public static let attentionLRPGamma = attentionLRP(
        "attnlrp-gamma", linear: .gamma(0.05), convolution: .gamma(0.25), words: "gamma in linear layers (0.05) and convolutions (0.25)")

    private static func attentionLRP(_ name: String, linear: TermRule, convolution: TermRule, words: String) -> Composite {
        Composite(
            name,
            clauses: [
                .init("AttnLRP (Achtibat et al. 2024): \(words)"),
                .init("half to either factor of attention’s products, softmax by its Taylor expansion", where: [.matrixProduct]),
                .init("unchanged through normalisation and activations", where: [.normalization, .activation]), .init("sums in proportion", where: [.sum]),
            ], foldsBatchNormalization: true,
            entries: [
                (Match([.convolution]), convolution), (Match([.linear]), linear),
                (Match([.averaging]), TermRule.epsilon()),
                (Match([.maximum]), DerivativeRule()),
                (Match([.normalization, .activation]), IdentityRule()),
                (Match([.sum]), SumRule(.proportion(1e-6))),
                (Match([.matrixProduct]), BilinearRule()),
                (Match([.softmax]), SoftmaxRule()),
            ] + common)
    }

    /// What zennit's composites share: activations and normalisation pass unchanged, means and sums in proportion, maxima to the
    /// largest.
    private static func standard(_ name: String, summary: String, _ entries: [(match: Match, rule: any RelevanceRule)]) -> Composite {
        let base: [(match: Match, rule: any RelevanceRule)] = [
            (Match([.averaging]), TermRule.epsilon()),
            (Match([.maximum]), DerivativeRule()),
            (Match([.normalization, .activation]), IdentityRule()),
            (Match([.sum]), SumRule(.proportion(1e-6))),
        ]
        return Composite(name, summary: summary, foldsBatchNormalization: true, entries: entries + base + common)
    }

    public static let epsilon = standard(
        "epsilon", summary: "LRP-epsilon everywhere (Bach et al. 2015).", [(Match([.convolution, .linear]), TermRule.epsilon())])

    public static let gamma = standard(
        "gamma", summary: "LRP-gamma with gamma 0.25 everywhere (Montavon et al. 2019).", [(Match([.convolution, .linear]), TermRule.gamma())])

    public static let alphaBeta = standard(
        "alpha-beta", summary: "Alpha 2, beta 1 everywhere (Bach et al. 2015).", [(Match([.convolution, .linear]), TermRule.alphaBeta())])

    public static let epsilonPlus = standard(
        "epsilon-plus", summary: "z+ in convolutions, epsilon in linear layers.",
        [(Match([.convolution]), TermRule.zPlus()), (Match([.linear]), TermRule.epsilon())])

    public static let epsilonPlusFlat = standard(
        "epsilon-plus-flat", summary: "Flat in the first layer, z+ in convolutions, epsilon in linear layers (zennit).",
        [
            (Match([.convolution, .linear], isFirst: true), TermRule.flat()),
            (Match([.convolution]), TermRule.zPlus()), (Match([.linear]), TermRule.epsilon()),
        ])

    public static let epsilonGammaBox = standard(
        "epsilon-gamma-box", summary: "z-box at the pixels, gamma in convolutions, epsilon in linear layers (zennit).",
        [
            (Match([.convolution], isFirst: true), TermRule.zBox()),
            (Match([.convolution]), TermRule.gamma()), (Match([.linear]), TermRule.epsilon()),
        ])

    public static let guidedBackpropagation = Composite(
        "guided-backprop", summary: "The gradient, of which ReLUs pass the positive part only (Springenberg et al. 2015).",
        foldsBatchNormalization: false, quantity: .gradient,
        entries: [
            (Match([.activation]), GuidedRectifierRule()),
            (Match(Set(OperationRole.allCases)), DerivativeRule()),
        ])

    /// The derivative as it is (Simonyan et al. 2013). Not offered by name: maps of relevance are measured beside it.
    public static let gradient = Composite(
        "gradient", summary: "The gradient (Simonyan et al. 2013).", foldsBatchNormalization: false, quantity: .gradient,
        entries: [(Match(Set(OperationRole.allCases)), DerivativeRule())])

    /// True where features can be masked by what it gives: relevance, or guided backpropagation, the third mask of VITAL's code.
    public var canMask: Bool { isRelevance || name == Composite.guidedBackpropagation.name }

    public static let gradientTimesInput = Composite(
        "gradient-x-input", summary: "The gradient times the value (Shrikumar et al. 2016).", foldsBatchNormalization: false,
        quantity: .gradientTimesValue, entries: [(Match(Set(OperationRole.allCases)), DerivativeRule())])
}
