import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

/// Layers and blocks that match templates, as parts of a network.
@Suite struct TemplateTests {
    @Test(arguments: [false, true])
    func agreesWithPyTorch(fuses: Bool) throws {
        let golden = try TemplateGolden()
        let network = try Architectures.network(golden.source, architecture: nil)
        #expect(network.architecture == golden.architecture && network.unusedTensors.isEmpty && network.alternatives.isEmpty)
        let batch = golden.input[0]
        let plan = try Plan(
            network.graph,
            .init(
                batch: batch, input: Shape(Array(golden.input.dropFirst())), activations: golden.layers.map(\.name) + [network.logits],
                seeds: [network.logits], gradients: golden.gradients.map(\.name), fuses: fuses))
        let workspace = try Workspace(plan)
        workspace.poison()
        workspace.write(FormulaTensors.images(Shape(golden.input)))
        try workspace.forward()
        let logits = try workspace.activationTensor(of: network.logits).values
        let expected = golden.logits.values.joined(), largest = expected.reduce(0) { max($0, abs($1)) }
        #expect(zip(logits, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 * largest })
        try expect(golden.layers, 1e-5) { try workspace.activationTensor(of: $0) }
        var seed = NaiveMap(batch: batch, try plan.shape(of: network.logits))
        for row in 0..<batch { seed[row, golden.target, 0, 0] = 1 }
        try workspace.writeSeed(seed, at: network.logits)
        try workspace.backward()
        try expect(golden.gradients, 1e-4) { try workspace.gradientTensor(of: $0) }
    }

    private func expect(_ layers: [GoldenFile.Layer], _ tolerance: Double, _ found: (String) throws -> Tensor) throws {
        for layer in layers {
            let map = try found(layer.name)
            #expect(map.shape.dimensions == layer.shape, "\(layer.name)")
            let error = zip(layer.places, layer.values).reduce(0) { max($0, abs(Double(map.values[$1.0]) - $1.1)) } / layer.largest_magnitude
            #expect(error <= tolerance, "\(layer.name): \(error)")
            let magnitude = map.values.reduce(0) { $0 + abs(Double($1)) } / Double(map.values.count)
            #expect(abs(magnitude / layer.mean_magnitude - 1) <= tolerance * 10, "mean magnitude of \(layer.name)")
        }
    }

    @Test func gradientsOfKernelsAgreeWithPyTorch() throws {
        let golden = try TemplateGolden()
        let network = try Architectures.network(golden.source, architecture: nil)
        let node = network.graph.nodes[try network.graph.node(named: golden.kernels.layer)]
        let operation = try #require(node.operation as? CosineConvolution)
        let (kernels, gain) = operation.gradients(ofWeights: Tensor(shape: operation.kernels.shape, values: golden.kernels.effective))
        let largest = golden.kernels.kernels.reduce(0) { max($0, abs($1)) }
        #expect(zip(kernels.values, golden.kernels.kernels).allSatisfy { abs(Double($0) - $1) <= 1e-5 * largest })
        #expect(abs(Double(gain) / golden.kernels.gain - 1) < 1e-5)
    }

