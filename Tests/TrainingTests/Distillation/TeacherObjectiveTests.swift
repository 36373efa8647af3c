import Foundation
import Tensors
import Testing

@testable import Network
@testable import Training

/// What a teacher says of a batch, against its definition in double precision.
@Suite struct TeacherObjectiveTests {
    private static let count = 3

    /// A teacher and a student that know nothing, the student with a layer of `templates` templates behind `layer`, both before the same
    /// pictures.
    private struct Scene {
        let teacher: TeacherPass
        let student: Workspace
        let batch: Batch
        let network: ImageNetwork
        let scores: String

        init(templates: Int, layer: String) throws {
            var random = RandomSource(seed: 3, stream: "scene")
            var teacher = try Architectures.random("cifar_resnet14", seed: 1)
            // Other colours than the student's.
            teacher.input.mean = [0.5, 0.4, 0.3]
            teacher.input.standardDeviation = [0.2, 0.25, 0.3]
            let bare = try Architectures.random("cifar_resnet8", seed: 2)
            network = try bare.inserting(
                KnowledgeDistillationLayer(behind: layer, of: bare, templates: templates, random: &random))
            scores = network.templates[0].scores
            self.teacher = try TeacherPass(teacher, beside: bare, threads: 1)
            batch = try Batch(capacity: count, shape: network.input.shape)
            batch.labels = [7, 0, 4]
            for place in 0..<count * network.input.shape.count { batch.images[place] = random.normal() }
            let layers = [scores, network.logits]
            student = try Workspace(
                Plan(
                    network.graph,
                    .init(batch: count, input: network.input.shape, activations: layers, seeds: layers, learned: LearnedValues(network.graph))))
            student.input.update(from: batch.images, count: count * network.input.shape.count)
            try student.forward()
        }

        /// The teacher's features at all positions, pooled: image by image, row by row; computed apart.
        func features(_ layer: String, pooling: Int) throws -> [[Double]] {
            let own = teacher.teacher.input, other = network.input
            let plan = try Plan(teacher.teacher.graph, .init(batch: count, input: own.shape, activations: [layer], fuses: false))
            let workspace = try Workspace(plan)
            let area = own.size[0] * own.size[1]
            for place in 0..<count * 3 * area {
                let channel = place / area % 3
                let colour = batch.images[place] * other.standardDeviation[channel] + other.mean[channel]
                workspace.input[place] = (colour - own.mean[channel]) / own.standardDeviation[channel]
            }
            try workspace.forward()
            let map = try workspace.activationTensor(of: layer)
            let (channels, side) = (map.shape[1], map.shape[2])
            var result: [[Double]] = []
            for image in 0..<count {
                for y in 0..<side / pooling {
                    for x in 0..<side / pooling {
                        result.append(
                            (0..<channels).map { channel in
                                var sum = 0.0
                                for row in y * pooling..<(y + 1) * pooling {
                                    for column in x * pooling..<(x + 1) * pooling {
                                        sum += Double(map.values[((image * channels + channel) * side + row) * side + column])
                                    }
                                }
                                return sum / Double(pooling * pooling)
                            })
                    }
                }
            }
            return result
        }

        /// The student's values at all positions.
        func values(of layer: String) throws -> [[Double]] { rows(try student.activationTensor(of: layer)) }

        /// What was written at a layer's seed.
        func slopes(at layer: String) throws -> [[Double]] {
            let shape = try student.plan.shape(of: layer)
            var map = Tensor(zeros: Shape([count] + shape.dimensions))
            let seed = try student.seed(at: layer)
            map.values.withUnsafeMutableBufferPointer {
                if let base = $0.baseAddress { Layout.blocked.unpack(seed, batch: count, shape, into: base) }
            }
            return rows(map)
        }

        private func rows(_ map: Tensor) -> [[Double]] {
            let (channels, area) = (map.shape[1], map.shape.dimensions.dropFirst(2).reduce(1, *))
            return (0..<count * area).map { row in
                (0..<channels).map { Double(map.values[(row / area * channels + $0) * area + row % area]) }
            }
        }
    }

