import Tensors

/// The RegNets X and Y: bottlenecks with grouped convolutions, Y with squeeze-and-excitation (Radosavovic et al. 2020). Names as in
/// torchvision or as in timm.
struct RegNet: Architecture {
    let size: String
    let squeezes: Bool
    let depths: [Int]
    let widths: [Int]
    /// Channels of a group in each stage.
    let groupWidths: [Int]
    private let names: RegNetNames
    private let input: ImageNetwork.Input

    private init(_ size: String, squeezes: Bool, _ depths: [Int], _ widths: [Int], _ groupWidth: Int) {
        (self.size, self.squeezes, self.depths, self.widths, names) = (size, squeezes, depths, widths, .torchvision)
        groupWidths = widths.map { min($0, groupWidth) }
        input =
            size == "128gf"
            ? .init(resize: 384, interpolation: .bicubic, size: [384, 384]) : .init(resize: 256, size: [224, 224])
    }

    private init(timm size: String, squeezes: Bool, _ depths: [Int], _ widths: [Int], _ groupWidth: Int, resize: Int = 256) {
        (self.size, self.squeezes, self.depths, self.widths, names) = (size, squeezes, depths, widths, .timm)
        groupWidths = widths.map { min($0, groupWidth) }
        let resolution = resize == 384 ? 384 : 224
        input = .init(resize: resize, interpolation: .bicubic, size: [resolution, resolution])
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
        RegNet(timm: "002", squeezes: false, [1, 1, 4, 7], [24, 56, 152, 368], 8),
        RegNet(timm: "004", squeezes: false, [1, 2, 7, 12], [32, 64, 160, 384], 16),
        RegNet(timm: "006", squeezes: false, [1, 3, 5, 7], [48, 96, 240, 528], 24),
        RegNet(timm: "008", squeezes: false, [1, 3, 7, 5], [64, 128, 288, 672], 16, resize: 232),
        RegNet(timm: "016", squeezes: false, [2, 4, 10, 2], [72, 168, 408, 912], 24, resize: 232),
        RegNet(timm: "032", squeezes: false, [2, 6, 15, 2], [96, 192, 432, 1008], 48, resize: 232),
        RegNet(timm: "040", squeezes: false, [2, 5, 14, 2], [80, 240, 560, 1360], 40),
        RegNet(timm: "064", squeezes: false, [2, 4, 10, 1], [168, 392, 784, 1624], 56),
        RegNet(timm: "080", squeezes: false, [2, 5, 15, 1], [80, 240, 720, 1920], 120, resize: 232),
        RegNet(timm: "120", squeezes: false, [2, 5, 11, 1], [224, 448, 896, 2240], 112),
        RegNet(timm: "160", squeezes: false, [2, 6, 13, 1], [256, 512, 896, 2048], 128, resize: 232),
        RegNet(timm: "320", squeezes: false, [2, 7, 13, 1], [336, 672, 1344, 2520], 168, resize: 232),
        RegNet(timm: "002", squeezes: true, [1, 1, 4, 7], [24, 56, 152, 368], 8),
        RegNet(timm: "004", squeezes: true, [1, 3, 6, 6], [48, 104, 208, 440], 8, resize: 232),
        RegNet(timm: "006", squeezes: true, [1, 3, 7, 4], [48, 112, 256, 608], 16),
        RegNet(timm: "008", squeezes: true, [1, 3, 8, 2], [64, 128, 320, 768], 16),
        RegNet(timm: "016", squeezes: true, [2, 6, 17, 2], [48, 120, 336, 888], 24, resize: 232),
        RegNet(timm: "032", squeezes: true, [2, 5, 13, 1], [72, 216, 576, 1512], 24, resize: 235),
        RegNet(timm: "040", squeezes: true, [2, 6, 12, 2], [128, 192, 512, 1088], 64, resize: 235),
        RegNet(timm: "064", squeezes: true, [2, 7, 14, 2], [144, 288, 576, 1296], 72, resize: 235),
        RegNet(timm: "080", squeezes: true, [2, 4, 10, 1], [168, 448, 896, 2016], 56, resize: 235),
        RegNet(timm: "120", squeezes: true, [2, 5, 11, 1], [224, 448, 896, 2240], 112, resize: 235),
        RegNet(timm: "160", squeezes: true, [2, 4, 11, 1], [224, 448, 1232, 3024], 112, resize: 235),
        RegNet(timm: "320", squeezes: true, [2, 5, 12, 1], [232, 696, 1392, 3712], 232, resize: 232),
        RegNet(timm: "640", squeezes: true, [2, 5, 12, 1], [328, 984, 1968, 4920], 328, resize: 384),
        RegNet(timm: "1280", squeezes: true, [2, 7, 17, 1], [528, 1056, 2904, 7392], 264, resize: 384),
    ]

