import Dataset
public import Diagnostics
import Images
public import Network
public import Relevance
public import Run
import Tensors

/// Looks at single pictures in the terms of a run: the predicted class, the units that are most excited beside what they do on the run's
/// images, and those that carry most of the class's relevance.
public struct ImageExplainer: Sendable {
    /// How much is told of a picture.
    public struct Extent: Sendable, Equatable {
        /// Units of each layer, of either kind.
        public var units: Int
        /// Classes.
        public var classes: Int
        /// Whether the map of relevance is measured by taking pixels away and putting them in.
        public var hasCurves: Bool

        public init(units: Int = 5, classes: Int = 5, hasCurves: Bool = false) {
            self.units = units
            self.classes = classes
            self.hasCurves = hasCurves
        }
    }

    let network: ImageNetwork
    let statistics: [LayerStatistics]
    let preprocessing: Preprocessing
    /// The units that pictures are pushed towards.
    let accents: [Accent]
    private let composite: Composite
    private let extent: Extent
    let plan: Plan
    private let shapes: [Shape]
    private let fields: [ReceptiveField]
    /// Where relevance is read: layers of the run before the logits. Empty where none flows.
    private let relevantLayers: [String]
    /// The layer whose relevance is drawn over the picture.
    private let drawnLayer: String
    /// Nil where it was not asked for, or no relevance flows.
    private let perturbation: Perturbation?

    /// - Parameters:
    ///   - network: prepares images as the run did, and has its layers.
    ///   - statistics: of the run's layers.
    ///   - composite: by which relevance flows; one of gradients tells nothing of shares, so that none flows then.
    ///   - accents: units that every picture is pushed towards besides, by layer, with `seed`.
    /// - Throws: a `Problem` when the network lacks a layer or the composite a rule for an operation.
    public init(
        network: ImageNetwork, statistics: [LayerStatistics], composite: Composite, extent: Extent, accents: [(layer: String, unit: Int)] = [],
        seed: UInt64 = 0
    ) throws {
        self.network = network
        self.statistics = statistics
        self.composite = composite
        self.extent = extent
        preprocessing = try Preprocessing(network.input)
        var made: [String: PictureAccentuation] = [:]
        self.accents = try accents.map { layer, unit in
            let own = try made[layer] ?? PictureAccentuation(network: network, layer: layer, settings: .init(seed: seed))
            made[layer] = own
            return Accent(layer: layer, unit: unit, accentuation: own)
        }
        let layers = statistics.map(\.layer), input = network.input.shape
        let flows = network.hasClasses && composite.isRelevance
        relevantLayers = flows ? network.graph.layers(layers, before: network.logits) : []
        // As the heat maps of a run's references are drawn.
        drawnLayer = network.matched.first { !network.graph.layers([$0.layer], before: network.logits).isEmpty }?.layer ?? Graph.inputName
        let read = relevantLayers + (relevantLayers.contains(drawnLayer) ? [] : [drawnLayer])
        let flow = flows ? try RelevanceFlow(composite, on: network, from: network.logits, to: read) : nil
        plan = try Plan(
            flow?.graph ?? network.graph,
            .init(
                batch: 1, input: input, activations: layers + [network.logits], threads: 1,
                flow: flow?.request(from: network.logits, to: read)))
        perturbation = extent.hasCurves && !relevantLayers.isEmpty ? try Perturbation(network) : nil
        let receptive = try network.graph.receptiveFields(input: input)
        shapes = try layers.map { [plan] in try plan.shape(of: $0) }
        fields = try layers.map { receptive[try network.graph.node(named: $0)] }
        for (layer, shape) in zip(statistics, shapes) where layer.units.count != shape[0] {
            throw Problem(
                "Layer \(layer.layer) has \(shape[0]) units, and \(layer.units.count) in the run", explanation: "The run is of another network.",
                remedy: "Name the run's own checkpoint, or make the run again.")
        }
    }

