import Diagnostics
import Tensors
import TestSupport
import Testing

@testable import Network
@testable import Relevance

/// Nothing is made on the way, and what is lost is lost for a reason:
/// - maximum pooling counts as average pooling in `vital`, whose windows can be empty where the maximum's are not;
/// - tokens that fill a window up (Swin, where 7 does not divide the map) have values by their bias alone;
/// - pixels have both signs, and what z+ of `vital` shares out among them can cancel in its denominator (the stems of ShuffleNets);
/// - where all inputs are zero and the output is the batch normalisation's shift, z+ has nobody to hand relevance to. Depthwise kernels,
///   which see a single channel, leak for that; with formula weights a few places are left where all channels are zero.
@Suite(.serialized) struct ConservationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var size: Int
        /// The largest part that may be lost on the way to the image, by `vital` and by `transformer`.
        var lost: (vital: Double, transformer: Double) = (1e-3, 1e-3)
        var testDescription: String { name }

        init(_ name: String, _ size: Int, lost vital: Double = 1e-3, _ transformer: Double = 1e-3) {
            (self.name, self.size, lost) = (name, size, (vital, transformer))
        }
    }

    /// A member or two of every family.
    static let networks = [
        Case("cifar_resnet20", 32), Case("cifar_wrn_16_2", 32), Case("cifar_vgg8_bn", 32), Case("cifar_shufflenet_v1", 32, lost: 0.3),
        Case("cifar_shufflenet_v2", 32, lost: 0.3, 2e-3), Case("cifar_mobile_half", 32, lost: 0.02, 0.02), Case("resnet18", 64, lost: 0.06),
        Case("resnext50_32x4d", 64, lost: 0.06), Case("densenet121", 64, lost: 0.06), Case("googlenet", 75, lost: 0.09),
        Case("inception_v3", 107, lost: 0.07), Case("regnet_x_400mf", 64), Case("regnet_y_400mf", 64, lost: 3e-3, 3e-3),
        Case("squeezenet1_1", 96, lost: 0.07), Case("mobilenet_v2", 64), Case("mobilenet_v3_small", 64, lost: 0.02, 0.02),
        Case("mnasnet0_5", 64, lost: 0.02, 0.02), Case("shufflenet_v2_x0_5", 64, lost: 0.06), Case("efficientnet_b0", 64),
        Case("efficientnet_v2_s", 64), Case("efficientnet_lite0", 112), Case("convnext_tiny", 64),
        Case("vit_b_16", 224), Case("timm_vit_tiny_patch16", 224), Case("timm_deit_tiny_distilled_patch16", 224),
        Case("timm_deit3", 224), Case("timm_vit_siglip", 224), Case("timm_beit", 224), Case("swin", 224),
    ]

    /// Families that conserve all by `transformer`.
    static let conserving = ["densenet", "googlenet", "inception", "regnet_x", "resnet", "squeezenet", "vgg", "vit"]

    /// Every operation of every network has a rule.
    @Test(arguments: Architectures.all.map(\.name))
    func everyArchitectureHasRulesForAllItsOperations(_ name: String) throws {
        let network = try Architectures.named(name).build(Parameters())
        for composite in [Composite.vital, .transformer] {
            let flow = try RelevanceFlow(composite, on: network, from: network.logits, to: [Graph.inputName])
            #expect(flow.ruleNames.count > 10, "\(composite.name)")
        }
    }

    @Test(arguments: networks)
    func relevanceArrives(_ subject: Case) throws {
        let network = try Architectures.network(FormulaTensors(architecture: subject.name), architecture: subject.name)
        try check(network, [3, subject.size, subject.size], .vital, lost: subject.lost.vital)
        try check(network, [3, subject.size, subject.size], .transformer, lost: subject.lost.transformer)
    }

    /// Unit lengths pass relevance unchanged, as normalisation does: through knowledge distillation layers and template blocks, from a
    /// class and from a template.
    @Test func relevanceArrivesThroughTemplates() throws {
        let plain = try Architectures.network(FormulaTensors(architecture: "cifar_resnet20"), architecture: "cifar_resnet20")
        var random = RandomSource(seed: 2, stream: "student")
        var student = try plain.inserting(TemplateBlock(behind: "layer1", of: plain, perClass: 2, isSupervised: true, kernel: 3, random: &random))
        for layer in ["layer2.1", "layer3"] {
            student = try student.inserting(KnowledgeDistillationLayer(behind: layer, of: student, templates: 40, random: &random))
        }
        let target = try #require(student.templates.last).matches
        for composite in Composite.all where composite.isRelevance {
            let flow = try RelevanceFlow(composite, on: student, from: student.logits, to: [Graph.inputName])
            #expect(flow.ruleNames["layer3.2.letkd.direction"] == flow.ruleNames["layer3.2.letkd.bn"])
        }
        for composite in [Composite.vital, .transformer] {
            try check(student, student.input.shape, composite, lost: 1e-3)
            try check(student, student.input.shape, composite, lost: 1e-3, from: target)
        }
    }

    @Test(arguments: ONNXGolden.names)
    func relevanceArrivesInONNX(_ name: String) throws {
        let network = try ONNXGolden(name).withModel { try importedNetwork($0) }
        let isWhole = Self.conserving.contains { name.hasPrefix($0) }, isFilledUp = name.hasPrefix("swin")
        try check(network, network.input.shape, .vital, lost: isFilledUp ? 0.3 : 0.1)
        try check(network, network.input.shape, .transformer, lost: isWhole ? 1e-3 : isFilledUp ? 0.3 : 0.02)
    }

    /// Relevance of a class, or of a unit of another layer, at the image, finite at every landmark before it.
    private func check(_ network: ImageNetwork, _ shape: Shape, _ composite: Composite, lost: Double, from target: String? = nil) throws {
        let target = target ?? network.logits
        let layers = Array(network.landmarks.prefix { $0 != target }) + [Graph.inputName]
        let run = try FlowRun(
            composite, on: network, from: target, .map(unit: 3), to: layers, images: FormulaTensors.images(shape), batch: 1, size: shape,
            fuses: true)
        let whole = run.conservation(at: Graph.inputName)
        #expect(try #require(whole.residual) <= lost, "\(composite.name): \(whole)")
        let part = (whole.arrived + whole.sinks.reduce(0) { $0 + $1.relevance }) / whole.started
        #expect(part > 0 && part < 1.001, "\(composite.name): \(part)")
        for layer in layers { #expect(run.maps[layer]?.values.allSatisfy(\.isFinite) == true, "\(composite.name), \(layer)") }
    }
}