    private var letter: String { squeezes ? "y" : "x" }
    var name: String { names.isTimm ? "timm_regnet\(letter)_\(size)" : "regnet_\(letter)_\(size)" }
    var displayName: String {
        guard !names.isTimm else { return "RegNet\(letter.uppercased())-\(size) (timm)" }
        return "RegNet\(letter.uppercased())-"
            + size.replacing("_", with: ".").replacing("mf", with: "MF").replacing("gf", with: "GF")
    }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = try builder.normalizedConvolution(names.stem[0], names.stem[1], builder.image, to: 32, kernel: 3, stride: 2)
        x = builder.relu("stem.2", x)
        builder.alias("stem", x)
        for (stage, depth) in depths.enumerated() {
            for block in 0..<depth {
                x = try self.block(names.block(stage, block), x, stage: stage, stride: block == 0 ? 2 : 1, &builder)
            }
            builder.alias(names.stage(stage), x)
        }
        x = builder.add("avgpool", GlobalAveragePooling(), x)
        return try builder.classifier(
            of: self, names.head.module, x, standard: names.head.layers, input: input,
            stages: [names.stem[0]] + depths.indices.map(names.stage), landmarks: ["avgpool"])
    }

    private func block(
        _ name: String, _ x: NetworkBuilder.Node, stage: Int, stride: Int, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let width = widths[stage]
        func layers(_ part: [String]) -> [String] { part.map { "\(name).\($0)" } }
        var shortcut = x
        if stride != 1 || x.channels != width {
            let projection = layers(names.projection)
            shortcut = try builder.normalizedConvolution(projection[0], projection[1], x, to: width, stride: stride)
            builder.alias("\(name).\(names.shortcut)", shortcut)
        }
        let (first, second, third) = (layers(names.convolutions[0]), layers(names.convolutions[1]), layers(names.convolutions[2]))
        var y = try builder.normalizedConvolution(first[0], first[1], x, to: width)
        y = builder.relu(first[2], y)
        y = try builder.normalizedConvolution(
            second[0], second[1], y, to: width, kernel: 3, stride: stride, groups: width / groupWidths[stage])
        y = builder.relu(second[2], y)
        if squeezes {
            // A quarter of what the block reads.
            let part = SqueezeExcitation(
                name: names.squeeze, squeezed: max(1, Int((Double(x.channels) / 4).rounded(.toNearestOrEven))),
                nonlinearity: Rectifier(.relu), gate: Pointwise(.sigmoid))
            y = try builder.add(part, below: name, y)
        }
        y = try builder.normalizedConvolution(third[0], third[1], y, to: width)
        if !names.isTimm { builder.alias("\(name).f", y) }
        return builder.relu(name, builder.add("\(name).sum", Sum(), shortcut, y))
    }
}

/// What the modules of a RegNet are called.
struct RegNetNames: Sendable {
    var isTimm: Bool
    var stem: [String]
    /// Convolution, normalisation and ReLU of each of a block's three, below its name.
    var convolutions: [[String]]
    var shortcut: String
    /// Its convolution and normalisation.
    var projection: [String]
    var squeeze: String
    var head: (module: String, layers: [HeadLayer])

    func stage(_ index: Int) -> String { isTimm ? "s\(index + 1)" : "trunk_output.block\(index + 1)" }

    func block(_ stage: Int, _ block: Int) -> String {
        self.stage(stage) + (isTimm ? ".b\(block + 1)" : ".block\(stage + 1)-\(block)")
    }

    static let torchvision = RegNetNames(
        isTimm: false, stem: ["stem.0", "stem.1"], convolutions: [["f.a.0", "f.a.1", "f.a.2"], ["f.b.0", "f.b.1", "f.b.2"], ["f.c.0", "f.c.1"]],
        shortcut: "proj", projection: ["proj.0", "proj.1"], squeeze: "f.se", head: ("fc", HeadLayer.single))

    static let timm = RegNetNames(
        isTimm: true, stem: ["stem.conv", "stem.bn"],
        convolutions: (1...3).map { ["conv\($0).conv", "conv\($0).bn", "conv\($0)"] }, shortcut: "downsample",
        projection: ["downsample.conv", "downsample.bn"], squeeze: "se", head: ("head", [.linear("fc")]))
}
