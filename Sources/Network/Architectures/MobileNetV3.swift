import Tensors

/// MobileNetV3, large and small: inverted residuals, some with squeeze-and-excitation, the hard Swish (Howard et al. 2019; names as
/// in torchvision).
struct MobileNetV3: Architecture {
    private struct Block {
        let kernel, hidden, outputs: Int
        let squeezes, isSwish: Bool
        let stride: Int

        init(_ kernel: Int, _ hidden: Int, _ outputs: Int, squeezes: Bool = false, swish: Bool = false, stride: Int = 1) {
            (self.kernel, self.hidden, self.outputs, self.stride) = (kernel, hidden, outputs, stride)
            (self.squeezes, isSwish) = (squeezes, swish)
        }
    }

    let isLarge: Bool

    static let all = [MobileNetV3(isLarge: true), MobileNetV3(isLarge: false)]

    var name: String { isLarge ? "mobilenet_v3_large" : "mobilenet_v3_small" }
    var displayName: String { isLarge ? "MobileNetV3 large" : "MobileNetV3 small" }

    private var blocks: [Block] {
        isLarge
            ? [
                Block(3, 16, 16), Block(3, 64, 24, stride: 2), Block(3, 72, 24), Block(5, 72, 40, squeezes: true, stride: 2),
                Block(5, 120, 40, squeezes: true), Block(5, 120, 40, squeezes: true),
                Block(3, 240, 80, swish: true, stride: 2), Block(3, 200, 80, swish: true), Block(3, 184, 80, swish: true),
                Block(3, 184, 80, swish: true), Block(3, 480, 112, squeezes: true, swish: true),
                Block(3, 672, 112, squeezes: true, swish: true), Block(5, 672, 160, squeezes: true, swish: true, stride: 2),
                Block(5, 960, 160, squeezes: true, swish: true), Block(5, 960, 160, squeezes: true, swish: true),
            ]
            : [
                Block(3, 16, 16, squeezes: true, stride: 2), Block(3, 72, 24, stride: 2), Block(3, 88, 24),
                Block(5, 96, 40, squeezes: true, swish: true, stride: 2), Block(5, 240, 40, squeezes: true, swish: true),
                Block(5, 240, 40, squeezes: true, swish: true), Block(5, 120, 48, squeezes: true, swish: true),
                Block(5, 144, 48, squeezes: true, swish: true), Block(5, 288, 96, squeezes: true, swish: true, stride: 2),
                Block(5, 576, 96, squeezes: true, swish: true), Block(5, 576, 96, squeezes: true, swish: true),
            ]
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        let hardSwish = Pointwise(.hardSwish)
        var builder = NetworkBuilder(parameters, epsilon: 1e-3)
        var x = try builder.normalizedConvolution(
            "features.0.0", "features.0.1", builder.image, to: 16, kernel: 3, stride: 2)
        x = builder.add("features.0.2", hardSwish, x)
        builder.alias("features.0", x)
        // Where the resolution halves next, a stage ends.
        var ends: [String] = []
        for (index, block) in blocks.enumerated() {
            let name = "features.\(index + 1)"
            if block.stride == 2, index > 0 { ends.append("features.\(index)") }
            x = try builder.invertedResidual(
                name, x, .torchvision(expands: block.hidden != x.channels, squeezes: block.squeezes), hidden: block.hidden,
                outputs: block.outputs, kernel: block.kernel, stride: block.stride,
                nonlinearity: block.isSwish ? hardSwish : Rectifier(.relu),
                squeezeExcitation: block.squeezes
                    ? .torchvision(
                        expands: block.hidden != x.channels, squeezed: NetworkBuilder.rounded(channels: Double(block.hidden / 4)),
                        nonlinearity: Rectifier(.relu), gate: Pointwise(.hardSigmoid(slope: 1 / 6, offset: 0.5))) : nil)
        }
        ends.append("features.\(blocks.count)")
        let last = "features.\(blocks.count + 1)"
        x = try builder.normalizedConvolution("\(last).0", "\(last).1", x, to: 6 * x.channels)
        x = builder.add("\(last).2", hardSwish, x)
        builder.alias(last, x)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "classifier", x, standard: [.linear("0", to: isLarge ? 1280 : 1024, ("1", hardSwish)), .linear("3")], input: .init(resize: 256, size: [224, 224]), stages: ["features.0.0"] + ends,
            head: last, reported: Array(ends.suffix(3)))
    }
}

extension InvertedResidualModules {
    /// torchvision numbers the parts of its blocks, and leaves out what a block does not have.
    static func torchvision(expands: Bool, squeezes: Bool) -> InvertedResidualModules {
        let first = expands ? 1 : 0
        let last = first + (squeezes ? 2 : 1)
        return InvertedResidualModules(
            expansion: expands ? ["block.0.0", "block.0.1", "block.0.2"] : nil,
            depthwise: ["block.\(first).0", "block.\(first).1", "block.\(first).2"],
            projection: ["block.\(last).0", "block.\(last).1"])
    }
}

extension SqueezeExcitation {
    static func torchvision(
        expands: Bool, squeezed: Int, nonlinearity: any Operation, gate: any Operation
    ) -> SqueezeExcitation {
        SqueezeExcitation(name: expands ? "block.2" : "block.1", squeezed: squeezed, nonlinearity: nonlinearity, gate: gate)
    }
}
