import Tensors

/// The Wide ResNets for 32 x 32 images: normalisation and ReLU before each convolution (Zagoruyko and Komodakis 2016; names as in
/// HobbitLong/RepDistiller).
struct CIFARWideResNet: Architecture {
    let depth: Int
    let width: Int

    static let all = [(16, 1), (16, 2), (40, 1), (40, 2), (28, 10)].map { CIFARWideResNet(depth: $0.0, width: $0.1) }

    var name: String { "cifar_wrn_\(depth)_\(width)" }
    var displayName: String { "Wide ResNet-\(depth)-\(width) (CIFAR)" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.convolution("conv1", builder.image, to: 16, kernel: 3)
        for stage in 0..<3 {
            let outputs = 16 * width << stage
            for block in 0..<(depth - 4) / 6 {
                let name = "block\(stage + 1).layer.\(block)"
                let stride = stage > 0 && block == 0 ? 2 : 1
                var y = try builder.batchNormalization("\(name).bn1", x)
                y = builder.relu("\(name).relu1", y)
                let shortcut =
                    x.channels == outputs
                    ? x : try builder.convolution("\(name).convShortcut", y, to: outputs, stride: stride)
                y = try builder.normalizedConvolution(
                    "\(name).conv1", "\(name).bn2", y, to: outputs, kernel: 3, stride: stride)
                y = builder.relu("\(name).relu2", y)
                y = try builder.convolution("\(name).conv2", y, to: outputs, kernel: 3)
                x = builder.add(name, Sum(), shortcut, y)
            }
            builder.alias("block\(stage + 1)", x)
        }
        x = try builder.batchNormalization("bn1", x)
        x = builder.relu("relu", x)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "fc", x, classes: 100, input: .cifar100, stages: ["conv1", "block1", "block2", "block3"],
            landmarks: ["relu", "avgpool"])
    }
}
