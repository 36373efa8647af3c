import Tensors

/// ConvNeXt, atto to extra large: depthwise 7 x 7 convolutions, layer normalisation and a two-layer perceptron at every position (Liu et
/// al. 2022). Names as in torchvision or as in timm. The second version, atto to huge, has a response normalisation in the perceptron and
/// no layer scale (Woo et al. 2023); names as in timm.
struct ConvNeXt: Architecture {
    let size: String
    let blocks: [Int]
    let width: Int
    let isTimm: Bool
    /// The shorter side after resizing.
    let resize: Int
    var version = 1

    static let all = first + others + second

    /// The first version's other sizes in timm.
    private static let others = [
        ("atto", [2, 2, 6, 2], 40, 256), ("femto", [2, 2, 6, 2], 48, 256), ("pico", [2, 2, 6, 2], 64, 256), ("nano", [2, 2, 8, 2], 80, 235),
        ("xlarge", [3, 3, 27, 3], 256, 256),
    ].map { ConvNeXt(size: $0.0, blocks: $0.1, width: $0.2, isTimm: true, resize: $0.3) }

    private static let first = [false, true].flatMap { isTimm in
        [
            ("tiny", [3, 3, 9, 3], 96, 236, 235), ("small", [3, 3, 27, 3], 96, 230, 235), ("base", [3, 3, 27, 3], 128, 232, 256),
            ("large", [3, 3, 27, 3], 192, 232, 256),
        ].map { ConvNeXt(size: $0.0, blocks: $0.1, width: $0.2, isTimm: isTimm, resize: isTimm ? $0.4 : $0.3) }
    }

    private static let second = [
        ("atto", [2, 2, 6, 2], 40, 235), ("femto", [2, 2, 6, 2], 48, 235), ("pico", [2, 2, 6, 2], 64, 235), ("nano", [2, 2, 8, 2], 80, 235),
        ("tiny", [3, 3, 9, 3], 96, 235), ("small", [3, 3, 27, 3], 96, 235), ("base", [3, 3, 27, 3], 128, 235),
        ("large", [3, 3, 27, 3], 192, 235), ("huge", [3, 3, 27, 3], 352, 235),
    ].map { ConvNeXt(size: $0.0, blocks: $0.1, width: $0.2, isTimm: true, resize: $0.3, version: 2) }

    var name: String { (isTimm ? "timm_" : "") + (version == 1 ? "convnext_\(size)" : "convnextv2_\(size)") }
    var displayName: String { "ConvNeXt\(version == 1 ? "" : "V2")-\(size.capitalized)" + (isTimm ? " (timm)" : "") }

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters)
        var x = builder.image
        for (stage, count) in blocks.enumerated() {
            x = try reduction(stage, x, &builder)
            let name = isTimm ? "stages.\(stage)" : "features.\(2 * stage + 1)"
            for block in 0..<count { x = try self.block(isTimm ? "\(name).blocks.\(block)" : "\(name).\(block)", x, &builder) }
            builder.alias(name, x)
        }
        x = builder.add(isTimm ? "head.global_pool" : "avgpool", GlobalAveragePooling(), x)
        // VITAL's choice for the base network, and in the authors' code for its sisters, of which no weights are published: the stem, the
        // downsampling convolutions, the last block.
        let isPublished = ["tiny", "small", "base", "large"].contains(size) && version == 1
        let downsampled = (1...3).map { isTimm ? "stages.\($0).downsample.1" : "features.\(2 * $0).1" }
        let ends = blocks.indices.map { isTimm ? "stages.\($0)" : "features.\(2 * $0 + 1)" }
        let matched = isPublished ? downsampled + [isTimm ? "stages.3.blocks.2" : "features.7.2"] : ends
        let stem = isTimm ? (isPublished ? "stem" : "stem.0") : (isPublished ? "features.0" : "features.0.0")
        return try builder.classifier(
            of: self, isTimm ? "head" : "classifier", x,
            standard: [.layerNormalization(isTimm ? "norm" : "0"), .linear(isTimm ? "fc" : "2")],
            input: .init(resize: resize, interpolation: isTimm ? .bicubic : .bilinear, size: [224, 224]),
            stages: [stem] + matched, reported: ends, landmarks: isPublished ? ends : [],
            weights: isPublished ? [10, 1, 1, 1, 1] : nil)
    }

    /// The stem, or the normalisation and convolution that halve the resolution before a stage.
    private func reduction(
        _ stage: Int, _ x: NetworkBuilder.Node, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let name = isTimm ? (stage == 0 ? "stem" : "stages.\(stage).downsample") : "features.\(2 * stage)"
        var y = x
        if stage == 0 {
            y = try builder.convolution("\(name).0", y, to: width, kernel: 4, stride: 4, padding: 0, bias: true)
            y = try builder.layerNormalization("\(name).1", y, onMaps: true)
        } else {
            y = try builder.layerNormalization("\(name).0", y, onMaps: true)
            y = try builder.convolution("\(name).1", y, to: width << stage, kernel: 2, stride: 2, padding: 0, bias: true)
        }
        builder.alias(name, y)
        return y
    }

    private func block(_ name: String, _ x: NetworkBuilder.Node, _ builder: inout NetworkBuilder) throws -> NetworkBuilder.Node {
        let parameters = builder.parameters
        let modules = (isTimm ? ["conv_dw", "norm", "mlp.fc1", "mlp.act", "mlp.fc2"] : (0...5).map { "block.\($0)" }.filter { $0 != "block.1" })
            .map { "\(name).\($0)" }
        var y = try builder.convolution(modules[0], x, to: x.channels, kernel: 7, groups: x.channels, bias: true)
        y = try builder.layerNormalization(modules[1], y, onMaps: true)
        let hidden = 4 * x.channels
        y = try perceptronLayer(modules[2], y, to: hidden, &builder)
        y = builder.add(modules[3], Pointwise(.gelu), y)
        if version == 2 {
            let grn = "\(name).mlp.grn"
            let numbers = try ["weight", "bias"].map { try parameters.tensor("\(grn).\($0)", [hidden]).values }
            y = builder.add(grn, GlobalResponseNormalization(weight: numbers[0], bias: numbers[1]), y)
        }
        y = try perceptronLayer(modules[4], y, to: x.channels, &builder)
        guard version == 1 else { return builder.add(name, Sum(), x, y) }
        let factors = isTimm ? "\(name).gamma" : "\(name).layer_scale"
        let scale = try parameters.tensor(factors, isTimm ? [x.channels] : [x.channels, 1, 1])
        y = builder.add(factors, Affine(learnedScale: scale.values, axis: 0), y)
        return builder.add(name, Sum(), x, y)
    }

    /// timm keeps the linear layers of its small networks as convolutions; other files have matrices.
    private func perceptronLayer(
        _ name: String, _ x: NetworkBuilder.Node, to outputs: Int, _ builder: inout NetworkBuilder
    ) throws -> NetworkBuilder.Node {
        let parameters = builder.parameters
        let isConvolution = parameters.isFree ? width < 96 : parameters.shape(of: "\(name).weight")?.rank == 4
        if isConvolution { return try builder.convolution(name, x, to: outputs, bias: true) }
        return builder.add(name, try parameters.pointwiseLinear(name, inputs: x.channels, outputs: outputs), x, channels: outputs)
    }
}
