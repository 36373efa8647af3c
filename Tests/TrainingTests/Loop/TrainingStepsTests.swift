import Images
import Network
import Tensors
import Testing

@testable import Training

/// Ten steps against PyTorch in float64, from the same weights and on the same images: `make_training_golden.py`.
@Suite struct TrainingStepsTests {
    private struct Golden: Decodable {
        var losses: [Double]
        var after: [String: [Float]]
    }

    @Test(arguments: [1, 2])
    func `ten steps end where PyTorch's do`(threads: Int) throws {
        let golden = try goldenFile("training", as: Golden.self)
        let values = try InitialValues(architecture: "cifar_resnet8", classes: 10, seed: 3)
        let network = try Architectures.network(values, architecture: "cifar_resnet8")
        let engine = try TrainingEngine(network, layers: [network.logits], threads: threads, algorithms: nil)
        let descent = try StochasticGradientDescent(count: engine.learned.count)
        let objective = LabelObjective(layer: network.logits), images = TrainingGolden.images
        let workspace = try engine.workspace(batch: images), batch = try Batch(capacity: images, shape: network.input.shape)
        for (number, expected) in golden.losses.enumerated() {
            var random = RandomSource(seed: 3, stream: "images/\(number)")
            for place in 0..<images * 3072 { workspace.input[place] = 2 * random.uniform() - 1 }
            batch.labels = (0..<images).map { (number + 3 * $0) % 10 }
            try workspace.forward()
            let loss = try objective.loss(of: TrainingStep(workspace, batch: batch))
            #expect(abs(loss - expected) < 1e-3, "step \(number): \(loss), not \(expected)")
            try workspace.backward()
            descent.step(engine.learned.values, gradients: engine.learned.gradients, rate: TrainingGolden.rate)
        }
        let tensors = Dictionary(uniqueKeysWithValues: engine.learned.tensors())
        #expect(Set(tensors.keys) == Set(golden.after.keys))
        for (name, expected) in golden.after {
            let found = try #require(tensors[name]).values
            for (place, value) in expected.enumerated() {
                #expect(abs(found[place] - value) < 1e-3 * max(1, abs(value)), "\(name), \(place): \(found[place]), not \(value)")
            }
        }
    }
}

/// What `make_training_golden.py` has as well.
private enum TrainingGolden {
    static let images = 32
    static let rate: Float = 0.05
}
