import Tensors

/// AlexNet, in the form of one column (Krizhevsky 2014; names as in torchvision).
struct AlexNet: Architecture {
    static let all = [AlexNet()]

    var name: String { "alexnet" }
    var displayName: String { "AlexNet" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        // Of each convolution module, channels, kernel, stride and padding, and whether a pool follows.
        let layers = [(0, 64, 11, 4, 2, true), (3, 192, 5, 1, 2, true), (6, 384, 3, 1, 1, false), (8, 256, 3, 1, 1, false), (10, 256, 3, 1, 1, true)]
        var x = builder.image
        for (module, outputs, kernel, stride, padding, pools) in layers {
            x = try builder.convolution("features.\(module)", x, to: outputs, kernel: kernel, stride: stride, padding: padding, bias: true)
            x = builder.relu("features.\(module + 1)", x)
            if pools { x = builder.add("features.\(module + 2)", Pooling(.maximum, kernel: 3, stride: 2), x) }
        }
        builder.alias("features", x)
        x = builder.flattened(x, side: builder.side(read: "classifier", of: x, otherwise: 6))
        return try builder.classifier(
            of: self, "classifier", x, standard: .torchvision(["1", "2", "4", "5", "6"]), input: .init(resize: 256, size: [224, 224]),
            stages: ["features.0", "features.4", "features.7", "features.9", "features.11"],
            landmarks: ["classifier.1", "classifier.4"].filter { parameters.isFree || parameters.has("\($0).weight") })
    }
}
