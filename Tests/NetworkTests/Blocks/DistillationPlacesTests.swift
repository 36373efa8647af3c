import Tensors
import TestSupport
import Testing

@testable import Network

/// Where knowledge distillation layers stand, from the graphs alone.
@Suite struct DistillationPlacesTests {
    /// By architecture: behind what words are learned, behind what sub-classes, each with its shape. Those of published students are as in
    /// the authors' code.
    private static let places: [(name: String, words: String, subClasses: String)] = [
        ("cifar_resnet20", "layer3 (64 x 8 x 8)", "layer3.0 (64 x 8 x 8)"),
        ("cifar_resnet20_projection", "layer3 (64 x 8 x 8)", "layer3.0 (64 x 8 x 8)"),
        ("cifar_resnet8x4", "layer3 (256 x 8 x 8)", "layer3.0 (256 x 8 x 8)"),
        ("cifar_wrn_16_2", "relu (128 x 8 x 8)", "block3.layer.0 (128 x 8 x 8)"),
        ("cifar_wrn_40_1", "relu (64 x 8 x 8)", "block3.layer.0 (64 x 8 x 8)"),
        ("cifar_mobile_half", "conv2 (1280 x 2 x 2)", "blocks.5.0 (80 x 2 x 2)"),
        ("cifar_shufflenet_v1", "layer3 (960 x 4 x 4)", "layer3.0 (960 x 4 x 4)"),
        ("cifar_shufflenet_v2", "relu2 (1024 x 4 x 4)", "layer3.0 (464 x 4 x 4)"),
        ("cifar_resnet50", "layer4 (2048 x 4 x 4)", "layer4.0 (2048 x 4 x 4)"),
        ("cifar_vgg8_bn", "relu4 (512 x 4 x 4)", "relu3 (512 x 4 x 4)"),
        ("cifar_vgg13_bn", "relu4 (512 x 4 x 4)", "block3.2 (512 x 4 x 4)"),
        ("resnet18", "layer4 (512 x 7 x 7)", "layer4.0 (512 x 7 x 7)"),
        ("resnet50", "layer4 (2048 x 7 x 7)", "layer4.0 (2048 x 7 x 7)"),
        ("mobilenet_v2", "features.18 (1280 x 7 x 7)", "features.14 (160 x 7 x 7)"),
        ("mobilenet_v3_large", "features.16 (960 x 7 x 7)", "features.13 (160 x 7 x 7)"),
        ("efficientnet_b0", "features.8 (1280 x 7 x 7)", "features.6.0 (192 x 7 x 7)"),
        ("efficientnet_lite0", "head (1280 x 7 x 7)", "_blocks.11 (192 x 7 x 7)"),
        ("shufflenet_v2_x1_0", "conv5 (1024 x 7 x 7)", "stage4.0 (464 x 7 x 7)"),
        ("regnet_y_400mf", "trunk_output.block4 (440 x 7 x 7)", "trunk_output.block4.block4-0 (440 x 7 x 7)"),
        ("convnext_tiny", "features.7 (768 x 7 x 7)", "features.7.0 (768 x 7 x 7)"),
        ("convnext_base", "features.7 (1024 x 7 x 7)", "features.7.0 (1024 x 7 x 7)"),
        ("densenet121", "relu (1024 x 7 x 7)", "features.denseblock4 (1024 x 7 x 7)"),
        ("googlenet", "inception5b (1024 x 7 x 7)", "inception5a (832 x 7 x 7)"),
        ("vgg16", "features.29 (512 x 14 x 14)", "features.25 (512 x 14 x 14)"),
    ]

    private static func outline(_ name: String) throws -> ImageNetwork { try Architectures.named(name).build(Parameters()) }

    @Test(arguments: places)
    func `places follow from the graph`(_ name: String, words: String, subClasses: String) throws {
        let found = try Self.outline(name).distillationPlaces()
        #expect(found.words?.summary == words && found.subClasses?.summary == subClasses, "\(name): \(found)")
        #expect(found.candidates.contains { $0.layer == found.words?.layer }, "\(found.candidates)")
    }

    @Test func `every network has places, or tells what can be chosen`() throws {
        for architecture in Architectures.all {
            let network = try architecture.build(Parameters()), found = try network.distillationPlaces()
            // Windows of tokens become a map only at the end.
            #expect((found.words == nil) == (found.subClasses == nil) || architecture is Swin, "\(architecture.name)")
            let shapes = try network.graph.shapes(input: network.input.shape)
            for place in [found.words, found.subClasses].compactMap({ $0 }) + found.candidates {
                #expect(try shapes[network.graph.node(named: place.layer)].dimensions == place.shape, "\(architecture.name)")
                try network.checkPlaceForTemplates(behind: place.layer)
            }
            if let words = found.words, let subClasses = found.subClasses {
                #expect(words.shape.dropFirst() == subClasses.shape.dropFirst(), "\(architecture.name)")
                #expect(
                    try network.graph.node(named: subClasses.layer) <= network.graph.node(named: words.layer), "\(architecture.name)")
            }
        }
    }

    @Test func `transformers are asked about, as their layers are no maps`() throws {
        for name in ["vit_b_16", "timm_vit_tiny_patch16"] {
            let found = try Self.outline(name).distillationPlaces()
            #expect(found.words == nil && found.subClasses == nil && found.candidates.isEmpty, "\(name): \(found.candidates)")
        }
        // Windows of tokens, height x width x channels, are no maps before the end.
        let swin = try Self.outline("swin").distillationPlaces()
        #expect(swin.candidates.map(\.summary) == ["maps (768 x 7 x 7)"])
    }

    @Test func `pictures too small for a last map are why it is asked`() throws {
        var network = try Self.outline("resnet18")
        #expect(try network.distillationPlaces().reason == nil)
        network.input.size = [32, 32]
        let found = try network.distillationPlaces()
        #expect(found.words == nil && found.candidates.last?.summary == "layer3 (256 x 2 x 2)", "\(found.candidates)")
        #expect(found.reason == "Pictures of 32 x 32 leave one position of layer4 (512 x 1 x 1), where several are needed.")
    }

    @Test func `layers that stand there already are part of the place`() throws {
        var random = RandomSource(seed: 1, stream: "places")
        var network = try Architectures.random("cifar_resnet8x4", seed: 1)
        for (layer, count) in [("layer3.0", 6), ("layer3", 5)] {
            network = try network.inserting(
                KnowledgeDistillationLayer(behind: network.layerBehindTemplates(at: layer), of: network, templates: count, random: &random))
        }
        #expect(network.templates.map(\.name) == ["layer3.0.letkd", "layer3.0.letkd.letkd"] && network.templates.map(\.count) == [6, 5])
        let found = try network.distillationPlaces()
        #expect(found.words?.layer == "layer3.0.letkd.letkd" && found.subClasses?.layer == "layer3.0.letkd.letkd")
    }
}
