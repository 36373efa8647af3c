import Tensors

/// Inception v3: branches with factorised kernels (Szegedy et al. 2016; names as in torchvision). The auxiliary classifier is not
/// used.
struct InceptionV3: Architecture {
    static let all = [InceptionV3()]

    var name: String { "inception_v3" }
    var displayName: String { "Inception v3" }

    /// A convolution of a branch: the end of its module's name, channels, kernel.
    private typealias Step = (part: String, outputs: Int, kernel: [Int])

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters, epsilon: 1e-3)
        var x = try builder.basicConvolution("Conv2d_1a_3x3", builder.image, to: 32, [3, 3], stride: 2, shrinks: true)
        x = try builder.basicConvolution("Conv2d_2a_3x3", x, to: 32, [3, 3], shrinks: true)
        x = try builder.basicConvolution("Conv2d_2b_3x3", x, to: 64, [3, 3])
        x = builder.add("maxpool1", Pooling(.maximum, kernel: 3, stride: 2), x)
        x = try builder.basicConvolution("Conv2d_3b_1x1", x, to: 80)
        x = try builder.basicConvolution("Conv2d_4a_3x3", x, to: 192, [3, 3], shrinks: true)
        x = builder.add("maxpool2", Pooling(.maximum, kernel: 3, stride: 2), x)
        for (letter, pooled) in [("b", 32), ("c", 64), ("d", 64)] {
            x = try mixed("Mixed_5\(letter)", x, [
                [("1x1", 64, [1, 1])], [("5x5_1", 48, [1, 1]), ("5x5_2", 64, [5, 5])],
                [("3x3dbl_1", 64, [1, 1]), ("3x3dbl_2", 96, [3, 3]), ("3x3dbl_3", 96, [3, 3])],
            ], pooled: pooled, &builder)
        }
        x = try reduction("Mixed_6a", x, [
            [("3x3", 384, [3, 3])], [("3x3dbl_1", 64, [1, 1]), ("3x3dbl_2", 96, [3, 3]), ("3x3dbl_3", 96, [3, 3])],
        ], &builder)
        for (letter, width) in [("b", 128), ("c", 160), ("d", 160), ("e", 192)] {
            x = try mixed("Mixed_6\(letter)", x, [
                [("1x1", 192, [1, 1])], [("7x7_1", width, [1, 1]), ("7x7_2", width, [1, 7]), ("7x7_3", 192, [7, 1])],
                [
                    ("7x7dbl_1", width, [1, 1]), ("7x7dbl_2", width, [7, 1]), ("7x7dbl_3", width, [1, 7]),
                    ("7x7dbl_4", width, [7, 1]), ("7x7dbl_5", 192, [1, 7]),
                ],
            ], pooled: 192, &builder)
        }
        x = try reduction("Mixed_7a", x, [
            [("3x3_1", 192, [1, 1]), ("3x3_2", 320, [3, 3])],
            [("7x7x3_1", 192, [1, 1]), ("7x7x3_2", 192, [1, 7]), ("7x7x3_3", 192, [7, 1]), ("7x7x3_4", 192, [3, 3])],
        ], &builder)
        for letter in ["b", "c"] { x = try widest("Mixed_7\(letter)", x, &builder) }
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "fc", x, input: .inception(resize: 342, size: 299),
            stages: ["Conv2d_1a_3x3.conv", "Conv2d_4a_3x3", "Mixed_5d", "Mixed_6e", "Mixed_7c"],
            reported: ["Mixed_5d", "Mixed_6e", "Mixed_7c"], landmarks: ["avgpool"])
    }

    private func branch(
        _ name: String, _ x: NetworkBuilder.Node, _ steps: [Step], halves: Bool = false, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        var y = x
        for (index, step) in steps.enumerated() {
            let isLast = halves && index == steps.count - 1
            y = try builder.basicConvolution(
                "\(name).branch\(step.part)", y, to: step.outputs, step.kernel, stride: isLast ? 2 : 1, shrinks: isLast)
        }
        return y
    }

    /// Branches, and an averaging pool with a 1 x 1 convolution to `pooled` channels behind it.
    private func mixed(
        _ name: String, _ x: NetworkBuilder.Node, _ branches: [[Step]], pooled: Int, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let ends = try branches.map { try branch(name, x, $0, &builder) }
        return builder.concatenation(name, ends + [try averaged(name, x, to: pooled, &builder)])
    }

    private func averaged(
        _ name: String, _ x: NetworkBuilder.Node, to outputs: Int, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let pool = builder.add("\(name).average", Pooling(.average(countsPadding: true), kernel: 3, stride: 1, padding: 1), x)
        return try builder.basicConvolution("\(name).branch_pool", pool, to: outputs)
    }

    /// Branches whose last convolution halves the resolution, and a pool that does.
    private func reduction(
        _ name: String, _ x: NetworkBuilder.Node, _ branches: [[Step]], _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let ends = try branches.map { try branch(name, x, $0, halves: true, &builder) }
        return builder.concatenation(name, ends + [builder.add("\(name).maximum", Pooling(.maximum, kernel: 3, stride: 2), x)])
    }

    /// The last blocks: two branches end in a row and a column side by side.
    private func widest(
        _ name: String, _ x: NetworkBuilder.Node, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let first = try branch(name, x, [("1x1", 320, [1, 1])], &builder)
        let second = try branch(name, x, [("3x3_1", 384, [1, 1])], &builder)
        let third = try branch(name, x, [("3x3dbl_1", 448, [1, 1]), ("3x3dbl_2", 384, [3, 3])], &builder)
        return builder.concatenation(
            name,
            [
                first, try branch(name, second, [("3x3_2a", 384, [1, 3])], &builder),
                try branch(name, second, [("3x3_2b", 384, [3, 1])], &builder),
                try branch(name, third, [("3x3dbl_3a", 384, [1, 3])], &builder),
                try branch(name, third, [("3x3dbl_3b", 384, [3, 1])], &builder),
                try averaged(name, x, to: 192, &builder),
            ])
    }
}
