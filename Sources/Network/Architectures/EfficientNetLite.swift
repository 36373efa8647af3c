import Tensors

/// EfficientNet-Lite 0 to 4: EfficientNet without squeeze-and-excitation, ReLU6 for Swish, stem and head not scaled (Tan and
/// Le 2019; the Lite variants from TensorFlow's TPU models). Convolutions pad as TensorFlow's SAME; names as in
/// `efficientnet-lite-pytorch`.
struct EfficientNetLite: Architecture {
    let variant: Int
    let widthFactor: Double
    let depthFactor: Double
    let resolution: Int

    static let all = [
        EfficientNetLite(variant: 0, widthFactor: 1.0, depthFactor: 1.0, resolution: 224),
        EfficientNetLite(variant: 1, widthFactor: 1.0, depthFactor: 1.1, resolution: 240),
        EfficientNetLite(variant: 2, widthFactor: 1.1, depthFactor: 1.2, resolution: 260),
        EfficientNetLite(variant: 3, widthFactor: 1.2, depthFactor: 1.4, resolution: 280),
        EfficientNetLite(variant: 4, widthFactor: 1.4, depthFactor: 1.8, resolution: 300),
    ]

    var name: String { "efficientnet_lite\(variant)" }
    var displayName: String { "EfficientNet-Lite\(variant)" }

    private struct Stage {
        let repeats, kernel, stride, expansion, inputs, outputs: Int
    }

    private var stages: [Stage] {
        let base = [
            Stage(repeats: 1, kernel: 3, stride: 1, expansion: 1, inputs: 32, outputs: 16),
            Stage(repeats: 2, kernel: 3, stride: 2, expansion: 6, inputs: 16, outputs: 24),
            Stage(repeats: 2, kernel: 5, stride: 2, expansion: 6, inputs: 24, outputs: 40),
            Stage(repeats: 3, kernel: 3, stride: 2, expansion: 6, inputs: 40, outputs: 80),
            Stage(repeats: 3, kernel: 5, stride: 1, expansion: 6, inputs: 80, outputs: 112),
            Stage(repeats: 4, kernel: 5, stride: 2, expansion: 6, inputs: 112, outputs: 192),
            Stage(repeats: 1, kernel: 3, stride: 1, expansion: 6, inputs: 192, outputs: 320),
        ]
        return base.enumerated().map { index, stage in
            // Only what stands between stem and head is scaled.
            let isFixed = index == 0 || index == base.count - 1
            return Stage(
                repeats: isFixed ? stage.repeats : Int((Double(stage.repeats) * depthFactor).rounded(.up)),
                kernel: stage.kernel, stride: stage.stride, expansion: stage.expansion,
                inputs: index == 0 ? 32 : scaled(stage.inputs), outputs: scaled(stage.outputs))
        }
    }

    /// Channels times the width factor, to a multiple of 8 and never more than a tenth below.
    private func scaled(_ channels: Int) -> Int {
        let wanted = Double(channels) * widthFactor
        let rounded = max(8, Int(wanted + 4) / 8 * 8)
        return Double(rounded) < 0.9 * wanted ? rounded + 8 : rounded
    }

    func recognises(_ tensors: any TensorSource) -> Bool {
        let stages = stages
        let blocks = stages.reduce(0) { $0 + $1.repeats }
        guard let last = stages.last else { return false }
        return tensors.shape(of: "_conv_stem.weight") == [32, 3, 3, 3]
            && tensors.blockCount("_blocks", "_depthwise_conv.weight") == blocks
            && tensors.shape(of: "_blocks.\(blocks - 1)._project_conv.weight")
                == [last.outputs, last.inputs * last.expansion, 1, 1]
            && !tensors.names.contains { $0.contains("_se_reduce") }
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var graph = Graph()
        func normalized(
            _ convolution: String, _ normalization: String, from: Int, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
            groups: Int = 1
        ) throws -> Int {
            try graph.addNormalizedConvolution(
                convolution, normalization, parameters, from: from, inputs: inputs, outputs: outputs, kernel: kernel,
                stride: stride, padding: .same, groups: groups, epsilon: 1e-3)
        }
        let relu6 = Rectifier(.clipped(upper: 6))
        var x = try normalized("_conv_stem", "_bn0", from: 0, inputs: 3, outputs: 32, kernel: 3, stride: 2)
        x = graph.add("stem", relu6, x)
        var channels = 32
        var block = 0
        var ends: [String] = []
        for stage in stages {
            for repetition in 0..<stage.repeats {
                let name = "_blocks.\(block)"
                let inputs = repetition == 0 ? stage.inputs : stage.outputs
                let stride = repetition == 0 ? stage.stride : 1
                let hidden = inputs * stage.expansion
                var y = x
                if stage.expansion != 1 {
                    y = try normalized(
                        "\(name)._expand_conv", "\(name)._bn0", from: y, inputs: inputs, outputs: hidden, kernel: 1)
                    y = graph.add("\(name).relu0", relu6, y)
                }
                y = try normalized(
                    "\(name)._depthwise_conv", "\(name)._bn1", from: y, inputs: hidden, outputs: hidden, kernel: stage.kernel,
                    stride: stride, groups: hidden)
                y = graph.add("\(name).relu1", relu6, y)
                y = try normalized(
                    "\(name)._project_conv", "\(name)._bn2", from: y, inputs: hidden, outputs: stage.outputs, kernel: 1)
                if stride == 1, inputs == stage.outputs {
                    x = graph.add(name, Sum(), x, y)
                } else {
                    graph.alias(name, y)
                    x = y
                }
                channels = stage.outputs
                block += 1
            }
            ends.append("_blocks.\(block - 1)")
        }
        x = try normalized("_conv_head", "_bn1", from: x, inputs: channels, outputs: 1280, kernel: 1)
        x = graph.add("head", relu6, x)
        x = graph.add("_avg_pooling", GlobalAveragePooling(), x)
        let classes = parameters.firstExtent(of: "_fc.weight", otherwise: 1000)
        graph.add("_fc", try parameters.linear("_fc", inputs: 1280, outputs: classes), x)
        return ImageNetwork(
            architecture: name, displayName: displayName, graph: graph,
            input: .init(resize: resolution * 8 / 7, size: [resolution, resolution]), logits: "_fc",
            classCount: classes, landmarks: ["_conv_stem"] + ends + ["head", "_fc"], reported: Array(ends.suffix(3)),
            matched: (["_conv_stem"] + ends).map { ($0, 1) })
    }
}
