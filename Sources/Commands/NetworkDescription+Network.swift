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
            preprocessing: .init(
                resize: network.input.resize, interpolation: network.input.interpolation.rawValue, crop: network.input.size,
                mean: network.input.mean, standardDeviation: network.input.standardDeviation),
            classCount: network.classCount, layers: layers)
    }
}
