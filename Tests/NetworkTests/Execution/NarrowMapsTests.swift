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
        // With gradients asked for, everything passes through the maps that are asked for; without, past them.
        var found: [[Tensor]] = []
        for (narrows, read) in [(false, asked), (true, asked), (true, [])] {
            var request = Plan.Request(
                batch: 2, input: [3, 64, 64], activations: asked, seeds: [asked[1], network.logits], gradients: [Graph.inputName] + read)
            request.narrowsMaps = narrows
            let plan = try Plan(network.graph, request)
            #expect(plan.layouts.contains(.narrow) == narrows)
            for layer in asked { #expect(try plan.layouts[plan.graph.node(named: layer)] == .blocked, "readers see blocks of sixteen") }
            let workspace = try Workspace(plan)
            var random = RandomSource(seed: 5, stream: "narrow")
            for i in 0..<2 * 3 * 64 * 64 { workspace.input[i] = random.normal() }
            try workspace.forward()
            for layer in [asked[1], network.logits] {
                let shape = try plan.shape(of: layer)
                let gradient = (0..<2 * shape.count).map { _ in random.normal() / Float(shape.count) }
                Layout.blocked.pack(gradient, batch: 2, shape, into: try workspace.seed(at: layer))
            }
            try workspace.backward()
            found.append(
                try asked.map { try workspace.activationTensor(of: $0) } + ([Graph.inputName] + read).map { try workspace.gradientTensor(of: $0) })
        }
        for other in found.dropFirst() {
            for (number, (one, other)) in zip(found[0], other).enumerated() {
                let difference = zip(one.values, other.values).map { Double($0 - $1) }
                if number < asked.count {
                    let largest = one.values.map(abs).max() ?? 0
                    #expect(largest > 0 && difference.allSatisfy { abs($0) <= Double(1e-5 * largest) }, "\(name), activation \(number)")
                } else {
                    // A unit near its kink may stand on its other side.
                    func length(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
                    let whole = length(one.values.map(Double.init))
                    #expect(whole > 0 && length(difference) <= 5e-3 * whole, "\(name), gradient \(number): \(length(difference)) of \(whole)")
                }
            }
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
