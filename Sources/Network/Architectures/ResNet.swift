import Tensors

/// The ResNets for ImageNet, names as in torchvision (He et al. 2016; the stride in the 3 x 3 convolution of a bottleneck).
struct ResNet: Architecture {
    let depth: Int
    let blocks: [Int]
    let isBottleneck: Bool

    static let all = [
        ResNet(depth: 18, blocks: [2, 2, 2, 2], isBottleneck: false),
        ResNet(depth: 34, blocks: [3, 4, 6, 3], isBottleneck: false),
        ResNet(depth: 50, blocks: [3, 4, 6, 3], isBottleneck: true),
        ResNet(depth: 101, blocks: [3, 4, 23, 3], isBottleneck: true),
        ResNet(depth: 152, blocks: [3, 8, 36, 3], isBottleneck: true),
    ]

    var name: String { "resnet\(depth)" }
    var displayName: String { "ResNet-\(depth)" }

    func recognises(_ tensors: any TensorSource) -> Bool {
        let conv2 = tensors.shape(of: "layer1.0.conv2.weight")
        return tensors.shape(of: "conv1.weight") == [64, 3, 7, 7]
            && (tensors.shape(of: "layer1.0.conv3.weight") != nil) == isBottleneck
            && conv2 == [64, 64, 3, 3]
            && blocks.indices.allSatisfy { tensors.blockCount("layer\($0 + 1)", "conv1.weight") == blocks[$0] }
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var graph = Graph()
        func normalized(
            _ convolution: String, _ normalization: String, from: Int, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1
        ) throws -> Int {
            try graph.addNormalizedConvolution(
                convolution, normalization, parameters, from: from, inputs: inputs, outputs: outputs, kernel: kernel,
                stride: stride, padding: .symmetric(kernel / 2), epsilon: 1e-5)
        }
        var x = try normalized("conv1", "bn1", from: 0, inputs: 3, outputs: 64, kernel: 7, stride: 2)
        x = graph.add("relu", Rectifier(.relu), x)
        x = graph.add("maxpool", Pooling(.maximum, kernel: 3, stride: 2, padding: 1), x)
        var channels = 64
        for (stage, count) in blocks.enumerated() {
            let width = 64 << stage
            let outputs = isBottleneck ? 4 * width : width
            for block in 0..<count {
                let name = "layer\(stage + 1).\(block)"
                let stride = stage > 0 && block == 0 ? 2 : 1
                var shortcut = x
                if stride != 1 || channels != outputs {
                    shortcut = try normalized(
                        "\(name).downsample.0", "\(name).downsample.1", from: x, inputs: channels, outputs: outputs, kernel: 1,
                        stride: stride)
                    graph.alias("\(name).downsample", shortcut)
                }
                var y: Int
                if isBottleneck {
                    y = try normalized("\(name).conv1", "\(name).bn1", from: x, inputs: channels, outputs: width, kernel: 1)
                    y = graph.add("\(name).relu1", Rectifier(.relu), y)
                    y = try normalized(
                        "\(name).conv2", "\(name).bn2", from: y, inputs: width, outputs: width, kernel: 3, stride: stride)
                    y = graph.add("\(name).relu2", Rectifier(.relu), y)
                    y = try normalized("\(name).conv3", "\(name).bn3", from: y, inputs: width, outputs: outputs, kernel: 1)
                } else {
                    y = try normalized(
                        "\(name).conv1", "\(name).bn1", from: x, inputs: channels, outputs: width, kernel: 3, stride: stride)
                    y = graph.add("\(name).relu1", Rectifier(.relu), y)
                    y = try normalized("\(name).conv2", "\(name).bn2", from: y, inputs: width, outputs: outputs, kernel: 3)
                }
                y = graph.add("\(name).sum", Sum(), shortcut, y)
                x = graph.add(name, Rectifier(.relu), y)
                channels = outputs
            }
            graph.alias("layer\(stage + 1)", x)
        }
        x = graph.add("avgpool", GlobalAveragePooling(), x)
        let classes = parameters.firstExtent(of: "fc.weight", otherwise: 1000)
        graph.add("fc", try parameters.linear("fc", inputs: channels, outputs: classes), x)
        let stages = ["conv1", "layer1", "layer2", "layer3", "layer4"]
        return ImageNetwork(
            architecture: name, displayName: displayName, graph: graph, input: .init(resize: 256, size: [224, 224]),
            logits: "fc", classCount: classes, landmarks: stages + ["avgpool", "fc"], reported: Array(stages.dropFirst()),
            matched: stages.map { ($0, 1) })
    }
}
