import Tensors
import Testing

@testable import Network

/// Maps in blocks of eight channels, whatever this processor prefers.
struct NarrowMapsTests {
    /// With residual sums, depthwise convolutions, channels that fill no block, branches that are put side by side, gates, and maps with
    /// their channels last.
    @Test(arguments: [
        "resnet50", "mobilenet_v2", "efficientnet_b0", "densenet121", "googlenet", "shufflenet_v2_x0_5", "convnext_tiny", "vgg11",
    ])
    func `what is computed is the same`(_ name: String) throws {
        let network = try Architectures.random(name, seed: 0)
        let asked = network.matched.map(\.layer) + [network.logits]
        var found: [[Tensor]] = []
        for narrows in [false, true] {
            var request = Plan.Request(
                batch: 2, input: [3, 64, 64], activations: asked, seeds: [network.logits], gradients: [Graph.inputName, asked[0]])
            request.narrowsMaps = narrows
            let plan = try Plan(network.graph, request)
            #expect(plan.layouts.contains(.narrow) == narrows)
            for layer in asked { #expect(try plan.layouts[plan.graph.node(named: layer)] == .blocked, "readers see blocks of sixteen") }
            let workspace = try Workspace(plan)
            var random = RandomSource(seed: 5, stream: "narrow")
            for i in 0..<2 * 3 * 64 * 64 { workspace.input[i] = random.normal() }
            try workspace.forward()
            let seed = try workspace.seed(at: network.logits)
            let stride = Layout.blocked.count(batch: 1, try plan.shape(of: network.logits))
            for image in 0..<2 { for place in 0..<stride { seed[image * stride + place] = place == 3 + image ? 1 : 0 } }
            try workspace.backward()
            found.append(
                try asked.map { try workspace.activationTensor(of: $0) }
                    + [try workspace.gradientTensor(of: asked[0]), try workspace.gradientTensor(of: Graph.inputName)])
        }
        for (number, (one, other)) in zip(found[0], found[1]).enumerated() {
            let largest = one.values.map(abs).max() ?? 0
            let error = zip(one.values, other.values).map { abs($0 - $1) }.max() ?? .infinity
            // A unit on the other side of a kink changes a gradient by more than rounding does.
            #expect(largest > 0 && error <= (number < asked.count ? 1e-5 : 1e-3) * largest, "\(name), \(number): \(error) of \(largest)")
        }
    }

    /// Of ResNet-50's maps only those that are read, and the last vectors, are in blocks of sixteen; none is changed twice.
    @Test func `maps are changed where they are read only`() throws {
        let network = try Architectures.random("resnet50", seed: 0)
        let layers = network.matched.map(\.layer)
        var request = Plan.Request(
            batch: 1, input: [3, 64, 64], activations: layers + [network.logits], seeds: layers, gradients: [Graph.inputName])
        request.narrowsMaps = true
        let plan = try Plan(network.graph, request)
        let changes = plan.graph.nodes.filter { $0.operation is BlockChange }
        #expect(!changes.isEmpty && changes.count <= layers.count + 1, "\(changes.map(\.name))")
        #expect(Set(changes.map(\.inputs)).count == changes.count)

        // What learns, and rules of relevance, read blocks of sixteen.
        var learning = Plan.Request(batch: 2, input: [3, 64, 64], seeds: [network.logits], learned: try LearnedValues(network.graph))
        var flowing = Plan.Request(
            batch: 1, input: [3, 64, 64], flow: BackwardFlow(seeds: [network.logits], results: layers, rules: [:]))
        learning.narrowsMaps = true
        flowing.narrowsMaps = true
        for request in [learning, flowing] { #expect(try !Plan(network.graph, request).layouts.contains(.narrow)) }
    }
}