    /// All learned values, of the blocks and of the network around them, in a pass that goes by the batch's statistics.
    @Test(arguments: [1, 2])
    func learnsAsInPyTorch(threads: Int) throws {
        let golden = try TemplateGolden(), training = try TemplateTrainingGolden()
        let network = try Architectures.network(golden.source, architecture: nil)
        func layer(_ name: String) -> String { name == "logits" ? network.logits : name }
        let learned = try LearnedValues(network.graph)
        let plan = try Plan(
            network.graph,
            .init(
                batch: golden.input[0], input: Shape(Array(golden.input.dropFirst())), activations: training.layers.map { layer($0.name) },
                seeds: training.seeds.map(layer), threads: threads, learned: learned))
        let workspace = try Workspace(plan)
        workspace.poison()
        workspace.write(FormulaTensors.images(Shape(golden.input)))
        try workspace.forward()
        for seed in training.seeds {
            let shape = try plan.shape(of: layer(seed)), count = golden.input[0] * shape.count
            // A vector's formula is scaled as one of rank two.
            let full = Shape([golden.input[0]] + (seed == "logits" ? [shape[0]] : shape.dimensions))
            let values = try FormulaTensors([("seed " + seed, full)], gain: 1).tensor("seed " + seed).values
            #expect(values.count == count)
            Layout.blocked.pack(values, batch: golden.input[0], shape, into: try workspace.seed(at: layer(seed)))
        }
        try workspace.backward()
        try expect(training.layers, 1e-4) {
            let map = try workspace.activationTensor(of: layer($0))
            return $0 == "logits" ? map.reshaped(to: [map.shape[0], map.shape[1]]) : map
        }
        func values(_ items: [LearnedValues.Item], _ block: UnsafeMutablePointer<Float>) -> [String: Tensor] {
            Dictionary(uniqueKeysWithValues: items.map { item in (item.name, Tensor(shape: item.shape, values: item.range.map { block[$0] })) })
        }
        let gradients = values(learned.trained, learned.gradients), statistics = values(learned.statistics, learned.running)
        #expect(Set(gradients.keys) == Set(training.learned.map(\.name)) && Set(statistics.keys) == Set(training.statistics.map(\.name)))
        try expect(training.learned, 1e-4) { try #require(gradients[$0]) }
        try expect(training.statistics, 1e-5) { try #require(statistics[$0]) }
    }

    /// Along random directions of the kernels, and along the gain and the factor's place in both.
    @Test(arguments: [3, -0.5, nil] as [Float?])
    func gradientsOfKernelsAreSlopes(gain: Float?) throws {
        var random = RandomSource(seed: 5, stream: "kernels")
        let shape: Shape = [7, 5, 1, 1]
        func numbers() -> Tensor { Tensor(shape: shape, values: (0..<shape.count).map { _ in random.normal() }) }
        let kernels = numbers(), direction = numbers(), weighting = numbers()
        func value(_ step: Double, _ gainStep: Double) -> Double {
            (0..<7).reduce(0.0) { total, output in
                let places = output * 5..<output * 5 + 5
                let kernel = places.map { Double(kernels.values[$0]) + step * Double(direction.values[$0]) }
                let length = gain == nil ? 1 : kernel.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
                let scale = 0.25 * (Double(gain ?? 1) + gainStep) / length
                return total + zip(kernel, places).reduce(0.0) { $0 + $1.0 * scale * Double(weighting.values[$1.1]) }
            }
        }
        let found = CosineConvolution(kernels: kernels, gain: gain, factor: 0.25).gradients(ofWeights: weighting)
        let slope = zip(found.kernels.values, direction.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(slope - (value(1e-6, 0) - value(-1e-6, 0)) / 2e-6) < 1e-5)
        let expected = gain == nil ? 0 : (value(0, 1e-6) - value(0, -1e-6)) / 2e-6
        #expect(abs(Double(found.gain) - expected) < 1e-5)
    }

    /// A position or a kernel without length: zeros, and nothing comes back.
    @Test func zerosHaveNoDirection() throws {
        var graph = Graph()
        // Channels 0 to 2 are the image's, the others nothing.
        var picks = Tensor(zeros: [20, 3, 1, 1])
        for channel in 0..<3 { picks.values[channel * 3 + channel] = 1 }
        let map = graph.add("map", Convolution(weights: picks, padding: .symmetric(0)), 0)
        graph.add("direction", UnitLength(), map)
        let workspace = try Workspace(
            Plan(graph, .init(batch: 1, input: [3, 2, 2], activations: ["direction"], seeds: ["direction"], gradients: ["map"])))
        workspace.poison()
        // The second position is zero, the third all but zero, the last huge.
        workspace.write([3, 0, 1e-20, 1e18, 4, 0, 0, 0, 0, 0, 0, 0])
        try workspace.forward()
        let direction = try workspace.activationTensor(of: "direction").values
        #expect(zip(direction[0..<8], [0.6, 0, 1e-8, 1, 0.8, 0, 0, 0]).allSatisfy { abs($0 - $1) < 1e-7 })
        #expect(direction[8...].allSatisfy { $0 == 0 })
        var seed = NaiveMap(batch: 1, [20, 2, 2])
        for i in seed.values.indices { seed.values[i] = 1 }
        try workspace.writeSeed(seed, at: "direction")
        try workspace.backward()
        let gradient = try workspace.gradientTensor(of: "map").values
        #expect(gradient.allSatisfy(\.isFinite) && abs(gradient[0] - (1 - 0.6 * 1.4) / 5) < 1e-6)
        #expect(stride(from: 0, to: 80, by: 4).allSatisfy { gradient[$0 + 1] == 0 && gradient[$0 + 2] == 0 })
        let none = CosineConvolution(kernels: Tensor(zeros: [2, 3, 1, 1]), gain: 3)
        #expect(none.weights.values.allSatisfy { $0 == 0 })
        let back = none.gradients(ofWeights: Tensor(shape: [2, 3, 1, 1], values: [1, 2, 3, 4, 5, 6]))
        #expect(back.kernels.values.allSatisfy { $0 == 0 } && back.gain == 0)
    }

    private func logits(_ network: ImageNetwork, fuses: Bool = true) throws -> [Float] {
        let workspace = try Workspace(
            Plan(network.graph, .init(batch: 2, input: network.input.shape, activations: [network.logits], fuses: fuses)))
        workspace.write(FormulaTensors.images(Shape([2] + network.input.shape.dimensions)))
        try workspace.forward()
        return try workspace.activationTensor(of: network.logits).values
    }

    /// A student in the making, written and read.
    @Test func whatIsWrittenIsRead() throws {
        let base = try FormulaTensors(architecture: "cifar_resnet8")
        let plain = try Architectures.network(base, architecture: nil)
        var random = RandomSource(seed: 1, stream: "student")
        let first = try KnowledgeDistillationLayer(behind: "layer3", of: plain, templates: 30, alpha: 0.5, random: &random)
        let second = try KnowledgeDistillationLayer(
            behind: "layer2.0", of: plain, templates: 20, classes: (0..<20).map { $0 / 2 }, random: &random)
        let third = try TemplateBlock(behind: "layer1.0", of: plain, perClass: 3, isSupervised: true, kernel: 3, random: &random)
        let parts: [any TemplateMatching] = [first, second, third]
        let student = try parts.reduce(plain) { try $0.inserting($1) }
        let path = CheckpointFixtures.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let records: [(String, Tensor)] = [
            ("layer3.0.letkd.teacher.centres", Tensor(zeros: [30, 64])), ("layer3.0.letkd.teacher.pooling", Tensor(shape: [1], values: [2])),
            ("layer2.0.letkd.score_matrix", Tensor(zeros: [20, 20])), ("layer2.0.letkd.teacher.mean", Tensor(zeros: [9])),
            ("layer2.0.letkd.teacher.scalings", Tensor(zeros: [9, 4])), ("layer2.0.letkd.bn.num_batches_tracked", Tensor(zeros: [])),
            ("layer2.0.letkd.something", Tensor(zeros: [1])),
        ]
        let tensors = try base.names.map { ($0, try base.tensor($0)) } + parts.flatMap { $0.tensors.map { ($0.name, $0.tensor) } } + records
        try Safetensors.write(tensors, metadata: ["architecture": "cifar_resnet8", "classes": "a\nb"], to: path)
        let checkpoint = try Checkpoint.read(path: path)
        #expect(checkpoint.metadata["classes"] == "a\nb")
        let read = try Architectures.network(checkpoint, architecture: nil)
        #expect(read.architecture == "cifar_resnet8" && read.unusedTensors == ["layer2.0.letkd.something"])
        #expect(try logits(read) == logits(student) && logits(read) != logits(plain))

        #expect(read.templates == student.templates && read.templates.map(\.name) == ["layer1.0.templates", "layer2.0.letkd", "layer3.0.letkd"])
        #expect(read.templates.map(\.count) == [30, 20, 30] && read.templates.map(\.perClass) == [3, 2, nil])
        #expect(read.templates[0].classes?[29] == 9 && read.templates[1].classes?[5] == 2 && read.templates[2].classes == nil)
        #expect(read.templates.map(\.alpha) == [1, 1, 0.5])
        #expect(
            read.reported == ["layer1", "layer1.0.templates.matches", "layer2", "layer2.0.letkd.matches", "layer3", "layer3.0.letkd.matches"])
        #expect(read.landmarks == ["conv1"] + read.reported + ["avgpool", "linear"])
        #expect(read.parameterCount > plain.parameterCount)
        for each in read.templates {
            for name in [each.scores, each.matches, each.semantics, each.name] { #expect(throws: Never.self) { try read.graph.node(named: name) } }
        }
        // By the architecture's name as well, and under a wrapper's prefix.
        #expect(try logits(Architectures.network(checkpoint, architecture: "resnet8")) == logits(student))
        try Safetensors.write(tensors.map { ("module." + $0.0, $0.1) }, to: path)
        #expect(try logits(Architectures.network(Checkpoint.read(path: path), architecture: nil)) == logits(student))
    }

    @Test func withoutAlphaTheNetworkIsAsBefore() throws {
        let golden = try TemplateGolden()
        let network = try Architectures.network(golden.source, architecture: nil)
        let plain = try Architectures.network(FormulaTensors(try Architectures.named("cifar_resnet8").tensorShapes(), gain: golden.gain), architecture: nil)
        let without = network.ignoringTemplates()
        #expect(without.templates.map(\.alpha) == [0, 0, 0] && without.templates.map(\.matches) == network.templates.map(\.matches))
        let (expected, changed) = (try logits(plain), try logits(network))
        for fuses in [false, true] { #expect(zip(try logits(without, fuses: fuses), expected).allSatisfy { abs($0 - $1) < 1e-5 }) }
        #expect(zip(changed, expected).contains { abs($0 - $1) > 1e-3 })
    }

    /// All who read the layer read the end of what is inserted; its names stay where they were.
    @Test func insertionMovesUsersAndNoNames() throws {
        let network = try Architectures.network(TemplateGolden().source, architecture: nil)
        let graph = network.graph
        func inputs(_ name: String) throws -> [String] { graph.nodes[try graph.node(named: name)].inputs.map { graph.nodes[$0].name } }
        #expect(graph.index["layer3"] == graph.index["layer3.0"] && graph.index["layer1"] == graph.index["layer1.0"])
        #expect(try inputs("avgpool") == ["layer3.0.letkd"])
        #expect(try inputs("layer2.0.conv1") == ["layer1.0.templates"] && inputs("layer2.0.shortcut") == ["layer1.0.templates"])
        #expect(try inputs("layer3.0.letkd") == ["layer3.0", "layer3.0.letkd.semantics"])
        #expect(try inputs("layer3.0.letkd.direction") == ["layer3.0"])
    }

    /// Every layer that a report shows takes one, or says why not.
    @Test(arguments: Architectures.all.map(\.name))
    func everyArchitectureTakesThem(_ name: String) throws {
        let network = try Architectures.named(name).build(Parameters())
        var random = RandomSource(seed: 1)
        for layer in network.reported {
            do {
                let part = try KnowledgeDistillationLayer(behind: layer, of: network, templates: 3, random: &random)
                let result = try network.inserting(part)
                #expect(result.graph.nodes.count == network.graph.nodes.count + 7 && result.reported.count == network.reported.count + 1)
                #expect(try result.graph.node(named: layer) == result.graph.node(named: part.layer))
            } catch let problem as Problem {
                #expect(problem.kind == .usage && problem.summary.contains("no map"), "\(layer): \(problem)")
                let shape = try network.graph.shapes(input: network.input.shape)[network.graph.node(named: layer)]
                #expect(shape.rank == 2 || name.contains("convnext"), "\(layer), \(shape)")
            }
        }
    }

    @Test func impossiblePlacesAreRefused() throws {
        let network = try Architectures.network(FormulaTensors(architecture: "cifar_resnet8"), architecture: nil)
        var random = RandomSource(seed: 1)
        func problem(_ layer: String, of network: ImageNetwork, templates: Int = 5, alpha: Float = 1) throws -> Problem {
            try #require(throws: Problem.self) {
                try KnowledgeDistillationLayer(behind: layer, of: network, templates: templates, alpha: alpha, random: &random)
            }
        }
        #expect(try problem("layer4", of: network).explanation?.contains("layer3") == true)
        #expect(try problem("input", of: network).explanation?.contains("image") == true)
        #expect(try problem("linear", of: network).summary.contains("no class depends"))
        for count in [0, -1, Int.max] { #expect(try problem("layer3", of: network, templates: count).summary.contains("\(count) templates")) }
        #expect(try problem("layer3", of: network, alpha: .nan).kind == .usage)
        let transformer = try Architectures.named("vit_b_16").build(Parameters())
        #expect(try problem("encoder.layers.encoder_layer_3", of: transformer).summary.contains("no map"))
        let student = try network.inserting(KnowledgeDistillationLayer(behind: "layer3", of: network, templates: 5, random: &random))
        #expect(try problem("layer3.0", of: student).summary.contains("layer3.0.letkd stands there"))
        // Made for the network without it.
        let block = try TemplateBlock(behind: "layer3.0", of: network, perClass: 1, isSupervised: false, random: &random)
        #expect(throws: Problem.self) { try student.inserting(block) }
        let behind = try student.inserting(TemplateBlock(behind: "layer3.0.letkd.direction", of: student, perClass: 1, isSupervised: false, random: &random))
        #expect(behind.templates.count == 2 && behind.templates[1].perClass == nil)
        // A block behind the layer's end would be named as the layer's templates are.
        let end = try TemplateBlock(behind: "layer3.0.letkd", of: student, perClass: 1, isSupervised: false, random: &random)
        #expect(try #require(throws: Problem.self) { try student.inserting(end) }.summary.contains("layer3.0.letkd.templates"))
        for (perClass, kernel) in [(0, 1), (Int.max, 1), (1, 2), (1, 0), (1, 17)] {
            #expect(throws: Problem.self) {
                try TemplateBlock(behind: "layer2", of: network, perClass: perClass, isSupervised: true, kernel: kernel, random: &random)
            }
        }
    }

    private static let last = "layer3.0.letkd", block = "layer1.0.templates"

    /// What a damaged or a hostile file may have, and what the answer has to name.
    static let damages: [(name: String, tensor: Tensor?, answer: String)] = [
        ("\(last).templates.weight", nil, "\(last).templates.weight"),
        ("\(last).templates.weight", Tensor(zeros: [0, 64, 1, 1]), "\(last).bn.weight"),
        ("\(last).templates.weight", Tensor(zeros: [Int.max, 0, 1, 1]), "\(last).templates.weight"),
        ("\(last).templates.weight", Tensor(zeros: []), "\(last).templates.weight"),
        ("\(last).templates.weight", Tensor(zeros: [10, 64, 3, 3]), "\(last).templates.weight"),
        ("\(last).templates.gain", Tensor(zeros: [2]), "\(last).templates.gain"),
        ("\(last).semantics.weight", Tensor(zeros: [10, 64, 1, 1]), "\(last).semantics.weight"),
        ("\(last).bn.running_var", nil, "\(last).bn.running_var"),
        ("\(last).alpha", nil, "\(last).alpha"),
        ("\(last).teacher.classes", Tensor(zeros: [9]), "\(last).teacher.classes"),
        ("\(last).teacher.classes", Tensor(shape: [10], values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]), "template 9 the class 10"),
        ("\(last).teacher.classes", Tensor(shape: [10], values: [.nan, 1, 2, 3, 4, 5, 6, 7, 8, 9]), "template 0 the class nan"),
        ("\(block).scores.weight", Tensor(zeros: [20, 16, 2, 2]), "\(block).scores.weight"),
        ("\(block).scores.weight", Tensor(zeros: [20, 16, 3, 5]), "\(block).scores.weight"),
        ("\(block).scores.weight", Tensor(zeros: [20, 16]), "\(block).scores.weight"),
        ("\(block).scores.weight", Tensor(zeros: [0, 16, Int.max, Int.max]), "\(block).bn.weight"),
        ("\(block).scores.weight", nil, "\(block).scores.weight"),
        ("\(block).per_class", nil, "\(block).per_class"),
        ("\(block).per_class", Tensor(shape: [1], values: [3]), "\(block).per_class is 3"),
        ("\(block).per_class", Tensor(shape: [1], values: [.infinity]), "\(block).per_class is inf"),
        ("\(block).per_class", Tensor(shape: [1], values: [-2]), "\(block).per_class is -2"),
        ("layer9.letkd.templates.weight", Tensor(zeros: [1, 1, 1, 1]), "layer9.letkd"),
        ("linear.letkd.templates.weight", Tensor(zeros: [1, 1, 1, 1]), "linear.letkd"),
        ("layer3.letkd.templates.weight", Tensor(zeros: [1, 1, 1, 1]), "layer3"),
        ("layer3.templates.alpha", Tensor(zeros: [1]), "layer3"),
        ("input.letkd.alpha", Tensor(zeros: [1]), "image"),
        ("layer2.0.letkd.letkd.alpha", Tensor(zeros: [1]), "layer2.0.letkd.letkd.templates.weight"),
        ("\u{1B}[2J.letkd.alpha", Tensor(zeros: [1]), "?[2J"),
    ]

    @Test(arguments: damages.indices)
    func damagedFilesAreRefused(_ number: Int) throws {
        let (name, tensor, answer) = Self.damages[number]
        let source = try TemplateGolden().source.changing(name, to: tensor)
        let problem = try #require(throws: Problem.self) { try Architectures.network(source, architecture: nil) }
        #expect("\(problem.summary) \(problem.explanation ?? "")".contains(answer), "\(problem)")
    }

    /// All that does not fit is told at once; tensors without finite values are named.
    @Test func problemsAreCollected() throws {
        let source = try TemplateGolden().source
        let problem = try #require(throws: Problem.self) {
            try Architectures.network(
                source.changing("\(Self.last).alpha", to: nil).changing("\(Self.block).alpha", to: Tensor(zeros: [3])), architecture: nil)
        }
        #expect(problem.explanation?.contains("\(Self.last).alpha") == true && problem.explanation?.contains("\(Self.block).alpha") == true)
        let broken = try Architectures.network(
            source.changing("\(Self.last).templates.gain", to: Tensor(shape: [1], values: [.nan])), architecture: nil)
        #expect(broken.nonFiniteTensors == ["\(Self.last).templates.gain"])
    }
}
