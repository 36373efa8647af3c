import Diagnostics
public import Network
public import Relevance
public import Tensors

/// Relevance on given inputs, layer by layer, and the loss of an inner unit (VITAL, section 3.2): what scripts compare with other
/// implementations. Computed operation by operation, without the fusion that reports use.
public struct RelevanceTrace: Sendable {
    public var layers: [String]
    public var target: Trace.Target
    public var composite: Composite
    /// Nil starts from the whole map of a unit, or the logit.
    public var start: RelevanceStart?
    /// References (B x C x H x W) and a weight for each of `layers`: the loss of an inner unit is wanted as well.
    public var matching: (references: Tensor, weights: [Float])?
    public var threads: Int

    public init(
        layers: [String], target: Trace.Target, composite: Composite, start: RelevanceStart? = nil,
        matching: (references: Tensor, weights: [Float])? = nil, threads: Int = 1
    ) {
        self.layers = layers
        self.target = target
        self.composite = composite
        self.start = start
        self.matching = matching
        self.threads = threads
    }

    /// How much relevance arrived where, in one number a line, keyed for a file's metadata: `residual/<layer>` holds a residual
    /// `|arrived - started| / |started|` for each input, `sink/<name>` what learned values took in.
    public struct Result: Sendable {
        public var tensors: [(String, Tensor)]
        public var metadata: [String: String]
    }

