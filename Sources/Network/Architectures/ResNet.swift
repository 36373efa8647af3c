import Tensors

/// The ResNets for ImageNet with their wide and their grouped variants, names as in torchvision and timm (He et al. 2016, the
/// stride in the 3 x 3 convolution of a bottleneck; Xie et al. 2017; Zagoruyko and Komodakis 2016).
struct ResNet: Architecture {
    let name: String
    let displayName: String
    let blocks: [Int]
    let isBottleneck: Bool
    let groups: Int
    /// Channels of a group in the first stage's 3 x 3 convolutions, as a multiple of 64 / groups: 1, or 2 in wide networks.
    let groupWidth: Int

    static let all = [
        ResNet("resnet18", "ResNet-18", [2, 2, 2, 2], isBottleneck: false),
        ResNet("resnet34", "ResNet-34", [3, 4, 6, 3], isBottleneck: false),
        ResNet("resnet50", "ResNet-50", [3, 4, 6, 3]),
        ResNet("resnet101", "ResNet-101", [3, 4, 23, 3]),
        ResNet("resnet152", "ResNet-152", [3, 8, 36, 3]),
        ResNet("wide_resnet50_2", "Wide ResNet-50-2", [3, 4, 6, 3], groupWidth: 128),
        ResNet("wide_resnet101_2", "Wide ResNet-101-2", [3, 4, 23, 3], groupWidth: 128),
        ResNet("resnext50_32x4d", "ResNeXt-50 32x4d", [3, 4, 6, 3], groups: 32, groupWidth: 4),
        ResNet("resnext101_32x8d", "ResNeXt-101 32x8d", [3, 4, 23, 3], groups: 32, groupWidth: 8),
        ResNet("resnext101_64x4d", "ResNeXt-101 64x4d", [3, 4, 23, 3], groups: 64, groupWidth: 4),
    ]

    private init(
        _ name: String, _ displayName: String, _ blocks: [Int], isBottleneck: Bool = true, groups: Int = 1, groupWidth: Int = 64
    ) {
        self.name = name
        self.displayName = displayName
        self.blocks = blocks
        self.isBottleneck = isBottleneck
        self.groups = groups
        self.groupWidth = groupWidth
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.normalizedConvolution("conv1", "bn1", builder.image, to: 64, kernel: 7, stride: 2)
        x = builder.relu("relu", x)
        x = builder.add("maxpool", Pooling(.maximum, kernel: 3, stride: 2, padding: 1), x)
        for (stage, count) in blocks.enumerated() {
            for block in 0..<count {
                x = try builder.residualBlock(
                    "layer\(stage + 1).\(block)", x, width: groups * groupWidth << stage,
                    outputs: (isBottleneck ? 256 : 64) << stage, stride: stage > 0 && block == 0 ? 2 : 1,
                    isBottleneck: isBottleneck, groups: groups)
            }
            builder.alias("layer\(stage + 1)", x)
        }
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "fc", x, input: .init(resize: 256, size: [224, 224]),
            stages: ["conv1", "layer1", "layer2", "layer3", "layer4"], landmarks: ["avgpool"])
    }
}

extension NetworkBuilder {
    /// The block of torchvision's ResNets: two 3 x 3 convolutions, or a bottleneck of `width` channels; a projection on the
    /// shortcut where the shape changes, in the modules `downsample` or another.
    mutating func residualBlock(
        _ name: String, _ x: Node, width: Int, outputs: Int, stride: Int, isBottleneck: Bool, groups: Int = 1,
        projection: String = "downsample"
    ) throws -> Node {
        var shortcut = x
        if stride != 1 || x.channels != outputs {
            shortcut = try normalizedConvolution(
                "\(name).\(projection).0", "\(name).\(projection).1", x, to: outputs, stride: stride)
            alias("\(name).\(projection)", shortcut)
        }
        var y: Node
        if isBottleneck {
            y = try normalizedConvolution("\(name).conv1", "\(name).bn1", x, to: width)
            y = relu("\(name).relu1", y)
            y = try normalizedConvolution(
                "\(name).conv2", "\(name).bn2", y, to: width, kernel: 3, stride: stride, groups: groups)
            y = relu("\(name).relu2", y)
            y = try normalizedConvolution("\(name).conv3", "\(name).bn3", y, to: outputs)
        } else {
            y = try normalizedConvolution("\(name).conv1", "\(name).bn1", x, to: width, kernel: 3, stride: stride)
            y = relu("\(name).relu1", y)
            y = try normalizedConvolution("\(name).conv2", "\(name).bn2", y, to: outputs, kernel: 3)
        }
        return relu(name, add("\(name).sum", Sum(), shortcut, y))
    }
}
