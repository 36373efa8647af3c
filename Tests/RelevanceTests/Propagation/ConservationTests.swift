import Diagnostics
import Tensors
import Testing

@testable import Network
@testable import Relevance

@Suite(.serialized) struct ConservationTests {
    /// A member or two of every family that is small enough to be run in a test.
    static let networks: [(name: String, size: Int)] = [
        ("cifar_resnet20", 32), ("cifar_resnet8x4", 32), ("cifar_wrn_16_2", 32), ("cifar_vgg8_bn", 32), ("cifar_shufflenet_v1", 32),
        ("cifar_shufflenet_v2", 32), ("cifar_mobile_half", 32), ("resnet18", 64), ("resnet50", 64), ("resnext50_32x4d", 64), ("timm_resnet26d", 64),
        ("densenet121", 64), ("googlenet", 75), ("inception_v3", 107), ("regnet_x_400mf", 64), ("regnet_y_400mf", 64), ("squeezenet1_1", 96),
        ("mobilenet_v2", 64), ("mobilenet_v3_small", 64), ("mnasnet0_5", 64), ("shufflenet_v2_x0_5", 64), ("efficientnet_b0", 64),
        ("efficientnet_v2_s", 64), ("efficientnet_lite0", 112), ("timm_efficientnet_lite0", 75), ("convnext_tiny", 64), ("timm_convnext_tiny", 64),
        ("vit_b_16", 224), ("timm_vit_tiny_patch16", 224), ("timm_deit_tiny_distilled_patch16", 224),
    ]

    /// Every operation of every network has a rule.
    @Test(arguments: Architectures.all.map(\.name))
    func everyArchitectureHasRulesForAllItsOperations(_ name: String) throws {
        let network = try Architectures.named(name).build(Parameters())
        for composite in [Composite.vital, .transformer] {
            let flow = try RelevanceFlow(composite, on: network, from: network.logits, to: [Graph.inputName])
            #expect(flow.ruleNames.count > 10, "\(composite.name)")
        }
    }
}
