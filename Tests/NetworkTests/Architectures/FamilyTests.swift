import Tensors
import TestSupport
import Testing

@testable import Network

/// Families under the names of several libraries: what is recognised, and what tensors leave open.
@Suite struct FamilyTests {
    private func renamed(_ name: String, _ rename: (String) -> String) throws -> FormulaTensors {
        FormulaTensors(try Architectures.named(name).tensorShapes().map { (name: rename($0.name), shape: $0.shape) }, gain: 1)
    }

    @Test(arguments: [
        ("timm_efficientnet_b0", "timm_tf_efficientnet_b0"), ("timm_tf_efficientnetv2_s", "timm_efficientnetv2_s"),
        ("resnet50", "timm_resnetblur50"), ("resnet50", "timm_resnetaa50"), ("timm_resnet50d", "timm_resnetaa50d"),
        ("cifar_resnet18_torchvision", "cifar_resnet18_torchvision_maxpool"),
    ])
    func formsThatTensorsDoNotTellApartAreNamed(_ name: String, _ other: String) throws {
        let tensors = try FormulaTensors(architecture: other)
        let network = try Architectures.network(tensors, architecture: nil)
        #expect(network.architecture == name && network.alternatives.contains(other))
        #expect(try Architectures.network(tensors, architecture: other).architecture == other)
    }

    @Test func wrappedFeaturesOfVGGAreRead() throws {
        let source = try renamed("vgg11") { $0.replacing("features.", with: "features.module.") }
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.architecture == "vgg11" && network.unusedTensors.isEmpty && network.landmarks.contains("features.module.0"))
    }

    @Test func firstFilesOfVGGAreRead() throws {
        let source = try renamed("vgg11") {
            $0.replacing("classifier.3.", with: "classifier.4.").replacing("classifier.0.", with: "classifier.1.")
        }
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.architecture == "vgg11" && network.classCount == 1000)
        let names = network.graph.nodes.map(\.name).filter { $0.hasPrefix("classifier") }
        #expect(names == ["classifier.1", "classifier.2", "classifier.4", "classifier.5", "classifier.6"])
    }

    @Test func aVGGWithOneLinearLayerIsForSmallImages() throws {
        let source = try ["0.weight", "0.bias", "3.weight", "3.bias", "6.weight", "6.bias"]
            .reduce(FormulaTensors(architecture: "vgg16_bn")) { $0.changing("classifier.\($1)", to: nil) }
            .changing("classifier.weight", to: [10, 512]).changing("classifier.bias", to: [10])
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.architecture == "vgg16_bn" && network.classCount == 10 && network.input.size == [32, 32])
        #expect(try network.graph.shapes(input: [3, 32, 32]).last == [10, 1, 1])
    }

    @Test func layersBearTheNamesOfTheCheckpoint() throws {
        let network = try Architectures.network(FormulaTensors(architecture: "fastai_resnet18"), architecture: nil)
        #expect(network.architecture == "fastai_resnet18" && network.logits == "1.8")
        #expect(network.matched.map(\.layer) == ["0.0", "0.4", "0.5", "0.6", "0.7"])
        for layer in ["0.0", "0.4.0.conv1", "0.7", "1.2", "1.4", "1.5", "1.6"] { #expect(network.graph.index[layer] != nil, "\(layer)") }
    }

    @Test func namesAreTranslatedByTheirLongestPart() {
        let names = ModuleNames(table: ["layer1": "0.4", "layer1.0": "first"])
        #expect(names("layer1.1.conv1") == "0.4.1.conv1" && names("layer1.0.bn1") == "first.bn1" && names("layer10.0") == "layer10.0")
    }

    @Test func rowsOfBlocksAreReadAndScaled() throws {
        let row = try #require(MobileBlock("ir_r2_k5_s2_e6_c40_se0.25_nre"))
        #expect(row.kind == .inverted && row.repeats == 2 && row.kernel == 5 && row.stride == 2 && row.outputs == 40)
        #expect(row.squeeze == 0.25 && row.isRectified && row.adds && row.expansion == 6)
        #expect(MobileBlock("ir_q3") == nil && MobileBlock("xx_r1") == nil)
        // Two rows of one stage share what the whole becomes: 4 to 8, 2 and 6.
        let stages = MobileBlock.stages([["ir_r1_k3_c8", "ir_r3_k3_c8"], ["ir_r2_k3_c8"]], depth: 1.8, fixesEnds: false)
        #expect(stages.map { $0.map(\.repeats) } == [[2, 6], [4]])
        #expect(MobileBlock.stages([["ir_r2_c8"], ["ir_r2_c8"], ["ir_r2_c8"]], depth: 2, fixesEnds: true).map { $0[0].repeats } == [2, 4, 2])
    }
}
