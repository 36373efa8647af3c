import Tensors

/// A graph in the making. It knows how many channels every node has and where values come from, so that an architecture says of
/// a layer its name, what it reads and what it makes of that. Layers bear the names of their modules in the checkpoint.
struct NetworkBuilder {
    /// A node of the graph.
    struct Node {
        fileprivate let index: Int
        /// Of a map its channels, of tokens their width.
        let channels: Int
    }

    private(set) var graph = Graph()
    let parameters: Parameters
    /// Of batch normalisations.
    let epsilon: Float
    /// True where convolutions pad as TensorFlow's SAME; otherwise by half of the kernel on every side.
    let padsUnevenly: Bool

    init(_ parameters: Parameters, epsilon: Float = 1e-5, padsUnevenly: Bool = false) {
        self.parameters = parameters
        self.epsilon = epsilon
        self.padsUnevenly = padsUnevenly
    }

    /// Channels of the network's input, as the first layer that takes it has them.
    private(set) var imageChannels = 3

    /// The network's input.
    var image: Node { Node(index: 0, channels: imageChannels) }

    /// Adds any operation; `channels` where they are others than the first input's.
    mutating func add(_ name: String, _ operation: any Operation, _ inputs: Node..., channels: Int? = nil) -> Node {
        add(name, operation, inputs: inputs, channels: channels)
    }

    mutating func add(_ name: String, _ operation: any Operation, inputs: [Node], channels: Int? = nil) -> Node {
        Node(
            index: graph.add(name, operation, inputs: inputs.map(\.index)), channels: channels ?? inputs.first?.channels ?? 0)
    }

    /// Lets `name` stand for a node that ends a larger part.
    mutating func alias(_ name: String, _ node: Node) { graph.alias(name, node.index) }

    mutating func convolution(
        _ name: String, _ x: Node, to outputs: Int, kernel: Int = 1, stride: Int = 1, padding: Int? = nil, groups: Int = 1,
        bias: Bool = false
    ) throws -> Node {
        try convolution(
            name, x, to: outputs, kernel: [kernel, kernel], stride: stride,
            padding: padsUnevenly ? .same : .symmetric(padding ?? kernel / 2), groups: groups, bias: bias)
    }

    mutating func convolution(
        _ name: String, _ x: Node, to outputs: Int, kernel: [Int], stride: Int, padding: Padding, groups: Int = 1,
        bias: Bool = false
    ) throws -> Node {
        if x.index == 0, groups == 1 { imageChannels = parameters.imageChannels(of: name) }
        return add(
            name,
            try parameters.convolution(
                name, inputs: x.index == 0 ? imageChannels : x.channels, outputs: outputs, kernel: kernel, stride: stride, padding: padding, groups: groups,
                bias: bias),
            x, channels: outputs)
    }

    mutating func batchNormalization(_ name: String, _ x: Node) throws -> Node {
        add(name, try parameters.batchNormalization(name, channels: x.channels, epsilon: epsilon), x)
    }

    /// A convolution and the batch normalisation behind it.
    mutating func normalizedConvolution(
        _ convolution: String, _ normalization: String, _ x: Node, to outputs: Int, kernel: Int = 1, stride: Int = 1,
        groups: Int = 1, bias: Bool = false
    ) throws -> Node {
        let y = try self.convolution(
            convolution, x, to: outputs, kernel: kernel, stride: stride, groups: groups, bias: bias)
        return try batchNormalization(normalization, y)
    }

    mutating func relu(_ name: String, _ x: Node) -> Node { add(name, Rectifier(.relu), x) }
    mutating func relu6(_ name: String, _ x: Node) -> Node { add(name, Rectifier(.clipped(upper: 6)), x) }

    /// Along the last axis of tokens, or of a vector.
    mutating func linear(_ name: String, _ x: Node, to outputs: Int) throws -> Node {
        add(name, try parameters.linear(name, inputs: x.channels, outputs: outputs), x, channels: outputs)
    }

    /// Along the last axis of tokens; of maps over the channels.
    mutating func layerNormalization(_ name: String, _ x: Node, onMaps: Bool, epsilon: Float = 1e-6) throws -> Node {
        add(name, try parameters.layerNormalization(name, count: x.channels, axis: onMaps ? 0 : -1, epsilon: epsilon), x)
    }

    /// The finished network, with a linear classifier on `features`, whose classes the checkpoint tells. The first of `stages` is
    /// the stem; all of them are matched, those behind it are reported unless others are named. `head` is the layer of a network that
    /// has one between its last stage and the mean over positions.
    mutating func classifier(
        of architecture: any Architecture, _ logits: String, _ features: Node, classes: Int = 1000, input: ImageNetwork.Input,
        stages: [String], head: String? = nil, reported: [String]? = nil, landmarks: [String] = [], weights: [Float]? = nil
    ) throws -> ImageNetwork {
        let classes = parameters.firstExtent(of: "\(logits).weight", otherwise: classes)
        _ = try linear(logits, features, to: classes)
        return network(
            of: architecture, logits: logits, classes: classes, input: input, stages: stages, head: head, reported: reported,
            landmarks: landmarks, weights: weights)
    }

    /// What a head weighs in the matching of classes. Ours: the stages of such networks end in a few channels, without a nonlinearity,
    /// whose distributions leave open what the many channels of the head make of them, and it is their means that classes are told by.
    private static let headWeight: Float = 10

    /// The finished network, whose last node is named `logits`.
    func network(
        of architecture: any Architecture, logits: String, classes: Int, input: ImageNetwork.Input, stages: [String], head: String? = nil,
        reported: [String]? = nil, landmarks: [String] = [], weights: [Float]? = nil
    ) -> ImageNetwork {
        ImageNetwork(
            architecture: architecture.name, displayName: architecture.displayName, graph: graph, input: input.adapted(toChannels: imageChannels),
            logits: logits,
            classCount: classes, landmarks: stages + (head.map { [$0] } ?? []) + landmarks + [logits], reported: reported ?? Array(stages.dropFirst()),
            matched: stages.enumerated().map { ($0.element, weights?[$0.offset] ?? 1) } + (head.map { [($0, Self.headWeight)] } ?? []))
    }
}
