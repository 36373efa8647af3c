import Tensors

/// The ShuffleNets for 32 x 32 images that distillation is tried on: V1 with three groups, V2 of width 1 (Zhang et al. 2018; Ma et
/// al. 2018; names as in HobbitLong/RepDistiller).
struct CIFARShuffleNet: Architecture {
    let version: Int

    static let all = [CIFARShuffleNet(version: 1), CIFARShuffleNet(version: 2)]

    var name: String { "cifar_shufflenet_v\(version)" }
    var displayName: String { "ShuffleNetV\(version) (CIFAR)" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.normalizedConvolution("conv1", "bn1", builder.image, to: 24)
        x = builder.relu("relu1", x)
        let widths = version == 1 ? [240, 480, 960] : [116, 232, 464]
        for (stage, outputs) in widths.enumerated() {
            for block in 0..<[4, 8, 4][stage] {
                let name = "layer\(stage + 1).\(block)"
                x =
                    version == 1
                    ? try bottleneck(name, x, outputs: outputs, halves: block == 0, &builder)
                    : try unit(name, x, outputs: outputs, halves: block == 0, &builder)
            }
            builder.alias("layer\(stage + 1)", x)
        }
        if version == 2 {
            x = try builder.normalizedConvolution("conv2", "bn2", x, to: 1024)
            x = builder.relu("relu2", x)
        }
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "linear", x, classes: 100, input: .cifar100, stages: ["conv1", "layer1", "layer2", "layer3"],
            head: version == 2 ? "relu2" : nil, landmarks: ["avgpool"])
    }

    /// V1: grouped 1 x 1 convolutions with a shuffle between them. Where the resolution halves, the input is appended, not added.
    private func bottleneck(
        _ name: String, _ x: NetworkBuilder.Node, outputs: Int, halves: Bool, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let made = halves ? outputs - x.channels : outputs
        let groups = x.channels == 24 ? 1 : 3
        var y = try builder.normalizedConvolution("\(name).conv1", "\(name).bn1", x, to: made / 4, groups: groups)
        y = builder.relu("\(name).relu1", y)
        y = builder.shuffle("\(name).shuffle1", y, groups: groups)
        y = try builder.normalizedConvolution(
            "\(name).conv2", "\(name).bn2", y, to: made / 4, kernel: 3, stride: halves ? 2 : 1, groups: made / 4)
        y = builder.relu("\(name).relu2", y)
        y = try builder.normalizedConvolution("\(name).conv3", "\(name).bn3", y, to: made, groups: 3)
        if halves {
            let pooled = builder.add(
                "\(name).shortcut", Pooling(.average(countsPadding: true), kernel: 3, stride: 2, padding: 1), x)
            y = builder.add("\(name).concatenation", Concatenation(axis: 0), y, pooled, channels: outputs)
        } else {
            y = builder.add("\(name).sum", Sum(), x, y)
        }
        return builder.relu(name, y)
    }

    private func unit(
        _ name: String, _ x: NetworkBuilder.Node, outputs: Int, halves: Bool, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let half = outputs / 2
        var kept = x, y = x
        // Numbers of the modules of the branch that is convolved in every unit.
        var first = 1
        if halves {
            kept = try builder.normalizedConvolution(
                "\(name).conv1", "\(name).bn1", x, to: x.channels, kernel: 3, stride: 2, groups: x.channels)
            kept = try builder.normalizedConvolution("\(name).conv2", "\(name).bn2", kept, to: half)
            kept = builder.relu("\(name).relu2", kept)
            first = 3
        } else {
            (kept, y) = builder.halves(name, x)
        }
        y = try builder.normalizedConvolution("\(name).conv\(first)", "\(name).bn\(first)", y, to: half)
        y = builder.relu("\(name).relu\(first)", y)
        y = try builder.normalizedConvolution(
            "\(name).conv\(first + 1)", "\(name).bn\(first + 1)", y, to: half, kernel: 3, stride: halves ? 2 : 1, groups: half)
        y = try builder.normalizedConvolution("\(name).conv\(first + 2)", "\(name).bn\(first + 2)", y, to: half)
        y = builder.relu("\(name).relu\(first + 2)", y)
        y = builder.add("\(name).concatenation", Concatenation(axis: 0), kept, y, channels: outputs)
        return builder.shuffle(name, y, groups: 2)
    }
}
