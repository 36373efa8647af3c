import Foundation
import Network
import Tensors
import TestSupport
import Testing

@testable import Training

/// Every published pair, as the program puts its layers, beside PyTorch, where the description of the authors' code puts them:
/// `make_pair_goldens.py`.
@Suite struct PublishedPairTests {
    struct Golden: Decodable, CustomTestStringConvertible, Sendable {
        struct Place: Decodable, Sendable {
            var student: String
            var shape: [Int]
            var teacher: String
            var teacher_shape: [Int]
            var alpha: Float
        }

        struct Values: Decodable, Sendable {
            var shape: [Int]
            var places: [Int]
            var values: [Float]
        }

        struct Gradient: Decodable, Sendable {
            var name: String
            var shape: [Int]
            var largest_magnitude: Float
            var places: [Int]
            var values: [Float]
        }

        var pictures: String
        var teacher: String
        var gain: Double
        var student: String
        var pooling: Int
        /// Cross-entropy, words, sub-classes.
        var losses: [Double]
        /// The largest of its gradients' errors in float32, relative.
        var float32_error: Float
        var scores: [String: Values]
        var gradients: [Gradient]
        var words: Place
        var sub_classes: Place

        var testDescription: String { "\(teacher) teaches \(student)" }
    }

    private static let goldens = (try? goldenFile("pairs", as: [Golden].self)) ?? []
    private static let classes = 10, words = 16, perClass = 3, components = 4, labels = [3, 7, 0, 3]

    @Test func `all ten are here`() throws {
        #expect(Self.goldens.map { [$0.teacher, $0.student] } == PublishedPair.all.map { [$0.teacher, $0.student] })
        for pair in PublishedPair.all {
            let golden = try #require(Self.goldens.first { $0.student == pair.student })
            #expect(pair.alpha == (golden.words.alpha, golden.sub_classes.alpha))
            let isSmall = ["cifar_mobile_half", "cifar_shufflenet_v1", "cifar_shufflenet_v2"].contains(pair.student)
            #expect(pair.learningRate == (isSmall ? 0.01 : 0.05))
        }
    }

    /// The network of the formula's values, for ten classes.
    private static func network(_ name: String, gain: Double = 1, shift: Float = 0) throws -> ImageNetwork {
        let source = try FormulaTensors(architecture: name, gain: gain)
        let head = try #require(source.names.last { $0.hasSuffix(".weight") && source.shape(of: $0)?.rank == 2 })
        let inputs = try #require(source.shape(of: head))[1]
        let changed = source.changing(head, to: [classes, inputs]).changing(head.dropLast("weight".count) + "bias", to: [classes])
        return try Architectures.network(
            Shifted(base: changed, head: String(head.dropLast("weight".count)), shift: shift), architecture: name)
    }

    /// With normalisations' biases so much larger that ReLUs are far from their kinks, where rounding would decide what has a gradient.
    private struct Shifted: TensorSource {
        let base: FormulaTensors
        let head: String
        let shift: Float

        var names: [String] { base.names }
        func shape(of name: String) -> Shape? { base.shape(of: name) }

        func tensor(_ name: String) throws -> Tensor {
            var tensor = try base.tensor(name)
            if name.hasSuffix(".bias"), !name.hasPrefix(head) { for place in tensor.values.indices { tensor.values[place] += shift } }
            return tensor
        }
    }

    private static func formula(_ name: String, _ shape: Shape, gain: Double = 1) throws -> [Float] {
        try FormulaTensors([(name, shape)], gain: gain).tensor(name).values
    }

