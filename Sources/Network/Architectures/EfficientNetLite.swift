import Tensors

/// EfficientNet-Lite 0 to 4: EfficientNet without squeeze-and-excitation, ReLU6 for Swish, stem and head not scaled (Tan and
/// Le 2019; the Lite variants from TensorFlow's TPU models). Names as in `efficientnet-lite-pytorch` or in timm.
struct EfficientNetLite: Architecture {
    /// Whose names and weights they are.
    enum Origin {
        /// `efficientnet-lite-pytorch`; convolutions pad as TensorFlow's SAME.
        case port
        /// timm's port of TensorFlow's weights; the same padding, other colours and resolutions.
        case timmPort
        /// timm's own training; symmetric padding, otherwise the tensors of its port.
        case timm
    }

    let variant: Int
    let origin: Origin
    let widthFactor: Double
    let depthFactor: Double
    let input: ImageNetwork.Input

    static let all = variants(.port) + variants(.timmPort) + variants(.timm).prefix(1)

    private static func variants(_ origin: Origin) -> [EfficientNetLite] {
        // The crop's share of the resized image differs in timm, as do the last two's resolutions.
        let timmSizes = [(224, 256), (240, 272), (260, 292), (300, 331), (380, 413)]
        return [(1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260), (1.2, 1.4, 280), (1.4, 1.8, 300)].enumerated().map {
            variant, factors in
            let half: [Float] = [0.5, 0.5, 0.5]
            let (size, resize) = timmSizes[variant]
            let input: ImageNetwork.Input =
                switch origin {
                case .port: .init(resize: factors.2 * 8 / 7, size: [factors.2, factors.2])
                case .timm: .init(resize: resize, interpolation: .bicubic, size: [size, size])
                case .timmPort:
                    .init(
                        resize: resize, interpolation: variant < 3 ? .bicubic : .bilinear, size: [size, size], mean: half,
                        standardDeviation: half)
                }
            return EfficientNetLite(
                variant: variant, origin: origin, widthFactor: factors.0, depthFactor: factors.1, input: input)
        }
    }

    var name: String {
        switch origin {
        case .port: "efficientnet_lite\(variant)"
        case .timmPort: "timm_tf_efficientnet_lite\(variant)"
        case .timm: "timm_efficientnet_lite\(variant)"
        }
    }
    var displayName: String { "EfficientNet-Lite\(variant)" + (origin == .port ? "" : " (timm)") }
    var isRecognised: Bool { origin != .timm }

    private struct Stage {
        let repeats, kernel, stride, expansion, outputs: Int
    }

    private var stages: [Stage] {
        let base = [
            Stage(repeats: 1, kernel: 3, stride: 1, expansion: 1, outputs: 16),
            Stage(repeats: 2, kernel: 3, stride: 2, expansion: 6, outputs: 24),
            Stage(repeats: 2, kernel: 5, stride: 2, expansion: 6, outputs: 40),
            Stage(repeats: 3, kernel: 3, stride: 2, expansion: 6, outputs: 80),
            Stage(repeats: 3, kernel: 5, stride: 1, expansion: 6, outputs: 112),
            Stage(repeats: 4, kernel: 5, stride: 2, expansion: 6, outputs: 192),
            Stage(repeats: 1, kernel: 3, stride: 1, expansion: 6, outputs: 320),
        ]
        return base.enumerated().map { index, stage in
            // Only what stands between stem and head is repeated more often.
            let isFixed = index == 0 || index == base.count - 1
            return Stage(
                repeats: isFixed ? stage.repeats : Int((Double(stage.repeats) * depthFactor).rounded(.up)),
                kernel: stage.kernel, stride: stage.stride, expansion: stage.expansion,
                outputs: NetworkBuilder.rounded(channels: Double(stage.outputs) * widthFactor))
        }
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        let isTimm = origin != .port
        var builder = NetworkBuilder(
            parameters, epsilon: origin == .timm ? 1e-5 : 1e-3, padsUnevenly: origin != .timm)
        let stem = isTimm ? "conv_stem" : "_conv_stem"
        var x = try builder.normalizedConvolution(
            stem, isTimm ? "bn1" : "_bn0", builder.image, to: 32, kernel: 3, stride: 2)
        x = builder.relu6("stem", x)
        var block = 0
        var ends: [String] = []
        for (index, stage) in stages.enumerated() {
            for repetition in 0..<stage.repeats {
                x = try builder.invertedResidual(
                    isTimm ? "blocks.\(index).\(repetition)" : "_blocks.\(block)", x, modules(expands: stage.expansion != 1),
                    hidden: x.channels * stage.expansion, outputs: stage.outputs, kernel: stage.kernel,
                    stride: repetition == 0 ? stage.stride : 1, nonlinearity: Rectifier(.clipped(upper: 6)))
                block += 1
            }
            ends.append(isTimm ? "blocks.\(index)" : "_blocks.\(block - 1)")
            if isTimm { builder.alias("blocks.\(index)", x) }
        }
        x = try builder.normalizedConvolution(
            isTimm ? "conv_head" : "_conv_head", isTimm ? "bn2" : "_bn1", x, to: 1280)
        x = builder.relu6("head", x)
        x = builder.add(isTimm ? "global_pool" : "_avg_pooling", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, isTimm ? "classifier" : "_fc", x, input: input, stages: [stem] + ends, head: "head",
            reported: Array(ends.suffix(3)))
    }

    private func modules(expands: Bool) -> InvertedResidualModules {
        switch (origin, expands) {
        case (.port, _):
            InvertedResidualModules(
                expansion: expands ? ["_expand_conv", "_bn0", "relu0"] : nil, depthwise: ["_depthwise_conv", "_bn1", "relu1"],
                projection: ["_project_conv", "_bn2"])
        case (_, true):
            InvertedResidualModules(
                expansion: ["conv_pw", "bn1", "relu1"], depthwise: ["conv_dw", "bn2", "relu2"], projection: ["conv_pwl", "bn3"])
        case (_, false):
            InvertedResidualModules(depthwise: ["conv_dw", "bn1", "relu1"], projection: ["conv_pw", "bn2"])
        }
    }
}
