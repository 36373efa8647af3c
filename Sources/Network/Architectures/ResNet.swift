import Tensors

/// The ResNets for ImageNet with their wide and their grouped variants, names as in torchvision and timm (He et al. 2016, the
/// stride in the 3 x 3 convolution of a bottleneck; Xie et al. 2017; Zagoruyko and Komodakis 2016); variant D with three
/// convolutions for the first and averaging shortcuts (He et al. 2019; names as in timm); and the same stages behind a 3 x 3
/// convolution, for 32 x 32 images (names as in kuangliu/pytorch-cifar).
struct ResNet: Architecture {
    enum Variant {
        case plain
        case deep
        case small
    }

    let name: String
    let displayName: String
    let blocks: [Int]
    let isBottleneck: Bool
    let groups: Int
    /// Channels of a group in the first stage's 3 x 3 convolutions, as a multiple of 64 / groups: 1, or 2 in wide networks.
    let groupWidth: Int
    let variant: Variant
    let resolution: Int

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
        ResNet("timm_resnet18d", "ResNet-18-D (timm)", [2, 2, 2, 2], isBottleneck: false, variant: .deep),
        ResNet("timm_resnet26d", "ResNet-26-D (timm)", [2, 2, 2, 2], variant: .deep),
        ResNet("timm_resnet34d", "ResNet-34-D (timm)", [3, 4, 6, 3], isBottleneck: false, variant: .deep),
        ResNet("timm_resnet50d", "ResNet-50-D (timm)", [3, 4, 6, 3], variant: .deep),
        ResNet("timm_resnet101d", "ResNet-101-D (timm)", [3, 4, 23, 3], variant: .deep, resolution: 256),
        ResNet("timm_resnet152d", "ResNet-152-D (timm)", [3, 8, 36, 3], variant: .deep, resolution: 256),
        ResNet("cifar_resnet18", "ResNet-18 (CIFAR)", [2, 2, 2, 2], isBottleneck: false, variant: .small),
        ResNet("cifar_resnet34", "ResNet-34 (CIFAR)", [3, 4, 6, 3], isBottleneck: false, variant: .small),
        ResNet("cifar_resnet50", "ResNet-50 (CIFAR)", [3, 4, 6, 3], variant: .small),
        ResNet("cifar_resnet101", "ResNet-101 (CIFAR)", [3, 4, 23, 3], variant: .small),
        ResNet("cifar_resnet152", "ResNet-152 (CIFAR)", [3, 8, 36, 3], variant: .small),
    ]

    private init(
        _ name: String, _ displayName: String, _ blocks: [Int], isBottleneck: Bool = true, groups: Int = 1, groupWidth: Int = 64,
        variant: Variant = .plain, resolution: Int = 224
    ) {
        self.name = name
        self.displayName = displayName
        self.blocks = blocks
        self.isBottleneck = isBottleneck
        self.groups = groups
        self.groupWidth = groupWidth
        self.variant = variant
        self.resolution = resolution
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x: NetworkBuilder.Node
        switch variant {
        case .plain: x = try builder.normalizedConvolution("conv1", "bn1", builder.image, to: 64, kernel: 7, stride: 2)
        case .small: x = try builder.normalizedConvolution("conv1", "bn1", builder.image, to: 64, kernel: 3)
        case .deep:
            x = try builder.normalizedConvolution("conv1.0", "conv1.1", builder.image, to: 32, kernel: 3, stride: 2)
            x = builder.relu("conv1.2", x)
            x = try builder.normalizedConvolution("conv1.3", "conv1.4", x, to: 32, kernel: 3)
            x = builder.relu("conv1.5", x)
            x = try builder.convolution("conv1.6", x, to: 64, kernel: 3)
            builder.alias("conv1", x)
            x = try builder.batchNormalization("bn1", x)
        }
        x = builder.relu("relu", x)
        if variant != .small { x = builder.add("maxpool", Pooling(.maximum, kernel: 3, stride: 2, padding: 1), x) }
        let shortcut: NetworkBuilder.Shortcut =
            switch variant {
            case .plain: .projection("downsample")
            case .small: .projection("shortcut")
            case .deep: .averagedProjection
            }
        for (stage, count) in blocks.enumerated() {
            for block in 0..<count {
                x = try builder.residualBlock(
                    "layer\(stage + 1).\(block)", x, width: groups * groupWidth << stage,
                    outputs: (isBottleneck ? 256 : 64) << stage, stride: stage > 0 && block == 0 ? 2 : 1,
                    isBottleneck: isBottleneck, groups: groups, shortcut: shortcut)
            }
            builder.alias("layer\(stage + 1)", x)
        }
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        let input: ImageNetwork.Input =
            switch variant {
            case .plain: .init(resize: name == "resnext101_64x4d" ? 232 : 256, size: [224, 224])
            case .deep:
                .init(resize: resolution == 224 ? 256 : 269, interpolation: .bicubic, size: [resolution, resolution])
            case .small: .cifar
            }
        return try builder.classifier(
            of: self, variant == .small ? "linear" : "fc", x, classes: variant == .small ? 10 : 1000, input: input,
            stages: [variant == .deep ? "conv1.0" : "conv1", "layer1", "layer2", "layer3", "layer4"], landmarks: ["avgpool"])
    }
}

extension NetworkBuilder {
    /// What a residual block's input passes where the block changes its shape.
    enum Shortcut {
        /// A 1 x 1 convolution and a normalisation, in modules below this name.
        case projection(String)
        /// The same in `downsample`, but windows are averaged first.
        case averagedProjection
    }

    /// The block of torchvision's ResNets: two 3 x 3 convolutions, or a bottleneck of `width` channels.
    mutating func residualBlock(
        _ name: String, _ x: Node, width: Int, outputs: Int, stride: Int, isBottleneck: Bool, groups: Int = 1,
        shortcut kind: Shortcut = .projection("downsample")
    ) throws -> Node {
        var shortcut = x
        if stride != 1 || x.channels != outputs {
            switch kind {
            case .projection(let part):
                shortcut = try normalizedConvolution("\(name).\(part).0", "\(name).\(part).1", x, to: outputs, stride: stride)
                alias("\(name).\(part)", shortcut)
            case .averagedProjection:
                if stride != 1 {
                    shortcut = add(
                        "\(name).downsample.0",
                        Pooling(.average(countsPadding: false), kernel: 2, stride: stride, roundsUp: true), shortcut)
                }
                shortcut = try normalizedConvolution("\(name).downsample.1", "\(name).downsample.2", shortcut, to: outputs)
                alias("\(name).downsample", shortcut)
            }
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