    /// Looks at `sources` on several threads and hands what each gave to `deliver`, one after the other and in order: nil with a `Problem`
    /// for one that cannot be read. Memory does not grow with their number.
    public func explain(
        _ sources: [PictureSource], threads: Int, progress: any ProgressReport,
        deliver: @escaping @Sendable (_ number: Int, ExplainedPicture?, Problem?) throws -> Void
    ) throws {
        progress.begin("Explaining pictures", total: sources.count, done: 0)
        defer { progress.end() }
        try OrderedWork.run(0..<sources.count, threads: threads) {
            (workspace: try Workspace(plan), perturbing: try perturbation?.worker())
        } piece: { worker, number -> (ExplainedPicture?, Problem?) in
            let source = sources[number], picture: Picture
            do throws(Problem) { picture = try source.images.picture(source.number) } catch { return (nil, error) }
            return (try explain(picture, of: source, folder: String(number + 1), worker.workspace, worker.perturbing), nil)
        } deliver: { number, result in
            try deliver(number, result.0, result.1)
            progress.update(number + 1)
        }
    }

    private func explain(
        _ picture: Picture, of source: PictureSource, folder: String, _ workspace: Workspace, _ perturbing: Perturbation.Worker?
    ) throws -> ExplainedPicture {
        source.images.preprocessing.tensorValues(of: picture, into: workspace.input)
        try workspace.forward()
        let logits = network.hasClasses ? try workspace.activationTensor(of: network.logits).values : []
        let predictions = predictions(logits)
        var result = ExplainedPicture(
            explanation: Explanation(
                path: source.path, sha256: FileHash.sha256(try source.images.folder.bytes(source.number)), predictions: predictions,
                relevance: nil, layers: []),
            picture: try source.images.encoded(picture), format: source.images.keptFormat, relevance: nil, maps: [:])
        var started: Double?
        if !relevantLayers.isEmpty, let first = predictions.first {
            let shape = try plan.shape(of: network.logits), seed = try workspace.flowSeed(at: network.logits)
            RelevanceStart.map(unit: first.index).write(
                try workspace.activation(of: network.logits), shape: shape, quantity: .relevance, into: seed)
            let sum = (0..<Layout.blocked.count(batch: 1, shape)).reduce(0.0) { $0 + Double(seed[$1]) }
            // Shares of nothing, or of what speaks against the class, mean nothing.
            if sum.isFinite, sum > 0 {
                try workspace.flow()
                started = sum
                let map = try drawRelevance(of: first, started: sum, workspace, &result)
                if let perturbation, let perturbing {
                    result.explanation.curves = try perturbation.curves(
                        of: map, on: Array(UnsafeBufferPointer(start: workspace.input, count: network.input.shape.count)), class: first.index,
                        stream: result.explanation.sha256, perturbing)
                }
            }
        }
        for place in statistics.indices { try add(layer: place, started: started, folder, workspace, &result) }
        try accentuate(picture, folder: folder, workspace, &result)
        return result
    }

    private func predictions(_ logits: [Float]) -> [Explanation.Prediction] {
        guard !logits.isEmpty else { return [] }
        return Sweep.best(min(extent.classes, logits.count), of: logits).map { index in
            let measured = PrototypeMeasurement(
                target: .classOutput(index: index), strength: nil, logits: logits, scale: network.probabilityScale)
            return .init(index: index, logit: logits[index], probability: measured.probability ?? 0)
        }
    }

    private func drawRelevance(
        of prediction: Explanation.Prediction, started: Double, _ workspace: Workspace, _ result: inout ExplainedPicture
    ) throws -> HeatMap {
        let flow = try workspace.flowTensor(to: drawnLayer), channels = flow.shape[1], height = flow.shape[2], width = flow.shape[3]
        var values = [Float](repeating: 0, count: height * width)
        for channel in 0..<channels {
            for position in values.indices { values[position] += flow.values[channel * values.count + position] }
        }
        // Of a network with broken weights relevance may be no number.
        for position in values.indices where !values[position].isFinite { values[position] = 0 }
        let arrived = values.reduce(0.0) { $0 + Double($1) }
        let map = HeatMap(values: values, height: height, width: width, residual: Conservation(started: started, arrived: arrived).residual)
        let limit = HeatMap.limit(of: [map])
        result.relevance = try PNGEncoder.encode(map.overlay(limit: limit, size: network.input.size))
        result.explanation.relevance = .init(
            composite: composite.name, classIndex: prediction.index, started: Float(started), layer: drawnLayer, residual: Float(map.residual ?? 0),
            limit: limit)
        return map
    }

    // MARK: Units

