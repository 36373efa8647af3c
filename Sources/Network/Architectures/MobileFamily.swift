import Tensors

/// Networks of inverted residuals by descriptions of their blocks, as timm builds them: MNASNet (Tan et al. 2019), MobileNetV2 (Sandler et
/// al. 2018) and V3 (Howard et al. 2019), EfficientNet (Tan and Le 2019 and 2021) and others that a search found. Names as in timm, or as
/// in the first port of EfficientNet to PyTorch.
struct MobileFamily: Architecture {
    enum Head {
        /// A normalised convolution, then the mean.
        case convolution
        /// The mean, then a convolution with biases.
        case pooled
    }

    let name: String
    let displayName: String
    let stages: [[MobileBlock]]
    let width: Double
    /// Channels of the stem and of the head.
    let ends: [Int]
    let head: Head
    let nonlinearity: any Operation
    /// Squeeze-and-excitation keeps a share of what the block widens to, in eights unless it is to be exact, and has a hard gate;
    /// otherwise of what it reads.
    let squeezesHard: Bool
    var squeezesExactly = false
    /// Widths are never rounded to less than this share.
    let leastShare: Double
    let names: MobileNames
    /// TensorFlow's padding, which is uneven, and its epsilon: no tensors tell them.
    let isTensorFlow: Bool
    let isRecognised: Bool
    let input: ImageNetwork.Input

    private func channels(_ wanted: Int) -> Int {
        let scaled = Double(wanted) * width, rounded = max(8, Int(scaled + 4) / 8 * 8)
        return Double(rounded) < leastShare * scaled ? rounded + 8 : rounded
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters, epsilon: isTensorFlow ? 1e-3 : 1e-5, padsUnevenly: isTensorFlow)
        var x = try builder.normalizedConvolution(names.stem[0], names.stem[1], builder.image, to: ends[0], kernel: 3, stride: 2)
        x = builder.add("stem", nonlinearity, x)
        var number = 0, stageEnds: [String] = []
        for (stage, rows) in stages.enumerated() {
            var place = 0
            for row in rows {
                for repetition in 0..<row.repeats {
                    let name = names.hasStages ? "\(names.blocks).\(stage).\(place)" : "\(names.blocks).\(number)"
                    x = try block(name, x, row, stride: repetition == 0 ? row.stride : 1, &builder)
                    (place, number) = (place + 1, number + 1)
                }
            }
            if names.hasStages { builder.alias("\(names.blocks).\(stage)", x) }
            stageEnds.append(names.hasStages ? "\(names.blocks).\(stage)" : "\(names.blocks).\(number - 1)")
        }
        var last: String?
        switch head {
        case .convolution:
            x = try builder.normalizedConvolution(names.head[0], names.head[1], x, to: ends[1])
            x = builder.add("head", nonlinearity, x)
            last = "head"
            x = builder.add(names.pool, GlobalAveragePooling(), x)
        case .pooled:
            x = builder.add(names.pool, GlobalAveragePooling(), x)
            x = try builder.convolution(names.head[0], x, to: ends[1], bias: true)
            x = builder.add("head", nonlinearity, x)
        }
        return try builder.classifier(
            of: self, names.classifier, x, input: input, stages: [names.stem[0]] + stageEnds, head: last, reported: Array(stageEnds.suffix(3)))
    }

    private func block(
        _ name: String, _ x: NetworkBuilder.Node, _ row: MobileBlock, stride: Int, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let outputs = channels(row.outputs), activation: any Operation = row.isRectified ? Rectifier(.relu) : nonlinearity
        let adds = row.adds && stride == 1 && x.channels == outputs
        let hidden = row.kind == .separable || row.kind == .convolution ? x.channels : widened(row.widened.map(channels) ?? x.channels, row.expansion)
        let squeeze = row.squeeze > 0 ? squeezeExcitation(row, hidden: hidden, activation) : nil
        switch row.kind {
        case .inverted, .separable:
            return try builder.invertedResidual(
                name, x, row.kind == .inverted ? names.inverted : names.separable, hidden: hidden, outputs: outputs, kernel: row.kernel,
                stride: stride, nonlinearity: activation, squeezeExcitation: squeeze, adds: row.adds, isActiveBehind: row.isActiveBehind)
        case .convolution:
            var y = try builder.normalizedConvolution("\(name).conv", "\(name).bn1", x, to: outputs, kernel: row.kernel, stride: stride)
            y = builder.add("\(name).relu1", activation, y)
            return builder.residual(name, x, y, adds: adds)
        case .fused:
            var y = try builder.normalizedConvolution("\(name).conv_exp", "\(name).bn1", x, to: hidden, kernel: row.kernel, stride: stride)
            y = builder.add("\(name).relu1", activation, y)
            if let squeeze { y = try builder.add(squeeze, below: name, y) }
            y = try builder.normalizedConvolution("\(name).conv_pwl", "\(name).bn2", y, to: outputs)
            return builder.residual(name, x, y, adds: adds)
        }
    }

    private func widened(_ channels: Int, _ expansion: Double) -> Int { NetworkBuilder.rounded(channels: Double(channels) * expansion) }

    private func squeezeExcitation(_ row: MobileBlock, hidden: Int, _ activation: any Operation) -> SqueezeExcitation {
        let share = Double(hidden) * row.squeeze
        return squeezesHard
            ? SqueezeExcitation(
                name: names.squeeze.name, squeezed: squeezesExactly ? Int(share.rounded(.toNearestOrEven)) : NetworkBuilder.rounded(channels: share),
                nonlinearity: Rectifier(.relu),
                gate: Pointwise(.hardSigmoid(slope: 1 / 6, offset: 0.5)), convolutions: names.squeeze.convolutions)
            : SqueezeExcitation(
                name: names.squeeze.name, squeezed: max(1, Int((share / row.expansion).rounded(.toNearestOrEven))), nonlinearity: activation,
                gate: Pointwise(.sigmoid), convolutions: names.squeeze.convolutions)
    }
}
