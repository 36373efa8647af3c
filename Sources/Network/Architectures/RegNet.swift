import Tensors

/// The RegNets X and Y: bottlenecks with grouped convolutions, Y with squeeze-and-excitation (Radosavovic et al. 2020; names as in
/// torchvision).
struct RegNet: Architecture {
    let size: String
    let squeezes: Bool
    let depths: [Int]
    let widths: [Int]
    /// Channels of a group in each stage.
    let groupWidths: [Int]

    private init(_ size: String, squeezes: Bool, _ depths: [Int], _ widths: [Int], _ groupWidth: Int) {
        self.size = size
        self.squeezes = squeezes
        self.depths = depths
        self.widths = widths
        groupWidths = widths.map { min($0, groupWidth) }
    }

    static let all = [
        RegNet("400mf", squeezes: false, [1, 2, 7, 12], [32, 64, 160, 400], 16),
        RegNet("800mf", squeezes: false, [1, 3, 7, 5], [64, 128, 288, 672], 16),
        RegNet("1_6gf", squeezes: false, [2, 4, 10, 2], [72, 168, 408, 912], 24),
        RegNet("3_2gf", squeezes: false, [2, 6, 15, 2], [96, 192, 432, 1008], 48),
        RegNet("8gf", squeezes: false, [2, 5, 15, 1], [80, 240, 720, 1920], 120),
        RegNet("16gf", squeezes: false, [2, 6, 13, 1], [256, 512, 896, 2048], 128),
        RegNet("32gf", squeezes: false, [2, 7, 13, 1], [336, 672, 1344, 2520], 168),
        RegNet("400mf", squeezes: true, [1, 3, 6, 6], [48, 104, 208, 440], 8),
        RegNet("800mf", squeezes: true, [1, 3, 8, 2], [64, 144, 320, 784], 16),
        RegNet("1_6gf", squeezes: true, [2, 6, 17, 2], [48, 120, 336, 888], 24),
        RegNet("3_2gf", squeezes: true, [2, 5, 13, 1], [72, 216, 576, 1512], 24),
        RegNet("8gf", squeezes: true, [2, 4, 10, 1], [224, 448, 896, 2016], 56),
        RegNet("16gf", squeezes: true, [2, 4, 11, 1], [224, 448, 1232, 3024], 112),
        RegNet("32gf", squeezes: true, [2, 5, 12, 1], [232, 696, 1392, 3712], 232),
        RegNet("128gf", squeezes: true, [2, 7, 17, 1], [528, 1056, 2904, 7392], 264),
    ]

    var name: String { "regnet_\(squeezes ? "y" : "x")_\(size)" }
    var displayName: String {
        "RegNet\(squeezes ? "Y" : "X")-" + size.replacing("_", with: ".").replacing("mf", with: "MF").replacing("gf", with: "GF")
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.normalizedConvolution("stem.0", "stem.1", builder.image, to: 32, kernel: 3, stride: 2)
        x = builder.relu("stem.2", x)
        builder.alias("stem", x)
        for (stage, depth) in depths.enumerated() {
            let name = "trunk_output.block\(stage + 1)"
            for block in 0..<depth {
                x = try self.block("\(name).block\(stage + 1)-\(block)", x, stage: stage, stride: block == 0 ? 2 : 1, &builder)
            }
            builder.alias(name, x)
        }
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, "fc", x,
            input: size == "128gf"
                ? .init(resize: 384, interpolation: .bicubic, size: [384, 384]) : .init(resize: 256, size: [224, 224]),
            stages: ["stem.0"] + depths.indices.map { "trunk_output.block\($0 + 1)" }, landmarks: ["avgpool"])
    }

    private func block(
        _ name: String, _ x: NetworkBuilder.Node, stage: Int, stride: Int, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let width = widths[stage]
        var shortcut = x
        if stride != 1 || x.channels != width {
            shortcut = try builder.normalizedConvolution("\(name).proj.0", "\(name).proj.1", x, to: width, stride: stride)
            builder.alias("\(name).proj", shortcut)
        }
        var y = try builder.normalizedConvolution("\(name).f.a.0", "\(name).f.a.1", x, to: width)
        y = builder.relu("\(name).f.a.2", y)
        y = try builder.normalizedConvolution(
            "\(name).f.b.0", "\(name).f.b.1", y, to: width, kernel: 3, stride: stride, groups: width / groupWidths[stage])
        y = builder.relu("\(name).f.b.2", y)
        if squeezes {
            // A quarter of what the block reads.
            let part = SqueezeExcitation(
                name: "f.se", squeezed: x.channels / 4, nonlinearity: Rectifier(.relu), gate: Pointwise(.sigmoid))
            y = try builder.add(part, below: name, y)
        }
        y = try builder.normalizedConvolution("\(name).f.c.0", "\(name).f.c.1", y, to: width)
        builder.alias("\(name).f", y)
        return builder.relu(name, builder.add("\(name).sum", Sum(), shortcut, y))
    }
}
