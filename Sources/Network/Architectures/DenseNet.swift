import Tensors

/// DenseNet-121 to 201: every layer reads what all layers of its block before it have made (Huang et al. 2017; names as in
/// torchvision, those of its older files as well).
struct DenseNet: Architecture {
    let depth: Int
    let stemWidth: Int
    let growth: Int
    let blocks: [Int]

    static let all = [
        DenseNet(depth: 121, stemWidth: 64, growth: 32, blocks: [6, 12, 24, 16]),
        DenseNet(depth: 161, stemWidth: 96, growth: 48, blocks: [6, 12, 36, 24]),
        DenseNet(depth: 169, stemWidth: 64, growth: 32, blocks: [6, 12, 32, 32]),
        DenseNet(depth: 201, stemWidth: 64, growth: 32, blocks: [6, 12, 48, 32]),
    ]

    var name: String { "densenet\(depth)" }
    var displayName: String { "DenseNet-\(depth)" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        // `norm.1` in torchvision's files, `norm1` in what its models save.
        let dot = parameters.has("features.denseblock1.denselayer1.norm.1.weight") ? "." : ""
        var x = try builder.normalizedConvolution(
            "features.conv0", "features.norm0", builder.image, to: stemWidth, kernel: 7, stride: 2)
        x = builder.relu("features.relu0", x)
        x = builder.add("features.pool0", Pooling(.maximum, kernel: 3, stride: 2, padding: 1), x)
        for (block, count) in blocks.enumerated() {
            for layer in 1...count {
                let name = "features.denseblock\(block + 1).denselayer\(layer)"
                var y = try builder.batchNormalization("\(name).norm\(dot)1", x)
                y = builder.relu("\(name).relu\(dot)1", y)
                y = try builder.normalizedConvolution(
                    "\(name).conv\(dot)1", "\(name).norm\(dot)2", y, to: 4 * growth)
                y = builder.relu("\(name).relu\(dot)2", y)
                y = try builder.convolution("\(name).conv\(dot)2", y, to: growth, kernel: 3)
                builder.alias(name, y)
                x = builder.add("\(name).concatenation", Concatenation(axis: 0), x, y, channels: x.channels + growth)
            }
            builder.alias("features.denseblock\(block + 1)", x)
            guard block < 3 else { continue }
            let name = "features.transition\(block + 1)"
            x = try builder.batchNormalization("\(name).norm", x)
            x = builder.relu("\(name).relu", x)
            x = try builder.convolution("\(name).conv", x, to: x.channels / 2)
            x = builder.add("\(name).pool", Pooling(.average(countsPadding: true), kernel: 2, stride: 2), x)
            builder.alias(name, x)
        }
        x = try builder.batchNormalization("features.norm5", x)
        builder.alias("features", x)
        x = builder.relu("relu", x)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "classifier", x, input: .init(resize: 256, size: [224, 224]),
            stages: ["features.conv0"] + (1...4).map { "features.denseblock\($0)" }, landmarks: ["features.norm5"],
            weights: depth == 121 ? [1, 1, 1, 1, 100] : nil)
    }
}
