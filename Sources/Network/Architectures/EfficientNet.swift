import Tensors

/// EfficientNet B0 to B7 and V2: inverted residuals with squeeze-and-excitation and Swish, scaled in width, depth and resolution
/// together (Tan and Le 2019 and 2021; names as in torchvision).
struct EfficientNet: Architecture {
    private struct Stage {
        /// True where one convolution widens and looks around: the first stages of V2.
        let isFused: Bool
        let expansion, kernel, stride, outputs, repeats: Int

        init(_ expansion: Int, _ kernel: Int, stride: Int, _ outputs: Int, repeats: Int, fused: Bool = false) {
            (self.expansion, self.kernel, self.stride) = (expansion, kernel, stride)
            (self.outputs, self.repeats, isFused) = (outputs, repeats, fused)
        }
    }

    let name: String
    let displayName: String
    private let stem: Int
    private let stages: [Stage]
    private let head: Int
    private let epsilon: Float
    private let input: ImageNetwork.Input

    static let all =
        [
            scaled(0, 1.0, 1.0, resize: 256, size: 224), scaled(1, 1.0, 1.1, resize: 256, size: 240),
            scaled(2, 1.1, 1.2, resize: 288, size: 288), scaled(3, 1.2, 1.4, resize: 320, size: 300),
            scaled(4, 1.4, 1.8, resize: 384, size: 380), scaled(5, 1.6, 2.2, resize: 456, size: 456),
            scaled(6, 1.8, 2.6, resize: 528, size: 528), scaled(7, 2.0, 3.1, resize: 600, size: 600),
        ] + [small, medium, large]

    /// One of the first version: the width and the depth of B0, times factors.
    private static func scaled(_ variant: Int, _ width: Double, _ depth: Double, resize: Int, size: Int) -> EfficientNet {
        let base = [
            Stage(1, 3, stride: 1, 16, repeats: 1), Stage(6, 3, stride: 2, 24, repeats: 2), Stage(6, 5, stride: 2, 40, repeats: 2),
            Stage(6, 3, stride: 2, 80, repeats: 3), Stage(6, 5, stride: 1, 112, repeats: 3), Stage(6, 5, stride: 2, 192, repeats: 4),
            Stage(6, 3, stride: 1, 320, repeats: 1),
        ]
        let stages = base.map {
            Stage(
                $0.expansion, $0.kernel, stride: $0.stride, NetworkBuilder.rounded(channels: Double($0.outputs) * width),
                repeats: Int((Double($0.repeats) * depth).rounded(.up)))
        }
        return EfficientNet(
            name: "efficientnet_b\(variant)", displayName: "EfficientNet-B\(variant)",
            stem: NetworkBuilder.rounded(channels: 32 * width), stages: stages, head: 4 * (stages.last?.outputs ?? 0),
            epsilon: variant < 5 ? 1e-5 : 1e-3, input: .init(resize: resize, interpolation: .bicubic, size: [size, size]))
    }

    private static let small = EfficientNet(
        name: "efficientnet_v2_s", displayName: "EfficientNetV2-S", stem: 24,
        stages: [
            Stage(1, 3, stride: 1, 24, repeats: 2, fused: true), Stage(4, 3, stride: 2, 48, repeats: 4, fused: true),
            Stage(4, 3, stride: 2, 64, repeats: 4, fused: true), Stage(4, 3, stride: 2, 128, repeats: 6),
            Stage(6, 3, stride: 1, 160, repeats: 9), Stage(6, 3, stride: 2, 256, repeats: 15),
        ], head: 1280, epsilon: 1e-3, input: .init(resize: 384, size: [384, 384]))
    private static let medium = EfficientNet(
        name: "efficientnet_v2_m", displayName: "EfficientNetV2-M", stem: 24,
        stages: [
            Stage(1, 3, stride: 1, 24, repeats: 3, fused: true), Stage(4, 3, stride: 2, 48, repeats: 5, fused: true),
            Stage(4, 3, stride: 2, 80, repeats: 5, fused: true), Stage(4, 3, stride: 2, 160, repeats: 7),
            Stage(6, 3, stride: 1, 176, repeats: 14), Stage(6, 3, stride: 2, 304, repeats: 18),
            Stage(6, 3, stride: 1, 512, repeats: 5),
        ], head: 1280, epsilon: 1e-3, input: .init(resize: 480, size: [480, 480]))
    private static let large = EfficientNet(
        name: "efficientnet_v2_l", displayName: "EfficientNetV2-L", stem: 32,
        stages: [
            Stage(1, 3, stride: 1, 32, repeats: 4, fused: true), Stage(4, 3, stride: 2, 64, repeats: 7, fused: true),
            Stage(4, 3, stride: 2, 96, repeats: 7, fused: true), Stage(4, 3, stride: 2, 192, repeats: 10),
            Stage(6, 3, stride: 1, 224, repeats: 19), Stage(6, 3, stride: 2, 384, repeats: 25),
            Stage(6, 3, stride: 1, 640, repeats: 7),
        ], head: 1280, epsilon: 1e-3,
        input: .init(
            resize: 480, interpolation: .bicubic, size: [480, 480], mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5]))

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        let swish = Pointwise(.silu)
        var builder = NetworkBuilder(parameters, epsilon: epsilon)
        var x = try builder.normalizedConvolution(
            "features.0.0", "features.0.1", builder.image, to: stem, kernel: 3, stride: 2)
        x = builder.add("features.0.2", swish, x)
        builder.alias("features.0", x)
        for (index, stage) in stages.enumerated() {
            for repetition in 0..<stage.repeats {
                let name = "features.\(index + 1).\(repetition)"
                let stride = repetition == 0 ? stage.stride : 1
                if stage.isFused {
                    x = try fusedBlock(name, x, stage, stride: stride, &builder)
                    continue
                }
                let expands = stage.expansion != 1
                x = try builder.invertedResidual(
                    name, x, .torchvision(expands: expands, squeezes: true), hidden: x.channels * stage.expansion,
                    outputs: stage.outputs, kernel: stage.kernel, stride: stride, nonlinearity: swish,
                    squeezeExcitation: .torchvision(
                        expands: expands, squeezed: max(1, x.channels / 4), nonlinearity: swish, gate: Pointwise(.sigmoid)))
            }
            builder.alias("features.\(index + 1)", x)
        }
        let last = "features.\(stages.count + 1)"
        x = try builder.normalizedConvolution("\(last).0", "\(last).1", x, to: head)
        x = builder.add("\(last).2", swish, x)
        builder.alias(last, x)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        let ends = stages.indices.map { "features.\($0 + 1)" }
        return try builder.classifier(
            of: self, "classifier", x, standard: [.linear("1")], input: input, stages: ["features.0.0"] + ends, head: last,
            reported: Array(ends.suffix(3)))
    }

    private func fusedBlock(
        _ name: String, _ x: NetworkBuilder.Node, _ stage: Stage, stride: Int, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let expands = stage.expansion != 1
        var y = try builder.normalizedConvolution(
            "\(name).block.0.0", "\(name).block.0.1", x, to: expands ? x.channels * stage.expansion : stage.outputs,
            kernel: stage.kernel, stride: stride)
        y = builder.add("\(name).block.0.2", Pointwise(.silu), y)
        if expands { y = try builder.normalizedConvolution("\(name).block.1.0", "\(name).block.1.1", y, to: stage.outputs) }
        return builder.residual(name, x, y, adds: stride == 1 && x.channels == stage.outputs)
    }
}