    /// For `inputs` (N x C x H x W, normalised): `logits`, `relevance/<layer>`, `relevance/input`, all N x C x H x W. With matching `loss` and
    /// `loss/<layer>` (N values; `loss` is weighted), `mask/<layer>`, `masked/<layer>`, `importance/<layer>` (C values: the mean over
    /// references), and `gradient/input`; relevance is then read at the layers only.
    ///
    /// Throws a `Problem` when a layer or a unit does not exist, a layer does not lie before the target, or an operation has no
    /// rule.
    public func run(_ network: ImageNetwork, inputs: Tensor) throws -> Result {
        let image = try Trace.imageShape(inputs, of: network)
        let (layer, unit) = try Trace.place(of: target, in: network, image: image)
        let names = matching == nil ? layers.filter { $0 != Graph.inputName } + [Graph.inputName] : layers
        let flow = try RelevanceFlow(composite, on: network, from: layer, to: names + [network.logits])
        let sinks = matching == nil ? flow.sinks : []
        let before = try flow.graph.cut(to: [layer])
        for name in names where !before.reaches(name, in: flow.graph) {
            throw Problem(
                "Relevance of \(layer) does not reach \(name)", explanation: "\(name) does not lie before \(layer).",
                remedy: "Leave it out of --layers.", kind: .usage)
        }
        let plan = try Plan(
            flow.graph,
            .init(
                batch: 1, input: image, activations: names + [layer, network.logits], seeds: matching == nil ? [] : layers,
                gradients: [Graph.inputName], threads: threads, fuses: false,
                flow: flow.request(from: layer, to: names + sinks.filter { before.index[$0] != nil })))
        let workspace = try Workspace(plan)
        let shape = try plan.shape(of: layer)
        if case .direction(let direction) = start, direction.count != shape[0] {
            throw Problem("The direction has \(direction.count) numbers, layer \(layer) \(shape[0]) channels", kind: .usage)
        }
        let start = start ?? .map(unit: unit)
        let matchings = try matching == nil ? [] : names.map { try RelevantMatching(shape: plan.shape(of: $0)) }

        func flowBack() throws {
            try workspace.forward()
            start.write(
                try workspace.activation(of: layer), shape: shape, quantity: composite.quantity, into: try workspace.flowSeed(at: layer))
            try workspace.flow()
        }
        func load(_ tensor: Tensor, _ number: Int) {
            tensor.values.withUnsafeBufferPointer {
                if let base = $0.baseAddress { workspace.input.update(from: base + number * image.count, count: image.count) }
            }
        }

        var references: [MatchingReference] = []
        if let matching {
            guard matching.weights.count == layers.count else {
                throw Problem("\(matching.weights.count) weights for \(layers.count) layers", kind: .usage)
            }
            let shapes = matching.references.shape
            guard shapes.rank == 4, Array(shapes.dimensions.dropFirst()) == image.dimensions, shapes[0] > 0 else {
                throw Problem("The references are \(shapes); B x \(image) is expected", kind: .usage)
            }
            var gatherings = try names.map { RelevantMatching.Gathering(shape: try plan.shape(of: $0)) }
            for number in 0..<shapes[0] {
                load(matching.references, number)
                try flowBack()
                for (index, name) in names.enumerated() {
                    matchings[index].add(
                        try workspace.activation(of: name), relevance: try workspace.flow(to: name), to: &gatherings[index])
                }
            }
            references = gatherings.map(\.reference)
        }

        var parts = TraceParts()
        var residuals: [String: [String]] = [:]
        for number in 0..<inputs.shape[0] {
            load(inputs, number)
            try flowBack()
            parts.append("logits", try workspace.activationTensor(of: network.logits))
            let started = sum(workspace, at: try workspace.flowSeed(at: layer), shape)
            let absorbed = try sinks.filter(plan.hasFlow).map {
                ($0, try workspace.flowTensor(to: $0).values.reduce(0.0) { $0 + Double($1) })
            }
            for name in names where plan.hasFlow(to: name) {
                var relevance = try workspace.flowTensor(to: name)
                if composite.quantity == .gradientTimesValue {
                    let values = name == Graph.inputName
                        ? Array(UnsafeBufferPointer(start: workspace.input, count: image.count)) : try workspace.activationTensor(of: name).values
                    for i in relevance.values.indices { relevance.values[i] *= values[i] }
                }
                parts.append("relevance/\(name)", relevance)
                guard composite.quantity == .relevance else { continue }
                let arrived = relevance.values.reduce(0.0) { $0 + Double($1) }
                let conservation = Conservation(
                    started: started, arrived: arrived, sinks: name == Graph.inputName ? absorbed.map { ($0.0, $0.1) } : [])
                residuals["residual/\(name)", default: []].append(conservation.residual.map { String($0) } ?? "undefined")
            }
            for (name, relevance) in absorbed { residuals["sink/\(name)", default: []].append(String(relevance)) }
            guard let matching else { continue }
            var total: Float = 0
            for (index, name) in names.enumerated() {
                let map = try workspace.activation(of: name), relevance = try workspace.flow(to: name)
                let shown = matchings[index].maskTensor(map, relevance: relevance)
                parts.append("mask/\(name)", shown.mask)
                parts.append("masked/\(name)", shown.masked)
                let loss = matchings[index].loss(
                    map, relevance: relevance, reference: references[index], weight: matching.weights[index],
                    gradient: try workspace.seed(at: name))
                total += matching.weights[index] * loss
                parts.append("loss/\(name)", Tensor(shape: [1], values: [loss]))
            }
            parts.append("loss", Tensor(shape: [1], values: [total]))
            try workspace.backward()
            parts.append("gradient/\(Graph.inputName)", try workspace.gradientTensor(of: Graph.inputName))
        }
        for (index, name) in names.enumerated() where matching != nil {
            let importance = references[index].importance ?? []
            parts.append("importance/\(name)", Tensor(shape: [importance.count], values: importance))
        }
        var metadata = residuals.mapValues { $0.joined(separator: " ") }
        metadata["composite"] = composite.name
        return Result(tensors: parts.joined, metadata: metadata)
    }

    private func sum(_ workspace: Workspace, at seed: UnsafeMutablePointer<Float>, _ shape: Shape) -> Double {
        var total = 0.0
        for i in 0..<Layout.blocked.count(batch: 1, shape) { total += Double(seed[i]) }
        return total
    }
}

extension Graph {
    /// True when the node that `name` stands for in `whole` is in this part of it.
    fileprivate func reaches(_ name: String, in whole: Graph) -> Bool {
        whole.index[name].map { index[whole.nodes[$0].name] != nil } ?? false
    }
}

/// Named results of several inputs, joined along the first axis.
struct TraceParts {
    private var parts: [(name: String, tensors: [Tensor])] = []

    mutating func append(_ name: String, _ tensor: Tensor) {
        if let index = parts.firstIndex(where: { $0.name == name }) {
            parts[index].tensors.append(tensor)
        } else {
            parts.append((name, [tensor]))
        }
    }

    var joined: [(String, Tensor)] {
        parts.map { name, tensors in
            let rest = Array(tensors[0].shape.dimensions.dropFirst())
            let count = tensors.reduce(0) { $0 + $1.shape[0] }
            return (name, Tensor(shape: Shape([count] + rest), values: tensors.flatMap(\.values)))
        }
    }
}
