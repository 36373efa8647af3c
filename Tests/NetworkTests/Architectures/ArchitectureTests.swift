// The next architecture: lines in `Fixtures/architectures/make_goldens.py`; the files it writes are found here. Every network has
// to have PyTorch's state dictionary (`StateDictionaryTests`), a member or two of each family to compute its numbers.

import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

@Suite(.serialized) struct ArchitectureTests {
    static let names = Architectures.all.map(\.name)

    @Test func goldenFilesAreOfKnownNetworksAndOfEveryFamily() {
        #expect(Set(GoldenFile.names).isSubset(of: Self.names))
        let families = Dictionary(grouping: Architectures.all) { "\(type(of: $0))" }
        for (family, members) in families {
            #expect(members.contains { GoldenFile.names.contains($0.name) }, "\(family) has no golden file")
        }
    }

    @Test(arguments: GoldenFile.names)
    func agreesWithPyTorch(_ name: String) throws {
        let golden = try GoldenFile(architecture: name)
        let isRecognised = try Architectures.named(name).isRecognised
        let network = try Architectures.network(FormulaTensors(golden), architecture: isRecognised ? nil : name)
        #expect(network.architecture == name && network.classCount == golden.classes && network.unusedTensors.isEmpty)
        try compare(network, with: golden)
    }

    /// Networks under the names of another library than Vitrine's own.
    @Test(arguments: GoldenFile.renamed)
    func agreesUnderOtherNames(_ name: String) throws {
        let golden = try GoldenFile(renamed: name)
        let network = try Architectures.network(FormulaTensors(golden), architecture: nil)
        #expect(network.architecture == golden.architecture && network.classCount == golden.classes && network.unusedTensors.isEmpty)
        #expect(network.displayName.hasSuffix("(transformers)") && network.input.resizing == .shorterSide(256) && network.input.interpolation == .bicubic)
        try compare(network, with: golden)
        // What is left over keeps its own name.
        let more = try FormulaTensors(golden).changing("projector.weight", to: [3, 64])
        #expect(try Architectures.network(more, architecture: nil).unusedTensors == ["projector.weight"])
    }

