import Tensors

/// VGG-11 to 19, with batch normalisation or without (Simonyan and Zisserman 2015; names as in torchvision).
struct VGG: Architecture {
    let depth: Int
    let isNormalized: Bool
    /// Convolutions in each of the five blocks.
    let blocks: [Int]

    static let all = [false, true].flatMap { isNormalized in
        [(11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4])].map {
            VGG(depth: $0.0, isNormalized: isNormalized, blocks: $0.1)
        }
    }

    var name: String { "vgg\(depth)" + (isNormalized ? "_bn" : "") }
    var displayName: String { "VGG-\(depth)" + (isNormalized ? " (BN)" : "") }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = builder.image
        var module = 0
        func next() -> String {
            defer { module += 1 }
            return "features.\(module)"
        }
        var ends: [String] = []
        for (block, count) in blocks.enumerated() {
            for _ in 0..<count {
                x = try builder.convolution(next(), x, to: [64, 128, 256, 512, 512][block], kernel: 3, bias: true)
                if isNormalized { x = try builder.batchNormalization(next(), x) }
                x = builder.relu(next(), x)
            }
            ends.append("features.\(module - 1)")
            x = builder.add(next(), Pooling(.maximum, kernel: 2, stride: 2), x)
        }
        builder.alias("features", x)
        x = builder.add("avgpool", AdaptiveAveragePooling(to: [7, 7]), x)
        x = builder.add("flatten", Reshaping(to: [7 * 7 * 512, 1, 1]), x, channels: 7 * 7 * 512)
        for module in [0, 3] {
            let width = parameters.firstExtent(of: "classifier.\(module).weight", otherwise: 4096)
            x = try builder.linear("classifier.\(module)", x, to: width)
            x = builder.relu("classifier.\(module + 1)", x)
        }
        return try builder.classifier(
            of: self, "classifier.6", x, input: .init(resize: 256, size: [224, 224]), stages: ["features.0"] + ends,
            landmarks: ["classifier.0", "classifier.3"])
    }
}
