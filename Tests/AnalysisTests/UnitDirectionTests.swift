import Diagnostics
import Network
import Run
import Tensors
import TestSupport
import Testing

@testable import Analysis

@Suite struct UnitDirectionTests {
    static func network() throws -> ImageNetwork {
        try Architectures.network(FormulaTensors(architecture: "cifar_resnet20"), architecture: "cifar_resnet20")
    }

    @Test func layersThatCanBeNegativeAreTurnedRound() throws {
        let network = try Self.network()
        #expect(try UnitDirection.positive.layers(["layer1", "layer2.0.bn1"], of: network).layers == ["layer1", "layer2.0.bn1"])
        let both = try UnitDirection.both.layers(["layer1", "layer2.0.bn1"], of: network)
        #expect(both.layers == ["layer1", "layer2.0.bn1", "layer2.0.bn1.negated"])
        let negative = try UnitDirection.negative.layers(["conv1"], of: network)
        #expect(negative.layers == ["conv1.negated"])
        for (direction, layers) in [(UnitDirection.negative, ["conv1", "layer1"]), (.both, ["layer1", "layer2"])] {
            let problem = try #require(throws: Problem.self) { _ = try direction.layers(layers, of: network) }
            #expect(problem.kind == .usage && problem.summary.contains("below zero"))
        }
    }

    @Test func valuesHaveTheirSignTurned() throws {
        let (network, _) = try UnitDirection.both.layers(["layer2.0.bn1"], of: Self.network())
        let plan = try Plan(
            network.graph, .init(batch: 1, input: network.input.shape, activations: ["layer2.0.bn1", "layer2.0.bn1.negated"], threads: 1))
        let workspace = try Workspace(plan)
        var random = RandomSource(seed: 2, stream: "picture")
        for i in 0..<network.input.shape.count { workspace.input[i] = random.normal() }
        try workspace.forward()
        let shape = try plan.shape(of: "layer2.0.bn1")
        let (own, turned) = (try workspace.activation(of: "layer2.0.bn1"), try workspace.activation(of: "layer2.0.bn1.negated"))
        let count = Layout.blocked.count(batch: 1, shape)
        #expect((0..<count).allSatisfy { own[$0] == -turned[$0] } && (0..<count).contains { own[$0] < 0 })
    }

    /// The unit's own stage counts no more than for the unit as it is.
    @Test func matchedAsTheUnitAsItIs() throws {
        for name in ["layer3.0.bn1", "layer2"] {
            var network = try Self.network()
            let place = try network.graph.node(named: name)
            network.graph.add(NegatedLayer.name(of: name), Pointwise(.affine(scale: -1, shift: 0)), place)
            for inner in InnerMatching.allCases {
                let own = try inner.layers(before: name, in: network), turned = try inner.layers(before: NegatedLayer.name(of: name), in: network)
                #expect(turned.map { NegatedLayer.original(of: $0.name) ?? $0.name } == own.map(\.name) && turned.map(\.weight) == own.map(\.weight))
            }
        }
    }
}
