import Tensors

/// VGG-8 to 19 for 32 x 32 images, as distillation is tried on: blocks without the last ReLU, one linear layer (names as in
/// HobbitLong/RepDistiller).
struct CIFARVGG: Architecture {
    let depth: Int
    let isNormalized: Bool
    /// Convolutions in each of the five blocks.
    let blocks: [Int]

    static let all = [true, false].flatMap { isNormalized in
        [
            (8, [1, 1, 1, 1, 1]), (11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4]),
        ].map { CIFARVGG(depth: $0.0, isNormalized: isNormalized, blocks: $0.1) }
    }

    var name: String { "cifar_vgg\(depth)" + (isNormalized ? "_bn" : "") }
    var displayName: String { "VGG-\(depth) (CIFAR\(isNormalized ? ", BN" : ""))" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = builder.image
        for (block, count) in blocks.enumerated() {
            for layer in 0..<count {
                // Convolution, normalisation if any, ReLU, each with a number.
                let first = layer * (isNormalized ? 3 : 2)
                x = try builder.convolution(
                    "block\(block).\(first)", x, to: [64, 128, 256, 512, 512][block], kernel: 3, bias: true)
                if isNormalized { x = try builder.batchNormalization("block\(block).\(first + 1)", x) }
                if layer == count - 1 {
                    builder.alias("block\(block)", x)
                    x = builder.relu("relu\(block)", x)
                } else {
                    x = builder.relu("block\(block).\(first + (isNormalized ? 2 : 1))", x)
                }
            }
            // The fourth block's pooling is only for larger images.
            if block < 3 { x = builder.add("pool\(block)", Pooling(.maximum, kernel: 2, stride: 2), x) }
        }
        x = builder.add("pool4", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "classifier", x, classes: 100, input: .cifar100, stages: ["block0.0"] + blocks.indices.map { "relu\($0)" })
    }
}
