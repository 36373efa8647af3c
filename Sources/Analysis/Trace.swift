import Diagnostics
public import Network
public import Tensors

/// A network's numbers on given inputs: activations, gradients of a chosen output, and the sort-matching loss with its
/// gradient. What scripts compare with other implementations; computed operation by operation, without the fusion that
/// reports use.
public struct Trace: Sendable {
    /// The output whose gradient is taken; for a unit the sum over all positions of its map.
    public enum Target: Sendable, Equatable {
        case classOutput(Int)
        case unit(layer: String, unit: Int)
    }

    public var layers: [String]
    public var wantsActivations: Bool
    public var target: Target?
    /// Reference inputs (B x C x H x W) and a weight for each of `layers`, to match.
    public var matching: (references: Tensor, weights: [Float])?
    public var threads: Int

    public init(
        layers: [String], wantsActivations: Bool = true, target: Target? = nil,
        matching: (references: Tensor, weights: [Float])? = nil, threads: Int = 1
    ) {
        self.layers = layers
        self.wantsActivations = wantsActivations
        self.target = target
        self.matching = matching
        self.threads = threads
    }

    /// The named results for `inputs` (N x C x H x W, normalised): `logits`, `activation/<layer>`, `gradient/<layer>`,
    /// `gradient/input`, all N x C x H x W (no gradient for layers behind the target); with matching also `loss` and `loss/<layer>` (N values; `loss` is weighted).
    ///
    /// Throws a `Problem` when a layer or a unit does not exist.
    public func run(_ network: ImageNetwork, inputs: Tensor) throws -> [(String, Tensor)] {
        let image = try Self.imageShape(inputs, of: network)
        var quantiles: [[Float]] = []
        if let matching {
            guard matching.weights.count == layers.count else {
                throw Problem("\(matching.weights.count) weights for \(layers.count) layers", kind: .usage)
            }
            quantiles = try quantileFunctions(network, matching.references, image: image)
        }
        let differentiates = target != nil || matching != nil
        let seeds = try seedLayers(network, image: image)
        let plan = try Plan(
            network.graph,
            .init(
                batch: 1, input: image, activations: layers + [network.logits], seeds: seeds,
                gradients: differentiates ? layers.filter { $0 != Graph.inputName } + [Graph.inputName] : [], threads: threads, fuses: false))
        let workspace = try Workspace(plan)
        let sorters = try layers.map { SortMatching(shape: try plan.shape(of: $0)) }

        var parts = TraceParts()
        for number in 0..<inputs.shape[0] {
            inputs.values.withUnsafeBufferPointer {
                if let base = $0.baseAddress { workspace.input.update(from: base + number * image.count, count: image.count) }
            }
            try workspace.forward()
            parts.append("logits", try workspace.activationTensor(of: network.logits))
            if wantsActivations {
                for layer in layers { parts.append("activation/\(layer)", try workspace.activationTensor(of: layer)) }
            }
            guard differentiates else { continue }
            if let matching {
                var total: Float = 0
                for (index, layer) in layers.enumerated() {
                    let loss = sorters[index].loss(
                        try workspace.activation(of: layer), quantiles: quantiles[index], weight: matching.weights[index],
                        gradient: try workspace.seed(at: layer))
                    total += matching.weights[index] * loss
                    parts.append("loss/\(layer)", Tensor(shape: [1], values: [loss]))
                }
                parts.append("loss", Tensor(shape: [1], values: [total]))
            } else {
                try seedTarget(workspace, network)
            }
            try workspace.backward()
            for layer in layers where layer != Graph.inputName && plan.hasGradient(of: layer) { parts.append("gradient/\(layer)", try workspace.gradientTensor(of: layer)) }
            parts.append("gradient/\(Graph.inputName)", try workspace.gradientTensor(of: Graph.inputName))
        }
        return parts.joined
    }

    private func seedLayers(_ network: ImageNetwork, image: Shape) throws -> [String] {
        if matching != nil { return layers }
        return try target.map { [try Self.place(of: $0, in: network, image: image).layer] } ?? []
    }

    /// C x H x W of one of `inputs`. Throws a `Problem` when they are no images of `network`.
    static func imageShape(_ inputs: Tensor, of network: ImageNetwork) throws -> Shape {
        let channels = network.input.channels
        guard inputs.shape.rank == 4, inputs.shape[1] == channels, inputs.shape.count > 0 else {
            throw Problem("The input is \(inputs.shape); N x \(channels) x H x W is expected", kind: .usage)
        }
        return Shape(Array(inputs.shape.dimensions.dropFirst()))
    }

    /// The layer and the unit that `target` names. Throws a `Problem` when there is no such.
    static func place(of target: Target, in network: ImageNetwork, image: Shape) throws -> (layer: String, unit: Int) {
        switch target {
        case .classOutput(let index):
            guard (0..<network.classCount).contains(index) else {
                throw Problem(
                    "There is no class \(index)", explanation: "The network has classes 0 to \(network.classCount - 1).",
                    kind: .usage)
            }
            return (network.logits, index)
        case .unit(let layer, let unit):
            let node = try network.graph.node(named: layer)
            let units = try network.graph.mapShapes(input: image)[node][0]
            guard (0..<units).contains(unit) else {
                throw Problem("Layer \(layer) has no unit \(unit)", explanation: "Its units are 0 to \(units - 1).", kind: .usage)
            }
            return (layer, unit)
        }
    }

    private func seedTarget(_ workspace: Workspace, _ network: ImageNetwork) throws {
        guard let target else { return }
        let (layer, unit) = try Self.place(of: target, in: network, image: workspace.plan.request.input)
        let shape = try workspace.plan.shape(of: layer)
        let area = shape[1] * shape[2]
        let seed = try workspace.seed(at: layer)
        for position in 0..<area { seed[(unit / 16 * area + position) * 16 + unit % 16] = 1 }
    }

    private func quantileFunctions(_ network: ImageNetwork, _ references: Tensor, image: Shape) throws -> [[Float]] {
        guard references.shape.rank == 4, Array(references.shape.dimensions.dropFirst()) == image.dimensions,
            references.shape[0] > 0
        else {
            throw Problem("The references are \(references.shape); B x \(image) is expected", kind: .usage)
        }
        let plan = try Plan(network.graph, .init(batch: 1, input: image, activations: layers, threads: threads, fuses: false))
        let workspace = try Workspace(plan)
        let shapes = try layers.map { try plan.shape(of: $0) }
        var sums = shapes.map(QuantileFunction.init)
        let sorters = shapes.map(SortMatching.init)
        for number in 0..<references.shape[0] {
            references.values.withUnsafeBufferPointer {
                if let base = $0.baseAddress { workspace.input.update(from: base + number * image.count, count: image.count) }
            }
            try workspace.forward()
            for (index, layer) in layers.enumerated() {
                sorters[index].add(try workspace.activation(of: layer), to: &sums[index])
            }
        }
        return sums.map(\.values)
    }
}
