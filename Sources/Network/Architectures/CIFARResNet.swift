import Tensors

/// The ResNets for 32 x 32 images: three stages, basic blocks (He et al. 2016, section 4.2). Shortcuts have no weights, names as
/// in akamaster/pytorch_resnet_cifar10; or they are projections, names as in HobbitLong/RepDistiller, where stages may be wider.
struct CIFARResNet: Architecture {
    let depth: Int
    /// Channels of the three stages.
    var widths = [16, 32, 64]
    var stemWidth = 16
    var projects = false

    static let all =
        [8, 14, 20, 32, 44, 56, 110].map { CIFARResNet(depth: $0) }
        + [8, 14, 20, 32, 44, 56, 110].map { CIFARResNet(depth: $0, projects: true) }
        + [8, 32].map { CIFARResNet(depth: $0, widths: [64, 128, 256], stemWidth: 32, projects: true) }

    private var isWide: Bool { widths[0] > 16 }
    var name: String { "cifar_resnet\(depth)" + (isWide ? "x4" : projects ? "_projection" : "") }
    var displayName: String { "ResNet-\(depth)" + (isWide ? "x4" : "") + " (CIFAR\(projects && !isWide ? ", projections" : ""))" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.normalizedConvolution("conv1", "bn1", builder.image, to: stemWidth, kernel: 3)
        x = builder.relu("relu", x)
        for (stage, outputs) in widths.enumerated() {
            for block in 0..<(depth - 2) / 6 {
                let name = "layer\(stage + 1).\(block)"
                let stride = stage > 0 && block == 0 ? 2 : 1
                x =
                    projects
                    ? try builder.residualBlock(
                        name, x, width: outputs, outputs: outputs, stride: stride, ResidualForm(isBottleneck: false))
                    : try weightlessBlock(name, x, outputs: outputs, stride: stride, &builder)
            }
            builder.alias("layer\(stage + 1)", x)
        }
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        let head = projects || parameters.has("fc.weight") ? "fc" : "linear"
        return try builder.classifier(
            of: self, head, x, classes: projects ? 100 : 10, input: projects ? .cifar100 : .cifar,
            stages: ["conv1", "layer1", "layer2", "layer3"],
            landmarks: ["avgpool"])
    }

    private func weightlessBlock(
        _ name: String, _ x: NetworkBuilder.Node, outputs: Int, stride: Int, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let shortcut =
            stride == 1
            ? x
            : builder.add(
                "\(name).shortcut", ParameterFreeShortcut(stride: stride, channels: outputs), x, channels: outputs)
        var y = try builder.normalizedConvolution("\(name).conv1", "\(name).bn1", x, to: outputs, kernel: 3, stride: stride)
        y = builder.relu("\(name).relu", y)
        y = try builder.normalizedConvolution("\(name).conv2", "\(name).bn2", y, to: outputs, kernel: 3)
        return builder.relu(name, builder.add("\(name).sum", Sum(), shortcut, y))
    }
}

extension ImageNetwork.Input {
    /// As networks for CIFAR are mostly trained: no resizing, ImageNet's colours.
    static let cifar = ImageNetwork.Input(resize: nil, size: [32, 32])
    /// As RepDistiller's networks are: no resizing, CIFAR-100's colours.
    static let cifar100 = ImageNetwork.Input(
        resize: nil, size: [32, 32], mean: [0.5071, 0.4867, 0.4408], standardDeviation: [0.2675, 0.2565, 0.2761])
}
