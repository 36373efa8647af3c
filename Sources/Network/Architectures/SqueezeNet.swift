import Tensors

/// SqueezeNet 1.0 and 1.1: few channels before each pair of convolutions; classes are channels of the last map (Iandola et al.
/// 2016; names as in torchvision).
struct SqueezeNet: Architecture {
    let version: Int

    static let all = [SqueezeNet(version: 0), SqueezeNet(version: 1)]

    var name: String { "squeezenet1_\(version)" }
    var displayName: String { "SqueezeNet 1.\(version)" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.convolution(
            "features.0", builder.image, to: version == 0 ? 96 : 64, kernel: version == 0 ? 7 : 3, stride: 2, padding: 0, bias: true)
        x = builder.relu("features.1", x)
        let widths = [16, 16, 32, 32, 48, 48, 64, 64]
        // Pools stand before these blocks.
        let pooled = version == 0 ? [0, 3, 7] : [0, 2, 4]
        var module = 2
        var ends: [String] = []
        for (block, width) in widths.enumerated() {
            if pooled.contains(block) {
                if block > 0 { ends.append("features.\(module - 1)") }
                x = builder.add("features.\(module)", Pooling(.maximum, kernel: 3, stride: 2, roundsUp: true), x)
                module += 1
            }
            let name = "features.\(module)"
            x = try builder.convolution("\(name).squeeze", x, to: width, bias: true)
            x = builder.relu("\(name).squeeze_activation", x)
            var small = try builder.convolution("\(name).expand1x1", x, to: 4 * width, bias: true)
            small = builder.relu("\(name).expand1x1_activation", small)
            var large = try builder.convolution("\(name).expand3x3", x, to: 4 * width, kernel: 3, bias: true)
            large = builder.relu("\(name).expand3x3_activation", large)
            x = builder.add(name, Concatenation(axis: 0), small, large, channels: 8 * width)
            module += 1
        }
        ends.append("features.\(module - 1)")
        builder.alias("features", x)
        let inputs = x.channels
        var head = ImageNetwork.Head(.none, outputs: inputs, module: "classifier.1", inputs: inputs)
        let hasHead = parameters.needsHead || parameters.moduleNames(below: "classifier")?.isEmpty != true
        if hasHead {
            let classes = parameters.firstExtent(of: "classifier.1.weight", otherwise: 1000)
            x = try builder.convolution("classifier.1", x, to: classes, bias: true)
            x = builder.relu("classifier.2", x)
            (head.kind, head.outputs) = (.classes, classes)
        }
        x = builder.add("classifier.3", GlobalAveragePooling(), x)
        return builder.network(
            of: self, .init(node: x, head: head, name: "classifier.3"), input: .init(resize: 256, size: [224, 224]),
            stages: ["features.0"] + ends, landmarks: hasHead ? ["classifier.2"] : [])
    }
}
