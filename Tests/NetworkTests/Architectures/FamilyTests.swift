import Diagnostics
import Foundation
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
        let active = try #require(MobileBlock("dsa_r2_k3_s1_c32"))
        #expect(active.kind == .separable && active.isActiveBehind && !active.adds && !row.isActiveBehind)
        #expect(MobileBlock("ir_q3") == nil && MobileBlock("xx_r1") == nil)
        // Two rows of one stage share what the whole becomes: 4 to 8, 2 and 6.
        let stages = MobileBlock.stages([["ir_r1_k3_c8", "ir_r3_k3_c8"], ["ir_r2_k3_c8"]], depth: 1.8, fixesEnds: false)
        #expect(stages.map { $0.map(\.repeats) } == [[2, 6], [4]])
        #expect(MobileBlock.stages([["ir_r2_c8"], ["ir_r2_c8"], ["ir_r2_c8"]], depth: 2, fixesEnds: true).map { $0[0].repeats } == [2, 4, 2])
    }

    // MARK: timm's vision transformers

    private func whole(_ name: String, _ json: String? = nil) throws -> FormulaTensors {
        var tensors = try FormulaTensors(architecture: name)
        tensors.configuration = json.flatMap { NetworkConfiguration(path: "config.json", json: Data($0.utf8)) }
        return tensors
    }

    @Test func whatNothingTellsOfTimmsVisionTransformersIsAssumedAndSaid() throws {
        let bare = try Architectures.network(whole("timm_vit_clip"), architecture: nil)
        #expect(bare.assumptions == [
            "attention heads of 64 channels: 12", "an epsilon of 1e-05 in layer normalisations, and GELU in between",
        ])
        #expect(bare.displayName == "CLIP ViT-B/16 (timm)" && bare.input.mean[0] == 0.48145466)
        let named = try Architectures.network(
            whole("timm_vit_clip", #"{"architecture": "vit_base_patch16_clip_quickgelu_224", "global_pool": "token"}"#), architecture: nil)
        #expect(named.assumptions.isEmpty)
        let nonlinearity = named.graph.nodes[try named.graph.node(named: "blocks.0.mlp.act")].operation as? Pointwise
        #expect(nonlinearity?.function == .geluSigmoid)
    }

    /// What the pool reads has no tensors of its own.
    @Test func theConfigurationTellsThePool() throws {
        let token = try Architectures.network(whole("timm_deit3"), architecture: nil)
        let mean = try Architectures.network(
            whole("timm_deit3", #"{"architecture": "deit3_small_patch16_224", "global_pool": "avg"}"#), architecture: nil)
        #expect(token.graph.index["token0"] != nil && token.graph.index["mean"] == nil)
        #expect(mean.graph.index["token0"] == nil && mean.graph.index["mean"] != nil)
        #expect(throws: Problem.self) {
            try Architectures.network(
                whole("timm_deit3", #"{"architecture": "deit3_small_patch16_224", "global_pool": "max"}"#), architecture: nil)
        }
    }

    @Test func otherVisionTransformersOfTimmAreNotTakenForThese() throws {
        // Normalisation behind the parts of a block: no tensors tell.
        var behind = try whole("timm_vit").changing("cls_token", to: nil).changing("pos_embed", to: [1, 784, 768])
        for index in 0..<12 { behind = behind.changing("blocks.\(index).attn.qkv.bias", to: nil) }
        behind = behind.changing("norm.weight", to: nil).changing("norm.bias", to: nil)
            .changing("fc_norm.weight", to: [768]).changing("fc_norm.bias", to: [768])
        let normalizedQueries = try whole("timm_vit").changing("blocks.0.attn.q_norm.weight", to: [64])
        for other in [behind, normalizedQueries] {
            let problem = try #require(throws: Problem.self) { try Architectures.network(other, architecture: nil) }
            #expect(problem.remedy?.contains("ONNX") == true)
        }
        // With a row of its own it is that.
        #expect(throws: Problem.self) { try Architectures.network(whole("timm_vit_tiny_patch16"), architecture: "timm_vit") }
    }

    @Test func aClassTokenMayHaveNoPositionOrOne() throws {
        let all = try whole("timm_vit_dinov2").changing("pos_embed", to: [1, 37 * 37 + 5, 384])
        #expect(try Architectures.network(all, architecture: nil).architecture == "timm_vit_dinov2")
        let plain = try whole("timm_vit").changing("cls_token", to: nil).changing("pos_embed", to: [1, 784, 768])
        let network = try Architectures.network(plain, architecture: nil)
        #expect(network.architecture == "timm_vit" && network.graph.index["mean"] != nil && network.input.size == [224, 224])
    }

    // MARK: Swin

    /// The paper's own code merges tokens at the end of a stage, as timm did until version 0.9.
    @Test func theFirstNamesOfSwinAreRead() throws {
        let source = try renamed("timm_swin") {
            $0.replacing("head.fc.", with: "head.").replacing("layers.1.downsample", with: "layers.0.downsample")
                .replacing("layers.2.downsample", with: "layers.1.downsample").replacing("layers.3.downsample", with: "layers.2.downsample")
        }
        let more = source.changing("layers.0.blocks.1.attn_mask", to: [64, 49, 49])
            .changing("layers.0.blocks.0.attn.relative_position_index", to: [49, 49])
        let network = try Architectures.network(more, architecture: nil)
        #expect(network.architecture == "timm_swin" && network.classCount == 1000 && network.unusedTensors.isEmpty)
        #expect(network.displayName == "Swin-T/4, windows of 7 (timm)" && network.input.size == [224, 224])
        #expect(network.assumptions == ["images of 224 pixels, as windows of 7 suggest"])
    }

    @Test func swinsOfTorchvisionAreResizedAsItsWeightsWant() throws {
        let network = try Architectures.network(FormulaTensors(architecture: "swin"), architecture: nil)
        #expect(network.input.resizing == .shorterSide(232) && network.input.interpolation == .bicubic)
        #expect(network.matched.map(\.layer) == ["features.0.0", "features.1.1", "features.3.1", "features.5.5", "features.7.1"])
    }

    /// Some files of transformers have the blocks without the prefix of everything else.
    @Test func blocksWithoutThePrefixAreFound() throws {
        let golden = try GoldenFile(architecture: "transformers_vit")
        let base = try FormulaTensors(golden)
        let renamed = FormulaTensors(
            base.names.map { name in
                (name: name.replacing("vit.encoder.", with: "encoder."), shape: base.shape(of: name) ?? [])
            }, gain: 1)
        let network = try Architectures.network(renamed, architecture: nil)
        #expect(network.architecture == "transformers_vit" && network.unusedTensors.isEmpty)
        #expect(network.graph.index["encoder.layer.0.layernorm_before"] != nil)
    }
}
