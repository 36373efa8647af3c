import Tensors

/// GoogLeNet with batch normalisation: branches of different reach side by side (Szegedy et al. 2015; names as in torchvision,
/// whose third branch has 3 x 3 kernels as well). Auxiliary classifiers are not used.
struct GoogLeNet: Architecture {
    static let all = [GoogLeNet()]

    var name: String { "googlenet" }
    var displayName: String { "GoogLeNet" }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters, epsilon: 1e-3)
        var x = try builder.basicConvolution("conv1", builder.image, to: 64, [7, 7], stride: 2)
        x = builder.add("maxpool1", Pooling(.maximum, kernel: 3, stride: 2, roundsUp: true), x)
        x = try builder.basicConvolution("conv2", x, to: 64)
        x = try builder.basicConvolution("conv3", x, to: 192, [3, 3])
        x = builder.add("maxpool2", Pooling(.maximum, kernel: 3, stride: 2, roundsUp: true), x)
        x = try block("inception3a", x, [64, 96, 128, 16, 32, 32], &builder)
        x = try block("inception3b", x, [128, 128, 192, 32, 96, 64], &builder)
        x = builder.add("maxpool3", Pooling(.maximum, kernel: 3, stride: 2, roundsUp: true), x)
        x = try block("inception4a", x, [192, 96, 208, 16, 48, 64], &builder)
        x = try block("inception4b", x, [160, 112, 224, 24, 64, 64], &builder)
        x = try block("inception4c", x, [128, 128, 256, 24, 64, 64], &builder)
        x = try block("inception4d", x, [112, 144, 288, 32, 64, 64], &builder)
        x = try block("inception4e", x, [256, 160, 320, 32, 128, 128], &builder)
        x = builder.add("maxpool4", Pooling(.maximum, kernel: 2, stride: 2, roundsUp: true), x)
        x = try block("inception5a", x, [256, 160, 320, 32, 128, 128], &builder)
        x = try block("inception5b", x, [384, 192, 384, 48, 128, 128], &builder)
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "fc", x, input: .inception(resize: 256, size: 224),
            stages: ["conv1.conv", "conv3", "inception3b", "inception4e", "inception5b"],
            reported: ["inception3b", "inception4c", "inception4e", "inception5b"], landmarks: ["avgpool"])
    }

    /// 1 x 1; 3 x 3 and 3 x 3 behind a reduction each; a pool. `widths` in the order of the modules.
    private func block(
        _ name: String, _ x: NetworkBuilder.Node, _ widths: [Int], _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let first = try builder.basicConvolution("\(name).branch1", x, to: widths[0])
        var second = try builder.basicConvolution("\(name).branch2.0", x, to: widths[1])
        second = try builder.basicConvolution("\(name).branch2.1", second, to: widths[2], [3, 3])
        var third = try builder.basicConvolution("\(name).branch3.0", x, to: widths[3])
        third = try builder.basicConvolution("\(name).branch3.1", third, to: widths[4], [3, 3])
        var fourth = builder.add("\(name).branch4.0", Pooling(.maximum, kernel: 3, stride: 1, padding: 1), x)
        fourth = try builder.basicConvolution("\(name).branch4.1", fourth, to: widths[5])
        return builder.concatenation(name, [first, second, third, fourth])
    }
}