    @Test(arguments: goldens)
    func `places, losses and gradients are those of PyTorch`(golden: Golden) throws {
        let teacher = try Self.network(golden.teacher, gain: golden.gain), bare = try Self.network(golden.student, shift: 3)
        let plan = try DistillationPlan(bare, from: teacher, DistillationSettings(method: .both))
        let words = try #require(plan.words), subClasses = try #require(plan.subClasses)
        for (layer, place) in [(words, golden.words), (subClasses, golden.sub_classes)] {
            #expect(layer.student.layer == place.student && layer.student.shape == place.shape)
            #expect(layer.teacher.layer == place.teacher && layer.teacher.shape == place.teacher_shape)
            #expect(layer.pooling == golden.pooling && layer.alpha == place.alpha && layer.weight == 1)
        }

        var layers = [try Self.subClasses(subClasses), try Self.words(words)], network = bare
        for index in layers.indices { try layers[index].insert(into: &network, seed: 0) }
        let pass = try TeacherPass(teacher, beside: bare, threads: 1)
        let objectives: [any Objective] =
            try [LabelObjective(layer: network.logits)] + layers.reversed().compactMap { try $0.objective(pass) }
        let engine = try TrainingEngine(network, layers: objectives.flatMap(\.layers), threads: 1, algorithms: nil)
        let batch = try Batch(capacity: Self.labels.count, shape: network.input.shape), workspace = try engine.workspace(batch: Self.labels.count)
        let count = Self.labels.count * network.input.shape.count, scale = 3.0.squareRoot()
        for (place, value) in FormulaTensors.uniform(golden.pictures, count: count).enumerated() {
            batch.images[place] = Float((2 * value - 1) * scale)
        }
        batch.labels = Self.labels
        workspace.input.update(from: batch.images, count: count)
        try workspace.forward()
        let step = TrainingStep(workspace, batch: batch)
        #expect(objectives.map(\.name) == ["cross_entropy", "words", "sub_classes"])
        for (objective, expected) in zip(objectives, golden.losses) {
            let loss = try objective.loss(of: step)
            #expect(abs(loss - expected) < 1e-4 * max(1, expected), "\(objective.name): \(loss), not \(expected)")
        }
        for (key, layer) in [("sub_classes", layers[0]), ("words", layers[1])] {
            let wanted = try #require(golden.scores[key]), map = try workspace.activationTensor(of: layer.scores)
            #expect(map.shape.dimensions == wanted.shape)
            for (place, value) in zip(wanted.places, wanted.values) { #expect(abs(map.values[place] - value) < 1e-4) }
        }
        try workspace.backward()
        let learned = Dictionary(uniqueKeysWithValues: engine.learned.trained.map { ($0.name, $0) })
        for each in golden.gradients {
            let name = each.name.replacing("<sub_classes>", with: layers[0].name).replacing("<words>", with: layers[1].name)
            let item = try #require(learned[name], "\(name)")
            #expect(item.shape.dimensions == each.shape, "\(name)")
            // MobileNetV2's last maps have four positions, sixteen values for a normalisation: PyTorch in float32 is as far from float64.
            // A gain's is one number, a sum over all positions in which most cancels out.
            let bound = max(each.values.count == 1 ? 2e-4 : 1e-4, 3 * golden.float32_error) * each.largest_magnitude
            for (offset, value) in zip(each.places, each.values) {
                let found = engine.learned.gradients[item.offset + offset]
                #expect(abs(found - value) < bound, "\(name), \(offset): \(found), not \(value)")
            }
        }
    }

    private static func words(_ plan: DistillationPlan.Layer) throws -> TaughtLayer {
        let size = plan.teacher.shape[0]
        return TaughtLayer(
            plan,
            .words(
                Vocabulary(
                    dimension: size, centres: try formula("words", [words, size]), counts: Array(repeating: 1, count: words), inertia: 0,
                    iterations: 1)))
    }

    private static func subClasses(_ plan: DistillationPlan.Layer) throws -> TaughtLayer {
        let size = plan.teacher.shape[0], count = classes * perClass
        let shares = FormulaTensors.uniform("score matrix", count: count * count).map { Double(Float($0)) }
        let matrix = (0..<count).flatMap { row in
            let values = shares[row * count..<(row + 1) * count], sum = values.reduce(0, +)
            return values.map { Float($0 / sum) }
        }
        return TaughtLayer(
            plan,
            .subClasses(
                DiscriminantAnalysis(
                    mean: try formula("mean", [size]), scalings: try formula("scalings", [size, components]), components: components,
                    eigenvalues: [1], counts: Array(repeating: 1, count: classes)),
                SubClasses(
                    perClass: perClass, dimension: components, centres: try formula("centres", [count, components], gain: Double(size)),
                    counts: Array(repeating: 1, count: count), inertias: [], iterations: 1), ScoreMatrix(count: count, values: matrix)))
    }
}
