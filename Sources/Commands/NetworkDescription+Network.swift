import Network
import Run

extension NetworkDescription {
    /// What a report says of `network`; `reported` are the layers whose units it shows.
    init(_ network: ImageNetwork, checkpoint: Checkpoint, reported: [String]) throws {
        let shapes = try network.graph.mapShapes(input: network.input.shape)
        let layers = try network.graph.layerNames.map { name in
            let node = try network.graph.node(named: name)
            let isPart = network.graph.nodes[node].name != name
            return Layer(
                name: name, kind: isPart ? "output of \(network.graph.nodes[node].name)" : network.graph.nodes[node].operation.kind,
                shape: shapes[node].dimensions, parameters: isPart ? 0 : network.graph.nodes[node].operation.parameterCount,
                isLandmark: network.landmarks.contains(name), isReported: reported.contains(name))
        }
        self.init(
            architecture: network.architecture, displayName: network.displayName, checkpoint: checkpoint,
            parameters: network.parameterCount, inputShape: network.input.shape.dimensions,
            preprocessing: .init(network.input),
            classCount: network.classCount, layers: layers)
    }
}

extension NetworkDescription.Preprocessing {
    /// What documents say of `input`: what most networks have in common is left out.
    init(_ input: ImageNetwork.Input) {
        self.init(
            resize: nil, interpolation: input.interpolation.rawValue, crop: input.size, mean: input.mean,
            standardDeviation: input.standardDeviation)
        switch input.resizing {
        case .exact: break
        case .shorterSide(let side): resize = side
        case .stretched(let sides): stretch = sides
        case .covering(let sides): cover = sides
        }
        if input.centring == .down { centring = "down" }
        if input.valueRange != [0, 1] { valueRange = input.valueRange }
        if input.channelOrder != .rgb { channelOrder = input.channelOrder.rawValue }
        if input.isChannelsLast { layout = "channels last" }
        sources = Dictionary(uniqueKeysWithValues: ImageNetwork.Input.Part.allCases.map { ($0.rawValue, input.source(of: $0).key) })
    }
}

extension ImageNetwork.Input.Source {
    /// As documents have it.
    fileprivate var key: String {
        switch self {
        case .told: "told"
        case .file(let name): name
        case .graph: "graph"
        case .habit: "habit"
        case .assumed: "assumed"
        }
    }
}