    private func add(layer place: Int, started: Double?, _ folder: String, _ workspace: Workspace, _ result: inout ExplainedPicture) throws {
        let layer = statistics[place], shape = shapes[place], key = RunPath.key(for: layer.layer)
        let map = UnsafePointer(try workspace.activation(of: layer.layer))
        let summary = LayerSummary(map, images: 1, shape: shape)
        var flow: UnsafePointer<Float>?, shares: [Float] = []
        if let started, relevantLayers.contains(layer.layer) {
            let found = UnsafePointer(try workspace.flow(to: layer.layer))
            shares = FlowPass.channels(found, slot: 0, shape: shape).sums.map { Float(Double($0) / started) }
            flow = found
        }
        var entry = Explanation.Layer(
            layer: layer.layer, key: key, shape: shape.dimensions, images: layer.images, arrived: nil, residual: nil, excited: [], relevant: [])
        let percentiles = layer.units.indices.map { unit -> Float? in
            summary.maximum[unit].isFinite ? layer.units[unit].share(below: summary.maximum[unit]).map { 100 * $0 } : nil
        }
        func finding(_ unit: Int, at position: Int, map: String?) -> Explanation.Finding {
            let largest = layer.units[unit].maximum, row = [position / shape[2], position % shape[2]]
            return .init(
                unit: unit, activation: summary.maximum[unit], percentile: percentiles[unit],
                multipleOfLargest: largest > 0 ? summary.maximum[unit] / largest : nil,
                share: shares.isEmpty || !shares[unit].isFinite ? nil : shares[unit], position: row,
                window: fields[place].window(at: row, height: network.input.size[0], width: network.input.size[1]), map: map)
        }
        for unit in mostExcited(layer, summary.maximum, percentiles) {
            let values = Self.channel(map, unit, shape)
            // What is below zero is not excitation, unless nothing else is there.
            let shown = summary.maximum[unit] > 0 ? values.map { max(0, $0) } : values
            let path = try draw(shown, shape, at: "\(folder)/excited/\(key)-\(unit).png", &result)
            entry.excited.append(finding(unit, at: Int(summary.position[unit]), map: path))
        }
        if let flow, shares.allSatisfy(\.isFinite) {
            let arrived = shares.reduce(0.0) { $0 + Double($1) }
            (entry.arrived, entry.residual) = (Float(arrived), Float(abs(arrived - 1)))
            for unit in Sweep.best(extent.units, of: shares.map(abs)) where shares[unit] != 0 {
                let values = Self.channel(flow, unit, shape), sign: Float = shares[unit] < 0 ? -1 : 1
                let position = values.indices.max { sign * values[$0] < sign * values[$1] } ?? 0
                let path = try draw(values, shape, at: "\(folder)/relevant/\(key)-\(unit).png", &result)
                entry.relevant.append(finding(unit, at: position, map: path))
            }
        }
        result.explanation.layers.append(entry)
    }

    /// Those whose activation is unusually large beside the run's images: the highest percentile first; of equals those nearest to their
    /// largest activation. Units at exactly zero are left out.
    private func mostExcited(_ layer: LayerStatistics, _ maxima: [Float], _ percentiles: [Float?]) -> [Int] {
        func rank(_ unit: Int) -> (Float, Float) {
            let largest = layer.units[unit].maximum
            return (percentiles[unit] ?? -1, largest > 0 ? maxima[unit] / largest : maxima[unit] > 0 ? .infinity : 0)
        }
        let ranks = maxima.indices.map(rank)
        return Array(
            maxima.indices.filter { maxima[$0] != 0 && maxima[$0].isFinite }
                .sorted { ranks[$0] == ranks[$1] ? $0 < $1 : ranks[$0] > ranks[$1] }.prefix(extent.units))
    }

    /// Adds a unit's map as a picture of its own size, red for positive and blue for negative values, as solid as they are large beside
    /// the largest of them; returns its path, nil where there is but one position.
    private func draw(_ values: [Float], _ shape: Shape, at path: String, _ result: inout ExplainedPicture) throws -> String? {
        guard values.count > 1 else { return nil }
        let finite = values.map { $0.isFinite ? $0 : 0 }
        let map = HeatMap(values: finite, height: shape[1], width: shape[2], residual: nil)
        result.maps[path] = try PNGEncoder.encode(map.overlay(limit: finite.reduce(0) { max($0, abs($1)) }, size: [shape[1], shape[2]]))
        return path
    }

    /// The map of one unit out of a blocked one.
    private static func channel(_ map: UnsafePointer<Float>, _ unit: Int, _ shape: Shape) -> [Float] {
        let area = shape[1] * shape[2]
        return (0..<area).map { map[(unit / 16 * area + $0) * 16 + unit % 16] }
    }
}