    private func softmax(_ values: [Double], temperature: Double = 1) -> [Double] {
        let largest = values.max() ?? 0, powers = values.map { exp(($0 - largest) / temperature) }, sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    /// Checks loss and gradient of `KL(q || softmax(s / T)) T^2`, averaged over rows, with what counts half.
    private func expect(
        _ scene: Scene, _ objective: any Objective, at layer: String, wanted: [[Double]], temperature: Double = 1
    ) throws {
        let loss = try objective.loss(of: TrainingStep(scene.student, batch: scene.batch))
        let scores = try scene.values(of: layer), slopes = try scene.slopes(at: layer)
        #expect(scores.count == wanted.count && objective.weight == 0.5)
        var expected = 0.0, worst = 0.0
        for (row, q) in wanted.enumerated() {
            let p = softmax(scores[row], temperature: temperature)
            for (k, share) in q.enumerated() {
                if share > 0 { expected += share * log(share / p[k]) * temperature * temperature / Double(wanted.count) }
                worst = max(worst, abs(slopes[row][k] - 0.5 * temperature * (p[k] - share) / Double(wanted.count)))
            }
        }
        #expect(abs(loss / expected - 1) < 1e-4, "\(loss), not \(expected)")
        #expect(worst < 1e-4 / Double(wanted.count), "gradient off by \(worst)")
        #expect(expected > 1e-3)
    }

    @Test(arguments: [("layer3", 1), ("layer2.0", 2)])
    func wordsAreAssignedSoftly(_ teacherLayer: String, pooling: Int) throws {
        let scene = try Scene(templates: 20, layer: "layer3")
        let features = try scene.features(teacherLayer, pooling: pooling), dimension = features[0].count
        // Near to features, so that assignments are soft.
        var random = RandomSource(seed: 9, stream: "words")
        let centres = (0..<20).flatMap { word in features[word * 7 % features.count].map { Float($0) + 0.2 * random.normal() } }
        let vocabulary = Vocabulary(dimension: dimension, centres: centres, counts: Array(repeating: 1, count: 20), inertia: 0, iterations: 1)
        let objective = try WordObjective(
            scene.teacher, vocabulary, teacherLayer: teacherLayer, pooling: pooling, layer: scene.scores, weight: 0.5)
        let wanted = features.map { feature in
            softmax(
                (0..<20).map { word in
                    -zip(feature, centres[word * dimension..<(word + 1) * dimension]).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
                })
        }
        #expect(wanted.contains { ($0.max() ?? 1) < 0.9 })
        try expect(scene, objective, at: scene.scores, wanted: wanted)
    }

    @Test func subClassesAreTheNearestOfTheImagesClass() throws {
        let scene = try Scene(templates: 30, layer: "layer3")
        let features = try scene.features("layer3.0", pooling: 1), dimension = features[0].count
        var random = RandomSource(seed: 10, stream: "sub-classes")
        let mean = (0..<dimension).map { _ in random.normal() }, scalings = (0..<dimension * 4).map { _ in 0.1 * random.normal() }
        let projected = features.map { feature in
            (0..<4).map { m in (0..<dimension).reduce(0.0) { $0 + (feature[$1] - Double(mean[$1])) * Double(scalings[$1 * 4 + m]) } }
        }
        let centres = (0..<30).flatMap { projected[$0 * 5 % projected.count].map { Float($0) + 0.1 * random.normal() } }
        let matrix = (0..<30).flatMap { _ -> [Float] in
            let row = (0..<30).map { _ in random.uniform() < 0.7 ? 0 : random.uniform() }, sum = row.reduce(0, +)
            return row.map { $0 / sum }
        }
        let objective = try SubClassObjective(
            scene.teacher,
            DiscriminantAnalysis(mean: mean, scalings: scalings, components: 4, eigenvalues: [1], counts: Array(repeating: 1, count: 10)),
            SubClasses(
                perClass: 3, dimension: 4, centres: centres, counts: Array(repeating: 1, count: 30), inertias: [], iterations: 1),
            ScoreMatrix(count: 30, values: matrix), teacherLayer: "layer3.0", pooling: 1, layer: scene.scores, weight: 0.5)
        let area = projected.count / Self.count
        var chosen = Set<Int>()
        let wanted = projected.enumerated().map { row, z in
            let label = scene.batch.labels[row / area]
            func distance(_ centre: Int) -> Double {
                zip(z, centres[centre * 4..<centre * 4 + 4]).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
            }
            let nearest = (label * 3..<label * 3 + 3).min { distance($0) < distance($1) } ?? 0
            chosen.insert(nearest)
            return matrix[nearest * 30..<(nearest + 1) * 30].map(Double.init)
        }
        #expect(chosen.count > 5)
        try expect(scene, objective, at: scene.scores, wanted: wanted)
    }

    @Test func logitsAreComparedAtATemperature() throws {
        let scene = try Scene(templates: 5, layer: "layer3")
        let objective = try TeacherLogitsObjective(scene.teacher, layer: scene.network.logits, temperature: 4, weight: 0.5)
        let logits = try scene.features("avgpool", pooling: 1)
        let node = scene.teacher.teacher.graph.nodes[try scene.teacher.teacher.graph.node(named: "linear")]
        let linear = try #require(node.operation as? Linear)
        let wanted = logits.map { feature in
            softmax(
                (0..<10).map { row in
                    feature.enumerated().reduce(Double(linear.bias[row])) { $0 + Double(linear.weights.values[row * 64 + $1.offset]) * $1.element }
                }, temperature: 4)
        }
        try expect(scene, objective, at: scene.network.logits, wanted: wanted, temperature: 4)
    }
}