    /// Strides that stand elsewhere, or another nonlinearity: tensors do not tell, `config.json` does.
    @Test(arguments: [#""downsample_in_bottleneck": true"#, #""downsample_in_first_stage": true"#, #""hidden_act": "silu""#])
    func otherNetworksOfTheSameTensorsAreRefused(_ said: String) throws {
        var tensors = try FormulaTensors(GoldenFile(renamed: "transformers_resnet18"))
        func read(_ json: String) throws -> ImageNetwork {
            tensors.configuration = NetworkConfiguration(path: "config.json", json: Data(json.utf8))
            return try Architectures.network(tensors, architecture: nil)
        }
        #expect(try read(#"{"downsample_in_bottleneck": false, "downsample_in_first_stage": false, "hidden_act": "relu"}"#).hasClasses)
        let problem = try #require(throws: Problem.self) { try read("{\(said)}") }
        #expect(problem.summary.contains(said.split(separator: "\"")[0]), "\(problem)")
    }

    private func compare(_ network: ImageNetwork, with golden: GoldenFile) throws {
        let batch = golden.input[0], image = Shape(Array(golden.input.dropFirst()))
        for fuses in [false, true] {
            let plan = try Plan(
                network.graph,
                .init(
                    batch: batch, input: image, activations: golden.layers.map(\.name) + [network.logits],
                    seeds: [network.logits], gradients: [Graph.inputName], fuses: fuses))
            let workspace = try Workspace(plan)
            workspace.poison()
            workspace.write(FormulaTensors.images(Shape(golden.input)))
            try workspace.forward()

            // No farther from float64 than a float32 engine has to be: PyTorch's error, ten times, or 1e-5 of the largest.
            func closeness(_ error: Double) -> Double { max(10 * error, 1e-5) }
            let logits = NaiveMap(try workspace.activationTensor(of: network.logits))
            let largest = golden.logits.values.joined().reduce(0) { max($0, abs($1)) }
            for (row, expected) in golden.logits.values.enumerated() {
                for (index, value) in expected.enumerated() {
                    let error = abs(logits[row, index, 0, 0] - value) / largest
                    #expect(error <= closeness(golden.logits.float32_error), "logit \(index) of image \(row), fuses \(fuses)")
                }
            }
            for layer in golden.layers {
                let map = NaiveMap(try workspace.activationTensor(of: layer.name))
                #expect([map.batch] + map.shape.dimensions == layer.shape, "\(layer.name)")
                let tolerance = closeness(layer.float32_error) * layer.largest_magnitude
                let count = Double(map.values.count)
                #expect(abs(map.values.reduce(0, +) / count - layer.mean) <= tolerance, "mean of \(layer.name)")
                #expect(
                    abs(map.values.reduce(0) { $0 + abs($1) } / count - layer.mean_magnitude) <= tolerance,
                    "mean magnitude of \(layer.name)")
                #expect(abs(map.largestMagnitude - layer.largest_magnitude) <= tolerance, "largest of \(layer.name)")
                let error = zip(layer.places, layer.values).reduce(0) { max($0, abs(map.values[$1.0] - $1.1)) }
                #expect(error <= tolerance, "\(layer.name), fuses \(fuses)")
            }

            var seed = NaiveMap(batch: batch, try plan.shape(of: network.logits))
            for row in 0..<batch { seed[row, golden.target, 0, 0] = 1 }
            try workspace.writeSeed(seed, at: network.logits)
            try workspace.backward()
            let gradient = NaiveMap(try workspace.gradientTensor(of: Graph.inputName))
            // Twice PyTorch's error; two percent where single units stand on the other side of their kink, which depends on the processor.
            let allowed = max(2 * golden.gradient.float32_error, 2e-2)
            let norm = golden.gradient.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let error = zip(golden.gradient.places, golden.gradient.values).reduce(0) {
                $0 + (gradient.values[$1.0] - $1.1) * (gradient.values[$1.0] - $1.1)
            }.squareRoot()
            #expect(error <= allowed * norm, "gradient, fuses \(fuses): \(error / norm)")
            #expect(abs(gradient.dot(gradient).squareRoot() / golden.gradient.norm - 1) <= allowed, "gradient's norm")
        }
    }

    @Test func countersOfNormalisationsAreNotUnused() throws {
        let tensors = try FormulaTensors(architecture: "cifar_resnet20")
            .changing("bn1.num_batches_tracked", to: []).changing("projector.weight", to: [3, 64])
        #expect(try Architectures.network(tensors, architecture: nil).unusedTensors == ["projector.weight"])
    }

    /// The same values under names that older versions of torchvision wrote.
    @Test(arguments: [
        ("densenet121", [("norm1", "norm.1"), ("norm2", "norm.2"), ("conv1", "conv.1"), ("conv2", "conv.2")], "denselayer"),
        ("vit_b_16", [("mlp.0", "mlp.linear_1"), ("mlp.3", "mlp.linear_2")], "encoder_layer"),
    ])
    func olderNamesAreUnderstood(_ name: String, renamed: [(String, String)], within part: String) throws {
        let tensors = try Architectures.named(name).tensorShapes().map { tensor in
            (name: tensor.name.contains(part) ? renamed.reduce(tensor.name) { $0.replacing(".\($1.0).", with: ".\($1.1).") } : tensor.name,
                shape: tensor.shape)
        }
        let source = FormulaTensors(tensors, gain: 1)
        #expect(Architectures.all.filter { $0.fits(source) }.map(\.name) == [name])
        #expect(source.names.contains { name in renamed.contains { name.contains(".\($0.1).") } })
    }

    @Test func thePositionEmbeddingTellsTheResolution() throws {
        let name = "timm_vit_tiny_patch16"
        let larger = try FormulaTensors(architecture: name).changing("pos_embed", to: [1, 24 * 24 + 1, 192])
        let network = try Architectures.network(larger, architecture: nil)
        #expect(network.architecture == name && network.input.size == [384, 384] && network.input.resizing == .shorterSide(384))
        #expect(network.alternatives == ["timm_deit_tiny_patch16"])
        #expect(try Architectures.network(larger, architecture: "deit_tiny_patch16").input.mean == [0.485, 0.456, 0.406])
        // No square, and a number whose square would not fit.
        for count in [24 * 24 + 2, Int.max] {
            #expect(!(try Architectures.named(name).fits(larger.changing("pos_embed", to: [1, count, 192]))))
        }
    }

    @Test func tensorsThatChangeWhatIsComputedAreNamed() throws {
        let other = try FormulaTensors(architecture: "timm_vit_tiny_patch16").changing("norm_pre.weight", to: [192])
        #expect(Architectures.all.allSatisfy { !$0.fits(other) })
        let problem = try #require(throws: Problem.self) { try Architectures.network(other, architecture: nil) }
        #expect(problem.explanation?.contains("norm_pre.weight") == true, "\(problem)")
    }

    @Test func auxiliaryClassifiersAreLeftAside() throws {
        let tensors = try FormulaTensors(architecture: "googlenet").changing("aux1.fc2.weight", to: [1000, 1024])
        let network = try Architectures.network(tensors, architecture: nil)
        #expect(network.architecture == "googlenet" && network.unusedTensors == ["aux1.fc2.weight"])
    }

    @Test func theClassifierTellsTheNumberOfClasses() throws {
        let tensors = try FormulaTensors(architecture: "resnet18").changing("fc.weight", to: [7, 512]).changing("fc.bias", to: [7])
        let network = try Architectures.network(tensors, architecture: nil)
        #expect(network.classCount == 7)
        #expect(try network.graph.shapes(input: network.input.shape).last == [7, 1, 1])
    }

    @Test func whatDoesNotFitIsNamedWithBothShapes() throws {
        let tensors = try FormulaTensors(architecture: "cifar_resnet20")
            .changing("layer2.1.bn2.bias", to: nil).changing("layer3.0.conv2.weight", to: [64, 32, 3, 3])
        let problem = try #require(throws: Problem.self) { try Architectures.network(tensors, architecture: "cifar_resnet20") }
        #expect(problem.summary.contains("tensors missing 1, mis-shaped 1"))
        let explanation = try #require(problem.explanation)
        for part in [
            "layer2.1.bn2.bias (32)", "layer3.0.conv2.weight is 64 x 32 x 3 x 3 and should be 64 x 64 x 3 x 3",
            "begins with conv1.weight (16 x 3 x 3 x 3)",
        ] { #expect(explanation.contains(part), "\(explanation)") }
    }

    @Test func theWrongArchitectureIsAProblem() throws {
        let tensors = try FormulaTensors(architecture: "resnet18")
        let problem = try #require(throws: Problem.self) { try Architectures.network(tensors, architecture: "resnet50") }
        #expect(problem.summary.contains("resnet50"))
        #expect(problem.explanation?.contains("more") == true)
    }

    @Test func unknownNamesAreAnsweredWithNearOnes() throws {
        let tensors = try FormulaTensors(architecture: "cifar_resnet20")
        for (name, near) in [("resnet5", "resnet50"), ("cifar_resnet21", "cifar_resnet20"), ("efficientnet_lite9", "efficientnet_lite")] {
            let problem = try #require(throws: Problem.self) { try Architectures.network(tensors, architecture: name) }
            #expect(problem.kind == .usage)
            #expect(problem.explanation?.contains(near) == true, "\(problem)")
        }
        let far = try #require(throws: Problem.self) { try Architectures.named("quite-another-thing") }
        #expect(far.explanation == nil && far.remedy?.contains("cifar_resnet8, ") == true && far.remedy?.contains("families") == true, "\(far)")
    }

    @Test(arguments: ["cifar_resnet20", "CIFAR-ResNet20", "resnet20"])
    func otherSpellingsAreUnderstood(_ name: String) throws {
        #expect(try Architectures.named(name).name == "cifar_resnet20")
    }

    @Test func unknownCheckpointsSayWhatIsInThem() throws {
        let tensors = FormulaTensors([("encoder.weight", [4, 5]), ("encoder.bias", [4])], gain: 1)
        let problem = try #require(throws: Problem.self) { try Architectures.network(tensors, architecture: nil) }
        #expect(problem.explanation?.contains("encoder.weight (4 x 5)") == true)
        let empty = try #require(throws: Problem.self) { try Architectures.network(FormulaTensors([], gain: 1), architecture: nil) }
        #expect(empty.explanation == "It holds no tensors.")
    }

    @Test func brokenNumbersAreNamed() throws {
        struct Broken: TensorSource {
            let base: FormulaTensors
            var names: [String] { base.names }
            func shape(of name: String) -> Shape? { base.shape(of: name) }
            func tensor(_ name: String) throws -> Tensor {
                var tensor = try base.tensor(name)
                if name == "linear.bias" { tensor.values[3] = .nan }
                if name == "bn1.running_var" { tensor.values[0] = .infinity }
                return tensor
            }
        }
        let network = try Architectures.network(
            Broken(base: FormulaTensors(architecture: "cifar_resnet20")), architecture: nil)
        #expect(network.nonFiniteTensors == ["bn1.running_var", "linear.bias"])
    }

    @Test(arguments: names)
    func everyLayerItNamesExists(_ name: String) throws {
        // With shapes, without values.
        let network = try Architectures.named(name).build(Parameters())
        let shapes = try network.graph.shapes(input: network.input.shape)
        for layer in network.landmarks + network.reported + network.matched.map(\.layer) + [network.logits] {
            #expect(throws: Never.self) { try network.graph.node(named: layer) }
        }
        #expect(shapes[try network.graph.node(named: network.logits)] == [network.classCount, 1, 1])
        #expect(Set(network.graph.layerNames).count == network.graph.layerNames.count)
    }

    /// VITAL's supplement: what class prototypes of five networks are matched at, with weights, and the coefficient of either prior; the nodes of
    /// their sisters in the authors' code.
    private static let published: [(name: String, matched: [(String, Float)], prior: Float)] = [
        ("resnet50", [("conv1", 1), ("layer1", 1), ("layer2", 1), ("layer3", 1), ("layer4", 1)], 0),
        (
            "densenet121",
            [
                ("features.conv0", 1), ("features.denseblock1", 1), ("features.denseblock2", 1), ("features.denseblock3", 1),
                ("features.denseblock4", 100),
            ], 0
        ),
        ("convnext_base", [("features.0", 10), ("features.2.1", 1), ("features.4.1", 1), ("features.6.1", 1), ("features.7.2", 1)], 0),
        ("convnext_tiny", [("features.0", 10), ("features.2.1", 1), ("features.4.1", 1), ("features.6.1", 1), ("features.7.2", 1)], 0),
        ("convnext_small", [("features.0", 10), ("features.2.1", 1), ("features.4.1", 1), ("features.6.1", 1), ("features.7.2", 1)], 0),
        ("timm_convnext_large", [("stem", 10), ("stages.1.downsample.1", 1), ("stages.2.downsample.1", 1), ("stages.3.downsample.1", 1), ("stages.3.blocks.2", 1)], 0),
        ("vit_b_16", transformerLayers([0, 4, 8, 11], last: 1), 3e-3),
        ("vit_b_32", transformerLayers([0, 4, 8, 11], last: 1), 3e-3),
        ("vit_l_16", transformerLayers(last: 1), 3e-3),
        ("vit_l_32", transformerLayers(last: 0.1), 3e-4),
    ]

    private static func transformerLayers(_ blocks: [Int] = [2, 9, 20, 23], last: Float) -> [(String, Float)] {
        [("conv_proj", 1)] + blocks.map { ("encoder.layers.encoder_layer_\($0)", $0 == blocks.last ? last : 1) }
    }

    @Test func classesAreMatchedAsPublished() throws {
        for (name, matched, prior) in Self.published {
            let network = try Architectures.named(name).build(Parameters())
            #expect(network.matched.map(\.layer) == matched.map(\.0), "\(name)")
            #expect(network.matched.map(\.weight) == matched.map(\.1), "\(name)")
            #expect(network.prior.totalVariation == prior && network.prior.norm == prior, "\(name)")
            for (layer, _) in matched { #expect(throws: Never.self) { try network.graph.node(named: layer) } }
        }
        // ResNet's first convolution before its normalisation, not what a rewrite makes of both.
        let resnet = try Architectures.named("resnet50").build(Parameters())
        #expect(resnet.graph.nodes[try resnet.graph.node(named: "conv1")].operation is Convolution)
    }

    /// The others: the stem and the ends of stages, all alike, nothing else asked for.
    @Test(arguments: ["resnet18", "cifar_shufflenet_v1", "timm_vit_tiny_patch16", "timm_convnextv2_tiny", "vgg16"])
    func otherNetworksAreMatchedAtTheirStages(_ name: String) throws {
        let network = try Architectures.named(name).build(Parameters())
        #expect(network.matched.count >= 4 && network.matched.allSatisfy { $0.weight == 1 } && network.prior == (0, 0))
    }

    /// Where a head of many channels stands before the mean over positions, it is matched last and weighs most.
    @Test(arguments: [
        ("efficientnet_b0", "features.8"), ("efficientnet_lite0", "head"), ("mobilenet_v2", "features.18"), ("mobilenet_v3_small", "features.12"),
        ("mnasnet1_0", "layers.16"), ("shufflenet_v2_x1_0", "conv5"), ("cifar_mobile_half", "conv2"), ("cifar_shufflenet_v2", "relu2"),
    ])
    func headsAreMatched(_ name: String, _ head: String) throws {
        let network = try Architectures.named(name).build(Parameters())
        let last = try #require(network.matched.last), graph = network.graph
        #expect(last.layer == head && last.weight == 10 && network.matched.dropLast().allSatisfy { $0.weight == 1 })
        let place = try graph.node(named: head)
        let pools = graph.nodes.filter { $0.inputs == [place] }
        #expect(pools.count == 1 && pools[0].operation is GlobalAveragePooling)
    }
}
