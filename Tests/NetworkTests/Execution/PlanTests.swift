import Diagnostics
import Tensors
import TestSupport
import Testing

@testable import Network

struct PlanTests {
    private static func network(_ name: String) throws -> ImageNetwork {
        try Architectures.network(FormulaTensors(GoldenFile(architecture: name)), architecture: nil)
    }

    /// One image of each kind of graph, small: shortcuts without weights, a residual basic block behind a pool, a bottleneck, depthwise.
    private static let subjects: [(name: String, input: Shape, layers: [String])] = [
        ("cifar_resnet20", [3, 19, 21], ["conv1", "bn1", "layer1.1.bn2", "layer2.0.sum", "layer2", "layer3", "linear"]),
        ("resnet18", [3, 35, 32], ["conv1", "maxpool", "layer2.0.downsample", "layer3.1.sum", "layer4", "avgpool", "fc"]),
        ("resnet50", [3, 32, 32], ["conv1", "layer1.0.conv2", "layer2.0.bn3", "layer3", "fc"]),
        ("efficientnet_lite0", [3, 45, 40], ["_conv_stem", "_bn0", "_blocks.2", "_blocks.3._depthwise_conv", "head", "_fc"]),
    ]

    private static func images(_ batch: Int, _ shape: Shape, stream: String = "images") -> [Float] {
        var random = RandomSource(seed: 6, stream: stream)
        return (0..<batch * shape.count).map { _ in random.normal() }
    }

    /// A run forward, and backward from random gradients at `seeds`: everything that was asked for, by name.
    private static func run(_ workspace: Workspace, _ images: [Float], seedStream: String = "seeds") throws -> [String: Tensor] {
        let request = workspace.plan.request
        workspace.write(images)
        try workspace.forward()
        for layer in request.seeds {
            var random = RandomSource(seed: 7, stream: "\(seedStream)/\(layer)")
            var seed = NaiveMap(batch: request.batch, try workspace.plan.shape(of: layer))
            for i in seed.values.indices { seed.values[i] = Double(random.normal()) }
            try workspace.writeSeed(seed, at: layer)
        }
        if !request.seeds.isEmpty { try workspace.backward() }
        var results: [String: Tensor] = [:]
        for layer in request.activations { results["activation \(layer)"] = try workspace.activationTensor(of: layer) }
        for layer in request.gradients where workspace.plan.hasGradient(of: layer) {
            results["gradient \(layer)"] = try workspace.gradientTensor(of: layer)
        }
        return results
    }

    private static func bits(_ results: [String: Tensor]) -> [String: [UInt32]] {
        results.mapValues { $0.values.map(\.bitPattern) }
    }

    @Test(arguments: subjects.indices, [true, false])
    func aRunDoesNotDependOnWhatWasInMemory(_ subject: Int, fuses: Bool) throws {
        let (name, input, layers) = Self.subjects[subject]
        let plan = try Plan(
            try Self.network(name).graph,
            .init(
                batch: 2, input: input, activations: Array(layers.suffix(2)), seeds: layers,
                gradients: layers + [Graph.inputName], fuses: fuses))
        let images = Self.images(2, input)
        let workspace = try Workspace(plan)
        let first = try Self.run(workspace, images)
        #expect(first.values.allSatisfy { $0.values.allSatisfy(\.isFinite) })
        #expect(Self.bits(try Self.run(workspace, images)) == Self.bits(first), "the second run")
        workspace.poison()
        #expect(Self.bits(try Self.run(workspace, images)) == Self.bits(first), "after NaN everywhere")
        // Something else in between.
        _ = try Self.run(workspace, Self.images(2, input, stream: "others"), seedStream: "others")
        #expect(Self.bits(try Self.run(workspace, images)) == Self.bits(first), "after other images")
        #expect(Self.bits(try Self.run(Workspace(plan), images)) == Self.bits(first), "in another workspace")
    }

