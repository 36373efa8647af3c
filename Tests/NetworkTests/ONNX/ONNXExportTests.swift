// The next model: a line in `MODELS` of `Fixtures/onnx/make_exports.py`, whose files are then found by their names here.

import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

@Suite(.serialized) struct ONNXExportTests {
    @Test func thereAreModels() { #expect(ONNXGolden.names.count >= 20) }

    @Test(arguments: ONNXGolden.names)
    func agreesWithPyTorch(_ name: String) throws {
        let golden = try ONNXGolden(name)
        let network = try golden.withModel { try importedNetwork($0) }
        #expect(network.architecture == "onnx" && network.classCount == golden.classes && network.nonFiniteTensors.isEmpty)
        #expect(network.input.shape.dimensions == golden.input)
        // Ten times what another engine's float32 is off, or 1e-5 of the largest.
        let closeness = max(10 * golden.float32_error, 1e-5)
        for fuses in [false, true] {
            let plan = try Plan(
                network.graph,
                .init(
                    batch: 2, input: network.input.shape, activations: golden.layers.map(\.module) + [network.logits],
                    seeds: [network.logits], gradients: [Graph.inputName], fuses: fuses))
            let workspace = try Workspace(plan)
            workspace.poison()
            workspace.write(FormulaTensors.images(Shape([2] + golden.input)))
            try workspace.forward()

            let logits = NaiveMap(try workspace.activationTensor(of: network.logits))
            for (row, expected) in golden.logits.enumerated() {
                for (index, value) in expected.enumerated() {
                    let error = abs(logits[row, index, 0, 0] - value) / golden.largest_logit
                    #expect(error <= closeness, "logit \(index) of image \(row), fuses \(fuses)")
                }
            }
            for layer in golden.layers {
                #expect(try network.graph.node(named: layer.value) == network.graph.node(named: layer.module), "\(layer.module)")
                let map = NaiveMap(try workspace.activationTensor(of: layer.module))
                let (channels, area) = (map.shape[0], map.shape[1] * map.shape[2])
                #expect(channels * area == layer.shape.reduce(1, *), "\(layer.module): \(map.shape) of \(layer.shape)")
                // Tokens and maps with the channels last are shown with them first.
                let isChannelsFirst = layer.shape.count == 2 || (layer.shape.count == 4 && layer.shape[1] == channels && layer.shape[2] == map.shape[1])
                let error = zip(layer.places, layer.values).reduce(0) { worst, pair in
                    let place = isChannelsFirst ? pair.0 : pair.0 % channels * area + pair.0 / channels
                    return max(worst, abs(map.values[place] - pair.1))
                }
                #expect(error <= closeness * layer.largest, "\(layer.module), fuses \(fuses): \(error / layer.largest)")
            }

            var seed = NaiveMap(batch: 2, try plan.shape(of: network.logits))
            seed[0, golden.target, 0, 0] = 1
            try workspace.writeSeed(seed, at: network.logits)
            try workspace.backward()
            let gradient = NaiveMap(try workspace.gradientTensor(of: Graph.inputName))
            let norm = golden.gradient.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let error = zip(golden.gradient.places, golden.gradient.values).reduce(0) {
                $0 + (gradient.values[$1.0] - $1.1) * (gradient.values[$1.0] - $1.1)
            }.squareRoot()
            // A percent, for units that stand on the other side of their kink.
            #expect(error <= 1e-2 * norm, "gradient, fuses \(fuses): \(error / norm)")
            #expect(gradient.values[(gradient.values.count / 2)...].allSatisfy { $0 == 0 }, "an image's gradient reaches another")
        }
    }

    @Test(arguments: ONNXGolden.names)
    func everyLayerItNamesExists(_ name: String) throws {
        let network = try ONNXGolden(name).withModel { try importedNetwork($0) }
        let shapes = try network.graph.mapShapes(input: network.input.shape)
        #expect(shapes[try network.graph.node(named: network.logits)].count == network.classCount)
        for layer in network.landmarks + network.reported + network.matched.map(\.layer) {
            #expect(throws: Never.self) { try network.graph.node(named: layer) }
        }
        #expect(network.matched.count >= 2 && !network.reported.isEmpty)
        #expect(Set(network.graph.layerNames).count == network.graph.layerNames.count)
        // Nothing of what exporters take apart is left.
        for node in network.graph.nodes {
            if let pointwise = node.operation as? Pointwise { #expect(pointwise.function != .erf, "\(node.name)") }
        }
    }

    @Test(arguments: [
        ("resnet18_torchscript_11", ["conv1", "layer1", "layer2", "layer3", "layer4"]),
        ("resnet18_dynamo", ["bn1", "layer1", "layer2", "layer3", "layer4"]),
        ("densenet121_torchscript_17", ["features.conv0", "features.denseblock1", "features.denseblock2", "features.denseblock3"]),
        ("convnext_tiny_dynamo", ["features.0.0", "features.1", "features.3", "features.5"]),
        ("mobilenet_v2_dynamo", ["features.0.1", "features.1", "features.3", "features.6", "features.13", "features.18"]),
        ("swin_t_dynamo", ["features.0.0", "features.1", "features.3", "features.5", "norm"]),
        ("vit_tiny_dynamo", ["patch_embed.proj", "blocks.2", "blocks.5", "blocks.8", "blocks.11"]),
        ("vit_torchscript_17", ["conv_proj"] + (0..<4).map { "encoder.layers.encoder_layer_\($0)" }),
    ])
    func stagesAreFound(_ name: String, _ stages: [String]) throws {
        let network = try ONNXGolden(name).withModel { try importedNetwork($0) }
        #expect(network.matched.map(\.layer).starts(with: stages), "\(network.matched.map(\.layer))")
    }

    @Test func aSoftmaxAtTheEndIsTakenOff() throws {
        let network = try ONNXGolden("keras_like").withModel { try importedNetwork($0) }
        #expect(network.displayName.contains("softmax"))
        #expect(network.graph.nodes.allSatisfy { !($0.operation is Softmax) })
    }
}
