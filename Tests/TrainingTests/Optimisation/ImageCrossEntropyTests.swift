import Network
import Tensors
import Testing

@testable import Training

/// Templates that are matched once an image: against PyTorch in float64, and gradients against differences of values.
@Suite struct ImageCrossEntropyTests {
    private struct Golden: Decodable {
        var images: [Float]
        var templates: [Float]
        var channels: Int
        var labels: [Int]
        var templatesPerClass: Int
        var gain: Float
        var loss: Double
        var imageGradient: [Float]
        var templateGradient: [Float]

        var match: Losses.ImageMatch {
            Losses.imageCrossEntropy(
                images, templates: templates, channels: channels, labels: labels, templatesPerClass: templatesPerClass, gain: gain)
        }
    }

    @Test func `values and gradients are PyTorch's`() throws {
        let cases = try goldenFile("image_matches", as: [Golden].self)
        #expect(cases.count == 3)
        for golden in cases {
            let match = golden.match
            #expect(abs(match.loss - golden.loss) < 1e-6, "\(match.loss), not \(golden.loss)")
            for (found, expected) in [(match.imageGradient, golden.imageGradient), (match.templateGradient, golden.templateGradient)] {
                #expect(found.count == expected.count)
                #expect(try #require(zip(found, expected).map { abs($0 - $1) }.max()) < 1e-6)
            }
        }
    }

    @Test func `a vector of zeros is like nothing, and what is not a number shows`() throws {
        var golden = try #require(goldenFile("image_matches", as: [Golden].self).first)
        golden.images.replaceSubrange(0..<golden.channels, with: Array(repeating: 0, count: golden.channels))
        let match = golden.match
        #expect(match.loss.isFinite && match.imageGradient[..<golden.channels].allSatisfy { $0 == 0 })
        #expect(match.imageGradient[golden.channels...].contains { $0 != 0 } && match.templateGradient.allSatisfy(\.isFinite))
        golden.templates[3] = .nan
        #expect(!golden.match.loss.isFinite)
    }

    /// Through a network: what becomes of the classifier's loss and the block's along a direction, and what the gradients say of it.
    @Test func `a network's gradients are the slopes of both losses`() throws {
        var random = RandomSource(seed: 5, stream: "image labels")
        let bare = try Architectures.random("cifar_resnet8", seed: 2)
        let network = try bare.inserting(
            TemplateBlock(behind: "layer3", of: bare, perClass: 2, isSupervised: true, alpha: 0.5, random: &random))
        let objectives: [any Objective] = [
            LabelObjective(layer: network.logits), TemplateLabelObjective(network.templates[0], templatesPerClass: 2, weight: 3),
        ]
        let engine = try TrainingEngine(network, layers: objectives.flatMap(\.layers), threads: 1, algorithms: nil)
        let workspace = try engine.workspace(batch: 4), batch = try Batch(capacity: 4, shape: network.input.shape)
        for place in 0..<4 * network.input.shape.count { workspace.input[place] = random.normal() }
        batch.labels = [7, 0, 4, 7]
        func loss() throws -> Double {
            try workspace.forward()
            let step = TrainingStep(workspace, batch: batch, learned: engine.learned)
            return try objectives.reduce(0) { $0 + Double($1.weight) * (try $1.loss(of: step)) }
        }
        _ = try loss()
        try workspace.backward()
        for objective in objectives { objective.addGradients(to: engine.learned) }
        let learned = engine.learned, scores = network.templates[0].scores
        for name in ["\(scores).weight", "layer3.0.conv2.weight", "linear.weight"] {
            let item = try #require(learned.trained.first { $0.name == name })
            let gradient = item.range.map { learned.gradients[$0] }, values = item.range.map { learned.values[$0] }
            // Along the gradient, by a small part of what is there.
            let length = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let size = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let reach = 0.003 * size
            func moved(_ sign: Double) throws -> Double {
                for (place, value) in values.enumerated() {
                    learned.values[item.offset + place] = value + Float(sign * reach * Double(gradient[place]) / length)
                }
                return try loss()
            }
            let slope = (try moved(1) - moved(-1)) / (2 * reach)
            _ = try moved(0)
            #expect(abs(slope - length) < 0.01 * length, "\(name): \(slope) and \(length)")
        }
    }
}
