import Tensors
import TestSupport

@testable import Network
@testable import Relevance

/// Relevance that flows back through a whole network, on a batch of images.
struct FlowRun {
    /// By layer: N x C x H x W.
    let maps: [String: Tensor]
    /// The values at the layers.
    let values: [String: Tensor]
    let started: Double
    let sinks: [(name: String, relevance: Double)]
    let ruleNames: [String: String]

    init(
        _ composite: Composite, on network: ImageNetwork, from layer: String, _ start: RelevanceStart, to layers: [String],
        images: [Float], batch: Int, size: Shape, fuses: Bool, threads: Int = 1
    ) throws {
        let flow = try RelevanceFlow(composite, on: network, from: layer, to: layers)
        ruleNames = flow.ruleNames
        let before = try flow.graph.cut(to: [layer])
        let sinks = flow.sinks.filter { before.index[$0] != nil }
        let plan = try Plan(
            flow.graph,
            .init(
                batch: batch, input: size, activations: layers.filter { $0 != Graph.inputName } + [layer], threads: threads, fuses: fuses,
                flow: flow.request(from: layer, to: layers + sinks)))
        let workspace = try Workspace(plan)
        workspace.poison()
        workspace.write(images)
        try workspace.forward()
        let shape = try plan.shape(of: layer)
        let step = Layout.blocked.count(batch: 1, shape)
        let (activation, seed) = (try workspace.activation(of: layer), try workspace.flowSeed(at: layer))
        for image in 0..<batch {
            start.write(activation + image * step, shape: shape, quantity: composite.quantity, into: seed + image * step)
        }
        started = (0..<batch * step).reduce(0.0) { $0 + Double(seed[$1]) }
        var values: [String: Tensor] = [:]
        for name in layers where name != Graph.inputName { values[name] = try workspace.activationTensor(of: name) }
        values[Graph.inputName] = Tensor(shape: Shape([batch] + size.dimensions), values: images)
        try workspace.flow()
        var maps: [String: Tensor] = [:]
        for name in layers where plan.hasFlow(to: name) {
            var map = try workspace.flowTensor(to: name)
            if composite.quantity == .gradientTimesValue, let value = values[name] {
                for i in map.values.indices { map.values[i] *= value.values[i] }
            }
            maps[name] = map
        }
        self.values = values
        self.maps = maps
        self.sinks = try sinks.filter(plan.hasFlow).map { name in
            (name, try workspace.flowTensor(to: name).values.reduce(0.0) { $0 + Double($1) })
        }
    }

    func sum(_ layer: String) -> Double { maps[layer]?.values.reduce(0.0) { $0 + Double($1) } ?? .nan }

    /// What arrived at a layer.
    func conservation(at layer: String) -> Conservation {
        Conservation(started: started, arrived: sum(layer), sinks: layer == Graph.inputName ? sinks : [])
    }
}
