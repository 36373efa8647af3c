import Tensors

/// ShuffleNetV2: half of the channels pass a block unchanged, then both halves are mixed (Ma et al. 2018; names as in torchvision).
struct ShuffleNetV2: Architecture {
    let width: String
    /// Channels of the stages and of the last convolution.
    let channels: [Int]
    /// The shorter side after resizing.
    let resize: Int

    static let all = [
        ShuffleNetV2(width: "0_5", channels: [48, 96, 192, 1024], resize: 256),
        ShuffleNetV2(width: "1_0", channels: [116, 232, 464, 1024], resize: 256),
        ShuffleNetV2(width: "1_5", channels: [176, 352, 704, 1024], resize: 232),
        ShuffleNetV2(width: "2_0", channels: [244, 488, 976, 2048], resize: 232),
    ]

    var name: String { "shufflenet_v2_x\(width)" }
    var displayName: String { "ShuffleNetV2 x\(width.replacing("_", with: "."))" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.normalizedConvolution("conv1.0", "conv1.1", builder.image, to: 24, kernel: 3, stride: 2)
        x = builder.relu("conv1.2", x)
        builder.alias("conv1", x)
        x = builder.add("maxpool", Pooling(.maximum, kernel: 3, stride: 2, padding: 1), x)
        for (stage, repeats) in [4, 8, 4].enumerated() {
            for block in 0..<repeats {
                x = try unit("stage\(stage + 2).\(block)", x, outputs: channels[stage], halves: block == 0, &builder)
            }
            builder.alias("stage\(stage + 2)", x)
        }
        x = try builder.normalizedConvolution("conv5.0", "conv5.1", x, to: channels[3])
        x = builder.relu("conv5.2", x)
        builder.alias("conv5", x)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "fc", x, input: .init(resize: resize, size: [224, 224]), stages: ["conv1.0", "stage2", "stage3", "stage4"],
            head: "conv5", landmarks: ["avgpool"])
    }

    /// A unit; the first of a stage halves the resolution, and convolves what others pass on.
    private func unit(
        _ name: String, _ x: NetworkBuilder.Node, outputs: Int, halves: Bool, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let half = outputs / 2, stride = halves ? 2 : 1
        var kept = x, y = x
        if halves {
            kept = try builder.normalizedConvolution(
                "\(name).branch1.0", "\(name).branch1.1", x, to: x.channels, kernel: 3, stride: 2, groups: x.channels)
            kept = try builder.normalizedConvolution("\(name).branch1.2", "\(name).branch1.3", kept, to: half)
            kept = builder.relu("\(name).branch1.4", kept)
            builder.alias("\(name).branch1", kept)
        } else {
            (kept, y) = builder.halves(name, x)
        }
        y = try builder.normalizedConvolution("\(name).branch2.0", "\(name).branch2.1", y, to: half)
        y = builder.relu("\(name).branch2.2", y)
        y = try builder.normalizedConvolution(
            "\(name).branch2.3", "\(name).branch2.4", y, to: half, kernel: 3, stride: stride, groups: half)
        y = try builder.normalizedConvolution("\(name).branch2.5", "\(name).branch2.6", y, to: half)
        y = builder.relu("\(name).branch2.7", y)
        builder.alias("\(name).branch2", y)
        y = builder.add("\(name).concatenation", Concatenation(axis: 0), kept, y, channels: outputs)
        return builder.shuffle(name, y, groups: 2)
    }
}

extension NetworkBuilder {
    /// The first and the second half of a map's channels.
    mutating func halves(_ name: String, _ x: Node) -> (Node, Node) {
        let half = x.channels / 2
        func part(_ suffix: String, _ start: Int) -> Node {
            add("\(name).\(suffix)", Rearrangement(.slice(axis: 0, start: start, count: half, step: 1)), x, channels: half)
        }
        return (part("first_half", 0), part("second_half", half))
    }

    /// The first channel of each group, then the second of each, and so on.
    mutating func shuffle(_ name: String, _ x: Node, groups: Int) -> Node {
        let size = x.channels / groups
        return add(name, Rearrangement(.gather(axis: 0, indices: (0..<x.channels).map { $0 % groups * size + $0 / groups })), x)
    }
}
