import Network
import Relevance
import Tensors

/// A batch of pictures, each matched to its own references: one step's losses and gradients.
final class MatchingBatch {
    /// What a picture is matched to, layer by layer, and where its relevance starts if features are masked by it.
    struct Objective: Sendable {
        var references: [MatchingReference]
        var start: RelevanceStart?
    }

    let workspace: Workspace
    private let layers: [PrototypeTask.Layer]
    private let shapes: [Shape]
    private let guide: (layer: String, shape: Shape)?
    private let quantity: Composite.Quantity
    private let plain: [SortMatching]
    private let relevant: [RelevantMatching]

    /// The plan of such a batch: matched at `layers`, with relevance from `guide`, a layer, by the rules of `composite`.
    static func plan(
        _ network: ImageNetwork, layers: [PrototypeTask.Layer], guide: String?, composite: Composite, batch: Int,
        alsoRead others: [String] = [], withGradient: Bool = true, threads: Int = 1, algorithms: AlgorithmChoices?,
        precision: Precision = .float32
    ) throws -> Plan {
        let names = layers.map(\.name)
        let flow = try guide.map { try RelevanceFlow(composite, on: network, from: $0, to: names + others) }
        var request = Plan.Request(
            batch: batch, input: network.input.shape, activations: names + (guide.map { [$0] } ?? []) + others,
            seeds: withGradient ? names : [], gradients: withGradient ? [Graph.inputName] : [], threads: threads, algorithms: algorithms,
            precision: precision, flow: guide.flatMap { guide in flow?.request(from: guide, to: names) })
        request.renewsSeeds = true
        return try Plan(flow?.graph ?? network.graph, request)
    }

    /// Memory for one batch of `plan`.
    init(_ plan: Plan, layers: [PrototypeTask.Layer], guide: String?, inner: InnerMatching, quantity: Composite.Quantity = .relevance) throws {
        self.quantity = quantity
        workspace = try Workspace(plan)
        self.layers = layers
        let shapes = try layers.map { try plan.shape(of: $0.name) }
        self.shapes = shapes
        self.guide = try guide.map { ($0, try plan.shape(of: $0)) }
        plain = guide == nil ? shapes.map(SortMatching.init) : []
        relevant = try guide == nil ? [] : shapes.map {
            try RelevantMatching(shape: $0, floor: inner.floor, pictures: plan.request.batch)
        }
    }

    private var batch: Int { workspace.plan.request.batch }

    /// The distance in values between two images of a batch.
    private func stride(_ shape: Shape) -> Int { Layout.blocked.count(batch: 1, shape) }

    /// Runs the batch forward, and if it `renews` relevance back from where each picture's starts: `starts` of the first pictures.
    private func run(_ starts: [RelevanceStart?], renews: Bool = true) throws {
        try workspace.forward()
        guard renews, let guide else { return }
        let (map, seed) = (try workspace.activation(of: guide.layer), try workspace.flowSeed(at: guide.layer))
        let stride = stride(guide.shape)
        for slot in 0..<batch {
            if slot < starts.count, let start = starts[slot] {
                start.write(map + slot * stride, shape: guide.shape, quantity: quantity, into: seed + slot * stride)
            } else {
                (seed + slot * stride).update(repeating: 0, count: stride)
            }
        }
        guard quantity != .relevance else { return try workspace.flow() }
        // The gradient is that of the unit's mean over positions (VITAL's code), and its positive part counts.
        let mean = 1 / Float(guide.shape[1] * guide.shape[2])
        for index in 0..<batch * stride { seed[index] *= mean }
        try workspace.flow()
        for (index, layer) in layers.enumerated() {
            let values = try workspace.flow(to: layer.name)
            for place in 0..<batch * self.stride(shapes[index]) where !(values[place] > 0) { values[place] = 0 }
        }
    }

