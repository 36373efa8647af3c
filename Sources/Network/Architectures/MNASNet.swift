import Tensors

/// MNASNet B1 in four widths: inverted residuals found by search (Tan et al. 2019; names as in torchvision).
struct MNASNet: Architecture {
    let width: Double

    static let all = [0.5, 0.75, 1.0, 1.3].map(MNASNet.init)

    var name: String { "mnasnet\(width)".replacing(".", with: "_") }
    var displayName: String { "MNASNet \(width)" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        func scaled(_ channels: Int) -> Int { NetworkBuilder.rounded(channels: Double(channels) * width) }
        var builder = NetworkBuilder(parameters)
        let stem = scaled(32)
        var x = try builder.normalizedConvolution("layers.0", "layers.1", builder.image, to: stem, kernel: 3, stride: 2)
        x = builder.relu("layers.2", x)
        x = try builder.normalizedConvolution("layers.3", "layers.4", x, to: stem, kernel: 3, groups: stem)
        x = builder.relu("layers.5", x)
        x = try builder.normalizedConvolution("layers.6", "layers.7", x, to: scaled(16))
        let modules = InvertedResidualModules(
            expansion: ["layers.0", "layers.1", "layers.2"], depthwise: ["layers.3", "layers.4", "layers.5"],
            projection: ["layers.6", "layers.7"])
        // Kernel, stride, expansion, channels, blocks.
        let stacks = [(3, 2, 3, 24, 3), (5, 2, 3, 40, 3), (5, 2, 6, 80, 3), (3, 1, 6, 96, 2), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1)]
        for (index, (kernel, stride, expansion, channels, blocks)) in stacks.enumerated() {
            for block in 0..<blocks {
                x = try builder.invertedResidual(
                    "layers.\(index + 8).\(block)", x, modules, hidden: x.channels * expansion, outputs: scaled(channels),
                    kernel: kernel, stride: block == 0 ? stride : 1, nonlinearity: Rectifier(.relu))
            }
            builder.alias("layers.\(index + 8)", x)
        }
        x = try builder.normalizedConvolution("layers.14", "layers.15", x, to: 1280)
        x = builder.relu("layers.16", x)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        let ends = ["layers.7"] + stacks.indices.map { "layers.\($0 + 8)" }
        return try builder.classifier(
            of: self, "classifier", x, standard: [.linear("1")], input: .init(resize: width == 0.75 || width == 1.3 ? 232 : 256, size: [224, 224]),
            stages: ["layers.0"] + ends, head: "layers.16", reported: Array(ends.suffix(3)))
    }
}
