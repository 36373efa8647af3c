import Tensors

/// What the modules of a ResNet are called, for those that are not called as in torchvision.
struct ResNetNames: Sendable {
    /// From torchvision's name of a module to the one in the checkpoint.
    var modules: [String: String] = [:]
    /// Below a block: the projection of its input.
    var shortcut = "downsample"
    var head = "fc"
    var standardHead = HeadLayer.single
    /// Without a checkpoint.
    var classes = 1000
    /// True where the head may read maxima beside means.
    var concatenatesPools = false

    static let torchvision = ResNetNames()
    static let kuangliu = ResNetNames(shortcut: "shortcut", head: "linear", classes: 10)
    /// torchvision's, for networks of small images.
    static let small = ResNetNames(classes: 10)

    /// The body's parts as children of a `Sequential`, as fastai cuts them, and its head: means and maxima, normalised, then two linear layers
    /// without biases (fastai's `create_head`).
    static let fastai = ResNetNames(
        modules: sequence("0.").filter { $0.key != "avgpool" }, head: "1",
        standardHead: [
            HeadLayer(module: "2", kind: .batchNormalization), HeadLayer(module: "4", outputs: 512, hasBias: false, activation: ("5", Rectifier(.relu))),
            HeadLayer(module: "6", kind: .batchNormalization), HeadLayer(module: "8", hasBias: false),
        ], concatenatesPools: true)
    /// The same children, the pool among them, and a linear layer behind a flattening.
    static let sequential = ResNetNames(modules: sequence(""), head: "10")

    private static func sequence(_ prefix: String) -> [String: String] {
        let parts = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool"]
        return Dictionary(uniqueKeysWithValues: parts.enumerated().map { ($0.element, prefix + String($0.offset)) })
    }
}

extension NetworkBuilder {
    /// True when the head reads twice as many numbers as `x` has channels; where no checkpoint says, too.
    func readsTwice(_ x: Node, head: String) -> Bool {
        guard let found = parameters.headLayers(head, width: 2 * x.channels) else { return true }
        return found.first?.inputs == 2 * x.channels
    }

    /// The largest and the mean of every channel, the former first.
    mutating func concatenatedPools(_ name: String, _ x: Node) -> Node {
        let largest = add("\(name).mp", Reduction(.maximum, axes: [1, 2], keepsAxes: true), x)
        let mean = add("\(name).ap", GlobalAveragePooling(), x)
        return add(name, Concatenation(axis: 0), largest, mean, channels: 2 * x.channels)
    }
}