    /// What is kept of `count` references, of which `load` writes one by number. Each is looked at once.
    func references(
        _ count: Int, start: RelevanceStart?, load: (Int, UnsafeMutablePointer<Float>) throws -> Void
    ) throws -> [MatchingReference] {
        var sums = guide == nil ? shapes.map(QuantileFunction.init) : []
        var gatherings = guide == nil ? [] : shapes.map(RelevantMatching.Gathering.init)
        let image = workspace.plan.request.input.count
        for begin in Swift.stride(from: 0, to: count, by: batch) {
            let part = begin..<min(begin + batch, count)
            for (slot, number) in part.enumerated() { try load(number, workspace.input + slot * image) }
            try run(part.map { _ in start })
            for (index, layer) in layers.enumerated() {
                let map = try workspace.activation(of: layer.name), stride = stride(shapes[index])
                let relevance = guide == nil ? nil : try workspace.flow(to: layer.name)
                for slot in 0..<part.count {
                    if let relevance {
                        relevant[index].add(map + slot * stride, relevance: relevance + slot * stride, to: &gatherings[index])
                    } else {
                        plain[index].add(map + slot * stride, to: &sums[index])
                    }
                }
            }
        }
        // Each is let go when it is divided: sums are in double precision.
        return layers.indices.map { _ in
            guide == nil ? MatchingReference(quantiles: sums.removeFirst().values) : gatherings.removeFirst().reference
        }
    }

    /// The loss of picture `slot` at matched layer `index`, unweighted, after `run`; writes the gradient of the weighted loss
    /// where the plan has one.
    private func loss(
        _ slot: Int, _ index: Int, _ reference: MatchingReference, withGradient: Bool, renews: Bool = true
    ) throws -> Float {
        let layer = layers[index], offset = slot * stride(shapes[index])
        let map = try workspace.activation(of: layer.name) + offset
        let gradient = withGradient ? try workspace.seed(at: layer.name) + offset : nil
        guard guide != nil else {
            return plain[index].loss(map, quantiles: reference.quantiles, weight: layer.weight, gradient: gradient)
        }
        return relevant[index].loss(
            map, relevance: renews ? try workspace.flow(to: layer.name) + offset : nil, picture: slot, reference: reference,
            weight: layer.weight, gradient: gradient)
    }

    /// Runs the batch in `workspace.input` forward and back. Returns each picture's weighted loss; the gradient is the
    /// workspace's. Pictures past the last objective have none. Where relevance is not renewed, features are masked as they were the
    /// last time.
    func gradient(_ objectives: [Objective], renews: Bool = true) throws -> [Float] {
        try run(objectives.map(\.start), renews: renews)
        var losses = [Float](repeating: 0, count: objectives.count)
        for (index, layer) in layers.enumerated() {
            for slot in objectives.indices {
                losses[slot] += layer.weight * (try loss(slot, index, objectives[slot].references[index], withGradient: true, renews: renews))
            }
            let stride = stride(shapes[index])
            let seed = try workspace.seed(at: layer.name)
            (seed + objectives.count * stride).update(repeating: 0, count: (batch - objectives.count) * stride)
        }
        try workspace.backward()
        return losses
    }

    /// The loss of the first picture in `workspace.input` at every matched layer, unweighted.
    func losses(_ objective: Objective) throws -> [Float] {
        try run([objective.start])
        return try layers.indices.map { try loss(0, $0, objective.references[$0], withGradient: false) }
    }

    /// Where the relevance of the first picture in `workspace.input` lies, at the first matched layer; nil where none flows.
    func heatMap(start: RelevanceStart) throws -> HeatMap? {
        guard let guide, let layer = layers.first else { return nil }
        try run([start])
        let started = sum(try workspace.flowSeed(at: guide.layer), guide.shape).reduce(0.0) { $0 + Double($1) }
        // Of a network with broken weights relevance may be no number.
        let values = sum(try workspace.flow(to: layer.name), shapes[0]).map { $0.isFinite ? $0 : 0 }
        let arrived = values.reduce(0.0) { $0 + Double($1) }
        return HeatMap(
            values: values, height: shapes[0][1], width: shapes[0][2],
            residual: quantity == .relevance ? Conservation(started: started, arrived: arrived).residual : nil)
    }

    /// The sum over channels at every position of a blocked map.
    private func sum(_ map: UnsafePointer<Float>, _ shape: Shape) -> [Float] {
        let area = shape[1] * shape[2]
        var sums = [Float](repeating: 0, count: area)
        for block in 0..<Layout.blocks(shape[0]) {
            for position in 0..<area {
                for lane in 0..<16 { sums[position] += map[(block * area + position) * 16 + lane] }
            }
        }
        return sums
    }
}
