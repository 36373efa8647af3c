import Tensors

/// VGG-11 to 19, with batch normalisation or without (Simonyan and Zisserman 2015). Names as in torchvision, also of its first files and
/// where the features are wrapped; or as in timm. Networks for small images have the same features and another head.
struct VGG: Architecture {
    let depth: Int
    let isNormalized: Bool
    /// Convolutions in each of the five blocks.
    let blocks: [Int]
    var isTimm = false

    static let all = [false, true].flatMap { isTimm in
        [false, true].flatMap { isNormalized in
            [(11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4])].map {
                VGG(depth: $0.0, isNormalized: isNormalized, blocks: $0.1, isTimm: isTimm)
            }
        }
    }

    var name: String { (isTimm ? "timm_" : "") + "vgg\(depth)" + (isNormalized ? "_bn" : "") }
    var displayName: String { "VGG-\(depth)" + (isNormalized ? " (BN)" : "") + (isTimm ? " (timm)" : "") }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = builder.image
        // For several devices people have wrapped the features alone.
        let root = parameters.has("features.module.0.weight") ? "features.module" : "features"
        var module = 0
        func next() -> String {
            defer { module += 1 }
            return "\(root).\(module)"
        }
        var ends: [String] = []
        for (block, count) in blocks.enumerated() {
            for _ in 0..<count {
                x = try builder.convolution(next(), x, to: [64, 128, 256, 512, 512][block], kernel: 3, bias: true)
                if isNormalized { x = try builder.batchNormalization(next(), x) }
                x = builder.relu(next(), x)
            }
            ends.append("\(root).\(module - 1)")
            x = builder.add(next(), Pooling(.maximum, kernel: 2, stride: 2), x)
        }
        builder.alias(root, x)
        let stages = ["\(root).0"] + ends
        let input = ImageNetwork.Input(resize: 256, size: [224, 224])
        if isTimm {
            x = try builder.convolution("pre_logits.fc1", x, to: 4096, kernel: 7, padding: 0, bias: true)
            x = builder.relu("pre_logits.act1", x)
            x = try builder.convolution("pre_logits.fc2", x, to: 4096, bias: true)
            x = builder.relu("pre_logits.act2", x)
            x = builder.add("head.global_pool", GlobalAveragePooling(), x)
            return try builder.classifier(
                of: self, "head", x, standard: [.linear("fc")], input: input, stages: stages, landmarks: ["pre_logits.fc1", "pre_logits.fc2"])
        }
        // timm's have another head, with convolutions in it.
        try parameters.excludes("pre_logits.fc1.weight")
        let side = builder.side(read: "classifier", of: x, otherwise: 7)
        x = builder.flattened(x, side: side)
        // What ends in one position is a network for small images.
        return try builder.classifier(
            of: self, "classifier", x, standard: .torchvision(["0", "1", "3", "4", "6"]), input: side == 1 ? .cifar : input,
            stages: stages, landmarks: ["classifier.0", "classifier.3"].filter { parameters.isFree || parameters.has("\($0).weight") })
    }
}

extension [HeadLayer] {
    /// Three linear layers, ReLU behind the first two: their names and those of the nonlinearities, in order.
    static func torchvision(_ modules: [String]) -> [HeadLayer] {
        [
            .linear(modules[0], to: 4096, (modules[1], Rectifier(.relu))), .linear(modules[2], to: 4096, (modules[3], Rectifier(.relu))),
            .linear(modules[4]),
        ]
    }
}

extension NetworkBuilder {
    /// The side of the square of positions that a head below `module` reads of all channels of `x`; `otherwise` where no checkpoint says,
    /// 1 where it has no head.
    func side(read module: String, of x: Node, otherwise side: Int) -> Int {
        guard let found = parameters.headLayers(module, width: side * side * x.channels) else { return side }
        let inputs = found.first?.inputs ?? x.channels
        let positions = inputs / max(1, x.channels), root = Int(Double(max(1, positions)).squareRoot().rounded())
        return root * root * x.channels == inputs ? root : side
    }

    /// All channels of `x` at `side` x `side` positions, to which it is averaged, as a vector.
    mutating func flattened(_ x: Node, side: Int) -> Node {
        guard side > 1 else { return add("avgpool", GlobalAveragePooling(), x) }
        let y = add("avgpool", AdaptiveAveragePooling(to: [side, side]), x)
        let count = side * side * x.channels
        return add("flatten", Reshaping(to: [count, 1, 1]), y, channels: count)
    }
}