    @Test(arguments: subjects.indices)
    func fusingChangesNothingButRounding(_ subject: Int) throws {
        let (name, input, layers) = Self.subjects[subject]
        let graph = try Self.network(name).graph
        let results = try [true, false].map { fuses in
            try Self.run(
                Workspace(
                    Plan(
                        graph,
                        .init(
                            batch: 2, input: input, activations: layers, seeds: layers, gradients: layers + [Graph.inputName],
                            fuses: fuses))), Self.images(2, input))
        }
        #expect(results[0].count == 2 * layers.count + 1)
        for (what, fused) in results[0] {
            let (fused, plain) = (NaiveMap(fused), NaiveMap(try #require(results[1][what])))
            let difference = fused.moved(along: plain, by: -1)
            if what.hasPrefix("activation") {
                #expect(difference.largestMagnitude <= 1e-5 * plain.largestMagnitude, "\(what)")
            } else {
                // A unit near its kink may stand on its other side.
                #expect(difference.dot(difference).squareRoot() <= 5e-3 * plain.dot(plain).squareRoot(), "\(what)")
            }
        }
    }

    @Test(arguments: subjects.indices)
    func anImageDoesNotDependOnItsNeighbours(_ subject: Int) throws {
        let (name, input, layers) = Self.subjects[subject]
        let batch = 3
        let plan = try Plan(
            try Self.network(name).graph,
            .init(batch: batch, input: input, activations: layers, seeds: layers, gradients: layers + [Graph.inputName]))
        let workspace = try Workspace(plan)
        let image = Self.images(1, input, stream: "the one")
        var expected: [String: [UInt32]]?
        for slot in 0..<batch {
            for company in ["a", "b"] {
                var images = Self.images(batch, input, stream: "company \(company)")
                images.replaceSubrange(slot * input.count..<(slot + 1) * input.count, with: image)
                workspace.write(images)
                try workspace.forward()
                for layer in layers {
                    // The same gradient for the image in question, others for its neighbours.
                    let shape = try plan.shape(of: layer)
                    var seeds = Self.images(batch, shape, stream: "seeds \(company) \(layer)")
                    seeds.replaceSubrange(
                        slot * shape.count..<(slot + 1) * shape.count, with: Self.images(1, shape, stream: "seed \(layer)"))
                    Layout.blocked.pack(seeds, batch: batch, shape, into: try workspace.seed(at: layer))
                }
                try workspace.backward()
                var found: [String: [UInt32]] = [:]
                func keep(_ what: String, _ tensor: Tensor) {
                    let count = tensor.values.count / batch
                    found[what] = tensor.values[slot * count..<(slot + 1) * count].map(\.bitPattern)
                }
                for layer in layers { keep("activation \(layer)", try workspace.activationTensor(of: layer)) }
                for layer in layers + [Graph.inputName] { keep("gradient \(layer)", try workspace.gradientTensor(of: layer)) }
                for (what, values) in expected ?? found {
                    #expect(found[what] == values, "\(what) at \(slot) in company \(company)")
                }
                expected = expected ?? found
            }
        }
    }

    @Test func layersAskedForAreNeverFoldedAway() throws {
        let graph = try Self.network("cifar_resnet20").graph
        func nodes(_ layers: String...) throws -> [String] {
            var request = Plan.Request(batch: 1, input: [3, 8, 8], activations: layers)
            // Without changes of layout.
            request.narrowsMaps = false
            return try Plan(graph, request).graph.nodes.dropFirst().map(\.name)
        }
        // Batch normalisation, ReLU and the sum disappear in the convolution before them unless they are asked for.
        #expect(try nodes("layer1.0") == ["relu", "layer1.0.relu", "layer1.0"])
        #expect(try nodes("conv1") == ["conv1"])
        #expect(try nodes("conv1", "relu") == ["conv1", "bn1", "relu"])
        #expect(try nodes("bn1", "relu") == ["bn1", "relu"])
        #expect(try nodes("layer1.0.bn2", "layer1.0") == ["relu", "layer1.0.relu", "layer1.0.bn2", "layer1.0"])
        #expect(try nodes("layer1.0.sum", "layer1.0") == ["relu", "layer1.0.relu", "layer1.0.sum", "layer1.0"])

        // And they are what they are: ReLU and batch normalisation by hand from what was kept before them.
        let names = ["conv1", "bn1", "relu"]
        let workspace = try Workspace(Plan(graph, .init(batch: 1, input: [3, 8, 8], activations: names)))
        workspace.write(Self.images(1, [3, 8, 8]))
        try workspace.forward()
        let maps = try names.map { NaiveMap(try workspace.activationTensor(of: $0)) }
        let normalization = try #require(try graph.nodes[graph.node(named: "bn1")].operation as? BatchNormalization)
        var expected = maps[0]
        expected.forEachPlace {
            expected[$0, $1, $2, $3] = maps[0][$0, $1, $2, $3] * normalization.scale[$1] + normalization.shift[$1]
        }
        #expect(maps[1].moved(along: expected, by: -1).largestMagnitude < 1e-5 * expected.largestMagnitude)
        #expect(maps[2].values == maps[1].values.map { max($0, 0) })
        #expect(maps[1].values.contains { $0 < 0 } && maps[0].largestMagnitude > 0)
    }

    @Test func aGradientStopsWhereItWasAskedFor() throws {
        let graph = try Self.network("cifar_resnet20").graph
        let plan = try Plan(
            graph, .init(batch: 1, input: [3, 8, 8], activations: ["layer3"], seeds: ["layer1"], gradients: ["conv1", "layer3"]))
        #expect(plan.hasGradient(of: "conv1") && !plan.hasGradient(of: "layer3") && plan.hasGradient(of: Graph.inputName))
        #expect(!plan.hasGradient(of: "nowhere"))
        let forwardOnly = try Plan(graph, .init(batch: 1, input: [3, 8, 8], activations: ["layer3"]))
        #expect(!forwardOnly.hasGradient(of: Graph.inputName) && forwardOnly.arenaBytes < plan.arenaBytes)
    }

    /// The gradient of `sum over seeds of <u_s, activation_s>` is the sum of those of each seed by itself.
    @Test(arguments: [true, false])
    func gradientsOfSeveralLayersAddUp(fuses: Bool) throws {
        let graph = try Self.network("cifar_resnet20").graph
        let input: Shape = [3, 12, 10]
        let seeds = ["conv1", "layer1", "layer2.0.bn2", "layer3"]
        func gradient(_ seeds: [String]) throws -> NaiveMap {
            let plan = try Plan(
                graph, .init(batch: 1, input: input, seeds: seeds, gradients: ["conv1"], fuses: fuses))
            return NaiveMap(try #require(try Self.run(Workspace(plan), Self.images(1, input))["gradient conv1"]))
        }
        let together = try gradient(seeds)
        let apart = try seeds.map { try gradient([$0]) }
        let sum = apart.dropFirst().reduce(apart[0]) { $0.moved(along: $1, by: 1) }
        #expect(apart.allSatisfy { $0.largestMagnitude > 0 })
        #expect(together.moved(along: sum, by: -1).largestMagnitude < 1e-4 * sum.largestMagnitude)
    }

    /// Two branches from the image, a seed on the image itself: its gradient is a sum in the plain layout, of 75 values.
    @Test func branchesFromTheImage() throws {
        func convolution(_ outputs: Int, _ stream: String) -> Convolution {
            var random = RandomSource(seed: 9, stream: stream)
            let shape: Shape = [outputs, 3, 3, 3]
            return Convolution(
                weights: Tensor(shape: shape, values: (0..<shape.count).map { _ in random.normal() }), padding: .symmetric(1))
        }
        var graph = Graph()
        let operations = [convolution(5, "a"), convolution(5, "b"), convolution(5, "c")]
        let branches = operations.enumerated().map { graph.add("branch\($0)", $1, 0) }
        graph.add("sum", Sum(), inputs: branches)
        let input: Shape = [3, 5, 5]
        let plan = try Plan(
            graph, .init(batch: 1, input: input, activations: ["sum"], seeds: ["sum", Graph.inputName], gradients: [Graph.inputName]))
        let workspace = try Workspace(plan)
        workspace.poison()
        let image = NaiveMap(Tensor(shape: [1, 3, 5, 5], values: Self.images(1, input)))
        workspace.write(image)
        try workspace.forward()
        var expected = NaiveMap(batch: 1, [5, 5, 5])
        for operation in operations {
            expected = expected.moved(along: try #require(try NaiveOperations.forward(operation, [image])), by: 1)
        }
        let found = NaiveMap(try workspace.activationTensor(of: "sum"))
        #expect(found.moved(along: expected, by: -1).largestMagnitude < 1e-5 * expected.largestMagnitude)

        // The gradient of the sum of all outputs, and 2 times the image's own.
        var ones = NaiveMap(batch: 1, [5, 5, 5])
        for i in ones.values.indices { ones.values[i] = 1 }
        try workspace.writeSeed(ones, at: "sum")
        for i in 0..<input.count { try workspace.seed(at: Graph.inputName)[i] = 2 }
        try workspace.backward()
        let gradient = NaiveMap(try workspace.gradientTensor(of: Graph.inputName))
        for place in image.values.indices {
            var moved = NaiveMap(batch: 1, input)
            moved.values[place] = 1
            let slope = try operations.reduce(2.0) {
                $0 + (try #require(try NaiveOperations.forward($1, [moved]))).values.reduce(0, +)
            }
            #expect(abs(gradient.values[place] - slope) < 1e-4, "value \(place)")
        }
    }

    @Test func theSlopeAtAKinkIsZero() throws {
        // Identity, then the nonlinearity: by itself, and fused into the convolution.
        for (activation, kinks) in [(Activation.relu, [0, -0.0]), (.clipped(upper: 6), [0, -0.0, 6])] as [(Activation, [Float])] {
            for fuses in [true, false] {
                var graph = Graph()
                let x = graph.add("identity", Convolution(weights: Tensor(shape: [1, 1, 1, 1], values: [1]), padding: .symmetric(0)), 0)
                graph.add("result", Rectifier(activation), x)
                let values: [Float] = kinks + [-1, 3, 7]
                let workspace = try Workspace(
                    Plan(
                        graph,
                        .init(
                            batch: 1, input: [1, 1, values.count], activations: ["result"], seeds: ["result"],
                            gradients: [Graph.inputName], fuses: fuses)))
                workspace.write(values)
                try workspace.forward()
                var seed = NaiveMap(batch: 1, [1, 1, values.count])
                for i in values.indices { seed.values[i] = 1 }
                try workspace.writeSeed(seed, at: "result")
                try workspace.backward()
                let seven: Float = activation == .relu ? 1 : 0
                #expect(try workspace.gradientTensor(of: Graph.inputName).values == kinks.map { _ in 0 } + [0, 1, seven])
                let top: Float = activation == .relu ? 7 : 6
                #expect(try workspace.activationTensor(of: "result").values == kinks.map { max($0, 0) } + [0, 3, top])
            }
        }
    }

    /// As PyTorch: of equal values the first in the window gets the whole gradient.
    @Test func aTieInAMaximumGoesToTheFirst() throws {
        var graph = Graph()
        let x = graph.add("identity", Convolution(weights: Tensor(shape: [1, 1, 1, 1], values: [1]), padding: .symmetric(0)), 0)
        graph.add("pool", Pooling(.maximum, kernel: 3, stride: 2, padding: 1), x)
        let workspace = try Workspace(
            Plan(
                graph, .init(batch: 1, input: [1, 4, 4], activations: ["pool"], seeds: ["pool"], gradients: [Graph.inputName])))
        // All equal, and negative: padding must not win.
        workspace.write([Float](repeating: -2, count: 16))
        try workspace.forward()
        #expect(try workspace.activationTensor(of: "pool").values == [-2, -2, -2, -2])
        var seed = NaiveMap(batch: 1, [1, 2, 2])
        seed.values = [1, 2, 3, 4]
        try workspace.writeSeed(seed, at: "pool")
        try workspace.backward()
        #expect(
            try workspace.gradientTensor(of: Graph.inputName).values == [1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func unknownLayersAreAnsweredWithNearNames() throws {
        let graph = try Self.network("cifar_resnet20").graph
        for (name, near) in [("layer4", "layer1"), ("layer2.0.conv3", "layer2.0.conv1"), ("Conv1", "conv1")] {
            for request in [
                Plan.Request(batch: 1, input: [3, 8, 8], activations: [name]),
                Plan.Request(batch: 1, input: [3, 8, 8], seeds: [name]),
                Plan.Request(batch: 1, input: [3, 8, 8], seeds: ["layer1"], gradients: [name]),
            ] {
                let problem = try #require(throws: Problem.self) { try Plan(graph, request) }
                #expect(problem.kind == .usage && problem.summary.contains("“\(name)”"))
                #expect(problem.explanation?.contains(near) == true, "\(problem)")
            }
        }
        let far = try #require(throws: Problem.self) { try graph.node(named: "something else altogether") }
        #expect(far.explanation?.contains("conv1") == true)
    }

    @Test func shapesThatDoNotFitNameTheLayer() throws {
        func problem(_ input: Shape, _ graph: Graph, _ layer: String) throws -> Problem {
            try #require(throws: Problem.self) { try Plan(graph, .init(batch: 1, input: input, activations: [layer])) }
        }
        let network = try Self.network("resnet18").graph
        #expect(try problem([1, 32, 32], network, "fc").summary.contains("Layer conv1"))
        #expect(try problem([3, 0, 32], network, "fc").summary.contains("Layer conv1"))

        let pointwise = Convolution(weights: Tensor(zeros: [4, 3, 1, 1]), padding: .symmetric(0))
        let wide = Convolution(weights: Tensor(zeros: [8, 3, 1, 1]), padding: .symmetric(0))
        func graph(_ name: String, _ operation: any Operation, _ other: Convolution? = nil) -> Graph {
            var graph = Graph()
            let a = graph.add("a", pointwise, 0)
            if let other { graph.add(name, operation, a, graph.add("b", other, 0)) } else { graph.add(name, operation, a) }
            return graph
        }
        for (layer, subject) in [
            ("sum", graph("sum", Sum(), wide)),
            ("classifier", graph("classifier", Linear(weights: Tensor(zeros: [10, 4]), bias: [Float](repeating: 0, count: 10)))),
            ("pool", graph("pool", Pooling(.maximum, kernel: 9, stride: 1))),
            ("norm", graph("norm", BatchNormalization(weight: [1], bias: [0], mean: [0], variance: [1], epsilon: 0))),
            ("odd", graph("odd", ParameterFreeShortcut(stride: 2, channels: 7))),
            ("kernel", graph("kernel", Convolution(weights: Tensor(zeros: [1, 4, 9, 9]), padding: .symmetric(0)))),
        ] {
            #expect(try problem([3, 6, 6], subject, layer).summary.hasPrefix("Layer \(layer): "), "\(layer)")
        }
    }
}
