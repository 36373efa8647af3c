import Tensors
import TestSupport
import Testing

@testable import Network

struct ChannelsFirstTests {
    private static func values(_ count: Int, _ stream: String) -> [Float] {
        var random = RandomSource(seed: 21, stream: stream)
        return (0..<count).map { _ in random.normal() }
    }

    /// A block as ConvNeXt has it: depthwise convolution, channels last, normalisation, two linear layers, layer scale, back, residual.
    private static func block() -> Graph {
        var graph = Graph()
        let stem = graph.add("stem", Convolution(weights: Tensor(shape: [20, 3, 2, 2], values: values(240, "stem")), stride: 2, padding: .symmetric(0)), 0)
        let wide = graph.add(
            "depthwise", Convolution(weights: Tensor(shape: [20, 1, 3, 3], values: values(180, "depthwise")), padding: .symmetric(1), groups: 20), stem)
        var x = graph.add("last", Rearrangement(.transpose([1, 2, 0])), wide)
        x = graph.add("norm", LayerNormalization(weight: values(20, "weight"), bias: values(20, "bias"), epsilon: 1e-6), x)
        x = graph.add("up", Linear(weights: Tensor(shape: [40, 20], values: values(800, "up")), bias: values(40, "up bias")), x)
        x = graph.add("gelu", Pointwise(.gelu), x)
        x = graph.add("down", Linear(weights: Tensor(shape: [20, 40], values: values(800, "down")), bias: values(20, "down bias")), x)
        x = graph.add("scale", Affine(scale: values(20, "scale"), shift: Array(repeating: 0, count: 20), axis: -1), x)
        x = graph.add("first", Rearrangement(.transpose([2, 0, 1])), x)
        x = graph.add("block", Sum(), stem, x)
        graph.add("head", GlobalAveragePooling(), x)
        return graph
    }

    private static func run(_ graph: Graph, asking layers: [String], fuses: Bool) throws -> [Tensor] {
        let plan = try Plan(
            graph, .init(batch: 2, input: [3, 8, 6], activations: layers, seeds: layers, gradients: layers + [Graph.inputName], fuses: fuses))
        let workspace = try Workspace(plan)
        workspace.poison()
        workspace.write(values(2 * 144, "image"))
        try workspace.forward()
        for layer in layers {
            var seed = NaiveMap(batch: 2, try plan.shape(of: layer))
            seed.values = values(seed.values.count, "seed \(layer)").map(Double.init)
            try workspace.writeSeed(seed, at: layer)
        }
        try workspace.backward()
        return try layers.map { try workspace.activationTensor(of: $0) } + (layers + [Graph.inputName]).map { try workspace.gradientTensor(of: $0) }
    }

    @Test(arguments: [["head"], ["norm", "head"], ["last", "block"], ["first", "up"], ["gelu"], ["scale", "down", "head"]])
    func theSameNumbersAsChannelsLast(_ layers: [String]) throws {
        let plain = try Self.run(Self.block(), asking: layers, fuses: false), rewritten = try Self.run(Self.block(), asking: layers, fuses: true)
        for (a, b) in zip(plain, rewritten) {
            #expect(a.shape == b.shape)
            let largest = a.values.reduce(0) { max($0, abs($1)) }
            #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) <= 2e-5 * largest })
        }
    }

    @Test func nothingIsMovedToAndFro() throws {
        let graph = try Self.block().keepingChannelsFirst(keeping: ["head"], input: [3, 8, 6])
        #expect(!graph.nodes.contains { $0.operation is Rearrangement || $0.operation is Linear })
        // Layer scale and residual become part of the last linear layer.
        let fused = graph.foldingBatchNormalization(keeping: ["head"]).fusing(keeping: ["head"])
        #expect(fused.nodes.map(\.name) == ["input", "stem", "depthwise", "norm", "up", "gelu", "block", "head"])
    }

    @Test func costsAreThoseOfTheLiterature() throws {
        // He et al. 2016: 3.8 billion multiply-adds, counting the classifier and the shortcuts 4.09.
        let network = try Architectures.random("resnet50", seed: 1)
        let costs = try network.graph.costs(input: [3, 224, 224])
        let products = zip(network.graph.nodes, costs).filter { $0.0.operation is Convolution || $0.0.operation is Linear }
            .reduce(0) { $0 + $1.1.operations }
        #expect(products == 2 * 4_089_184_256)
        #expect(costs.reduce(0) { $0 + $1.parameterBytes } == 4 * 25_557_032)
    }
}
