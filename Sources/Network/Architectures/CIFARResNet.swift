import Tensors

/// The ResNets for 32 x 32 images: three stages of 16, 32 and 64 channels, shortcuts without weights
/// (He et al. 2016, section 4.2; names as in akamaster/pytorch_resnet_cifar10).
struct CIFARResNet: Architecture {
    let depth: Int

    static let all = [20, 32, 44, 56, 110].map(CIFARResNet.init)

    var name: String { "cifar_resnet\(depth)" }
    var displayName: String { "ResNet-\(depth) (CIFAR)" }
    private var blocks: Int { (depth - 2) / 6 }

    func recognises(_ tensors: any TensorSource) -> Bool {
        tensors.shape(of: "conv1.weight") == [16, 3, 3, 3]
            && (1...3).allSatisfy { tensors.blockCount("layer\($0)", "conv1.weight") == blocks }
            && tensors.shape(of: "layer3.0.conv1.weight") == [64, 32, 3, 3]
            && tensors.shape(of: "layer1.0.conv3.weight") == nil
            && !tensors.names.contains { $0.contains("shortcut.") || $0.contains("downsample.") }
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var graph = Graph()
        func normalized(_ convolution: String, _ normalization: String, from: Int, inputs: Int, outputs: Int, stride: Int) throws -> Int {
            try graph.addNormalizedConvolution(
                convolution, normalization, parameters, from: from, inputs: inputs, outputs: outputs, kernel: 3,
                stride: stride, padding: .symmetric(1), epsilon: 1e-5)
        }
        var x = try normalized("conv1", "bn1", from: 0, inputs: 3, outputs: 16, stride: 1)
        x = graph.add("relu", Rectifier(.relu), x)
        var channels = 16
        for (stage, outputs) in [16, 32, 64].enumerated() {
            for block in 0..<blocks {
                let name = "layer\(stage + 1).\(block)"
                let stride = stage > 0 && block == 0 ? 2 : 1
                let shortcut =
                    stride == 1
                    ? x : graph.add("\(name).shortcut", ParameterFreeShortcut(stride: stride, channels: outputs), x)
                var y = try normalized(
                    "\(name).conv1", "\(name).bn1", from: x, inputs: channels, outputs: outputs, stride: stride)
                y = graph.add("\(name).relu", Rectifier(.relu), y)
                y = try normalized("\(name).conv2", "\(name).bn2", from: y, inputs: outputs, outputs: outputs, stride: 1)
                y = graph.add("\(name).sum", Sum(), shortcut, y)
                x = graph.add(name, Rectifier(.relu), y)
                channels = outputs
            }
            graph.alias("layer\(stage + 1)", x)
        }
        x = graph.add("avgpool", GlobalAveragePooling(), x)
        let head = parameters.has("fc.weight") ? "fc" : "linear"
        let classes = parameters.firstExtent(of: "\(head).weight", otherwise: 10)
        graph.add(head, try parameters.linear(head, inputs: 64, outputs: classes), x)
        return ImageNetwork(
            architecture: name, displayName: displayName, graph: graph, input: .init(resize: nil, size: [32, 32]),
            logits: head, classCount: classes, landmarks: ["conv1", "layer1", "layer2", "layer3", "avgpool", head],
            reported: ["layer1", "layer2", "layer3"],
            matched: ["conv1", "layer1", "layer2", "layer3"].map { ($0, 1) })
    }
}
