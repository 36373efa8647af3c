import Tensors

/// MobileNetV2: inverted residuals (Sandler et al. 2018). Names as in torchvision; or the half as wide network for 32 x 32 images
/// that distillation is tried on, names as in HobbitLong/RepDistiller (`mobile_half`).
struct MobileNetV2: Architecture {
    let isForCIFAR: Bool

    static let all = [MobileNetV2(isForCIFAR: false), MobileNetV2(isForCIFAR: true)]

    var name: String { isForCIFAR ? "cifar_mobile_half" : "mobilenet_v2" }
    var displayName: String { isForCIFAR ? "MobileNetV2 x0.5 (CIFAR)" : "MobileNetV2" }

    private struct Stage {
        let expansion, outputs, repeats, stride: Int
    }

    private var stages: [Stage] {
        [
            Stage(expansion: 1, outputs: 16, repeats: 1, stride: 1),
            Stage(expansion: 6, outputs: 24, repeats: 2, stride: isForCIFAR ? 1 : 2),
            Stage(expansion: 6, outputs: 32, repeats: 3, stride: 2), Stage(expansion: 6, outputs: 64, repeats: 4, stride: 2),
            Stage(expansion: 6, outputs: 96, repeats: 3, stride: 1), Stage(expansion: 6, outputs: 160, repeats: 3, stride: 2),
            Stage(expansion: 6, outputs: 320, repeats: 1, stride: 1),
        ]
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        try isForCIFAR ? buildForCIFAR(parameters) : buildForImageNet(parameters)
    }

    private func buildForImageNet(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.normalizedConvolution(
            "features.0.0", "features.0.1", builder.image, to: 32, kernel: 3, stride: 2)
        x = builder.relu6("features.0.2", x)
        builder.alias("features.0", x)
        var block = 1
        var ends: [String] = []
        for stage in stages {
            for repetition in 0..<stage.repeats {
                let expands = stage.expansion != 1
                // Without expansion the modules' numbers are one less.
                let first = expands ? 1 : 0
                x = try builder.invertedResidual(
                    "features.\(block)", x,
                    .init(
                        expansion: expands ? ["conv.0.0", "conv.0.1", "conv.0.2"] : nil,
                        depthwise: ["conv.\(first).0", "conv.\(first).1", "conv.\(first).2"],
                        projection: ["conv.\(first + 1)", "conv.\(first + 2)"]),
                    hidden: x.channels * stage.expansion, outputs: stage.outputs, stride: repetition == 0 ? stage.stride : 1,
                    nonlinearity: Rectifier(.clipped(upper: 6)))
                block += 1
            }
            ends.append("features.\(block - 1)")
        }
        x = try builder.normalizedConvolution("features.18.0", "features.18.1", x, to: 1280)
        x = builder.relu6("features.18.2", x)
        builder.alias("features.18", x)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "classifier", x, standard: [.linear("1")], input: .init(resize: 256, size: [224, 224]), stages: ["features.0.0"] + ends,
            head: "features.18", reported: Array(ends.suffix(3)))
    }

    private func buildForCIFAR(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.normalizedConvolution("conv1.0", "conv1.1", builder.image, to: 16, kernel: 3, stride: 2)
        x = builder.relu("conv1.2", x)
        builder.alias("conv1", x)
        for (index, stage) in stages.enumerated() {
            for repetition in 0..<stage.repeats {
                x = try builder.invertedResidual(
                    "blocks.\(index).\(repetition)", x,
                    .init(
                        expansion: ["conv.0", "conv.1", "conv.2"], depthwise: ["conv.3", "conv.4", "conv.5"],
                        projection: ["conv.6", "conv.7"]),
                    hidden: x.channels * stage.expansion, outputs: stage.outputs / 2,
                    stride: repetition == 0 ? stage.stride : 1, nonlinearity: Rectifier(.relu))
            }
            builder.alias("blocks.\(index)", x)
        }
        x = try builder.normalizedConvolution("conv2.0", "conv2.1", x, to: 1280)
        x = builder.relu("conv2.2", x)
        builder.alias("conv2", x)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        let ends = stages.indices.map { "blocks.\($0)" }
        return try builder.classifier(
            of: self, "classifier", x, standard: [.linear("0")], classes: 100, input: .cifar100, stages: ["conv1.0"] + ends,
            head: "conv2", reported: Array(ends.suffix(3)))
    }
}
