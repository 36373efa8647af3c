import Tensors

/// The ResNets: with the stride in the 3 x 3 convolution of a bottleneck (He et al. 2016), wide (Zagoruyko and Komodakis 2016) and
/// grouped (Xie et al. 2017); with three convolutions for the first and averaging shortcuts (He et al. 2019); with attention to channels
/// (Hu et al. 2018; Wang et al. 2020); with pooling in place of strides (Zhang 2019); for images of 32 x 32 behind a 3 x 3 convolution.
/// Names as in torchvision and timm, or as `names` says.
struct ResNet: Architecture {
    /// What stands before the stages.
    enum Stem: Equatable {
        /// 7 x 7 and a pool.
        case plain
        /// 3 x 3, and a pool or none.
        case small(pools: Bool)
        /// Three 3 x 3 convolutions of these channels and a pool.
        case deep([Int])
    }

    let name: String
    let displayName: String
    let blocks: [Int]
    let isBottleneck: Bool
    let groups: Int
    /// Channels of a group in the first stage's 3 x 3 convolutions, as a multiple of 64 / groups: 1, or 2 in wide networks.
    let groupWidth: Int
    private(set) var stem: Stem
    private(set) var names = ResNetNames.torchvision
    private(set) var averagesShortcuts: Bool
    private(set) var attention: ChannelAttention?
    private(set) var antiAliasing: AntiAliasing?
    private(set) var isRecognised = true
    /// True for the one whose depth and widths its tensors tell.
    private(set) var readsSizes = false
    let input: ImageNetwork.Input

    init(
        _ name: String, _ displayName: String, _ blocks: [Int], isBottleneck: Bool = true, groups: Int = 1, groupWidth: Int = 64,
        stem: Stem = .plain, averages: Bool = false, attention: ChannelAttention? = nil, antiAliasing: AntiAliasing? = nil,
        names: ResNetNames = .torchvision, isRecognised: Bool = true, input: ImageNetwork.Input = .init(resize: 256, size: [224, 224])
    ) {
        (self.name, self.displayName, self.blocks, self.isBottleneck) = (name, displayName, blocks, isBottleneck)
        (self.groups, self.groupWidth, self.stem, averagesShortcuts) = (groups, groupWidth, stem, averages)
        (self.attention, self.antiAliasing, self.names, self.isRecognised) = (attention, antiAliasing, names, isRecognised)
        self.input = input
    }

    /// Residual networks of sizes that have no name.
    static let unlisted: ResNet = {
        var network = ResNet("resnet_unlisted", "ResNet", Sizes.least.blocks, isBottleneck: false)
        network.readsSizes = true
        return network
    }()

    func build(_ parameters: Parameters) throws -> ImageNetwork {
        var builder = NetworkBuilder(parameters, names: names.modules)
        let sizes = try sizes(parameters)
        var x = try addStem(&builder, sizes.stem)
        let form = ResidualForm(
            isBottleneck: sizes.isBottleneck, groups: sizes.groups,
            shortcut: averagesShortcuts ? .averagedProjection : .projection(names.shortcut), attention: attention,
            antiAliasing: antiAliasing)
        let stages = sizes.blocks.indices.map { "layer\($0 + 1)" }
        for (stage, count) in sizes.blocks.enumerated() {
            for block in 0..<count {
                x = try builder.residualBlock(
                    "\(stages[stage]).\(block)", x, width: sizes.widths[stage], outputs: sizes.outputs[stage],
                    stride: stage > 0 && block == 0 ? 2 : 1, form)
            }
            builder.alias(stages[stage], x)
        }
        let isDeep = if case .deep = stem { true } else { false }
        let readsTwice = names.concatenatesPools && builder.readsTwice(x, head: names.head)
        let pool = readsTwice ? "pool" : "avgpool"
        x = readsTwice ? builder.concatenatedPools(pool, x) : builder.add(pool, GlobalAveragePooling(), x)
        var network = try builder.classifier(
            of: self, names.head, x, standard: names.standardHead, classes: names.classes, input: input,
            stages: [isDeep ? "conv1.0" : "conv1"] + stages, landmarks: [pool])
        if readsSizes { network.displayName = "ResNet of \(sizes.words)" }
        return network
    }

    private func addStem(_ builder: inout NetworkBuilder, _ channels: Int) throws -> NetworkBuilder.Node {
        var x = builder.image, pools = true
        switch stem {
        case .plain: x = try builder.normalizedConvolution("conv1", "bn1", x, to: channels, kernel: 7, stride: 2)
        case .small(let hasPool):
            x = try builder.normalizedConvolution("conv1", "bn1", x, to: 64, kernel: 3)
            pools = hasPool
        case .deep(let widths):
            x = try builder.normalizedConvolution("conv1.0", "conv1.1", x, to: widths[0], kernel: 3, stride: 2)
            x = builder.relu("conv1.2", x)
            x = try builder.normalizedConvolution("conv1.3", "conv1.4", x, to: widths[1], kernel: 3)
            x = builder.relu("conv1.5", x)
            x = try builder.convolution("conv1.6", x, to: widths[2], kernel: 3)
            builder.alias("conv1", x)
            x = try builder.batchNormalization("bn1", x)
        }
        x = builder.relu("relu", x)
        guard pools else { return x }
        switch antiAliasing {
        case nil: return builder.add("maxpool", Pooling(.maximum, kernel: 3, stride: 2, padding: 1), x)
        case .average?: return builder.add("maxpool", Pooling(.average(countsPadding: true), kernel: 2, stride: 2), x)
        case .blur?:
            x = builder.add("maxpool.0", Pooling(.maximum, kernel: 3, stride: 1, padding: 1), x)
            x = builder.blur("maxpool.1", x)
            builder.alias("maxpool", x)
            return x
        }
    }
}

/// Weighing channels by what they hold on the whole map.
enum ChannelAttention {
    /// Through two layers (Hu et al. 2018).
    case squeeze
    /// By their neighbours among the channels (Wang et al. 2020).
    case neighbours
}

/// What reduces a map in place of a stride.
enum AntiAliasing {
    case average
    case blur
}

/// What blocks of a residual network have in common.
struct ResidualForm {
    var isBottleneck: Bool
    var groups = 1
    var shortcut = NetworkBuilder.Shortcut.projection("downsample")
    var attention: ChannelAttention?
    var antiAliasing: AntiAliasing?
}

extension NetworkBuilder {
    /// What a residual block's input passes where the block changes its shape.
    enum Shortcut {
        /// A 1 x 1 convolution and a normalisation, in modules below this name.
        case projection(String)
        /// The same in `downsample`, but windows are averaged first.
        case averagedProjection
    }

    /// The block of torchvision's ResNets: two 3 x 3 convolutions, or a bottleneck of `width` channels.
    mutating func residualBlock(
        _ name: String, _ x: Node, width: Int, outputs: Int, stride: Int, _ form: ResidualForm
    ) throws -> Node {
        let shortcut = try residualShortcut(name, x, outputs: outputs, stride: stride, form.shortcut)
        let pools = stride != 1 && form.antiAliasing != nil
        let step = pools ? 1 : stride
        var y: Node
        if form.isBottleneck {
            y = try normalizedConvolution("\(name).conv1", "\(name).bn1", x, to: width)
            y = relu("\(name).relu1", y)
            y = try normalizedConvolution("\(name).conv2", "\(name).bn2", y, to: width, kernel: 3, stride: step, groups: form.groups)
            y = relu("\(name).relu2", y)
            if pools { y = reduced("\(name).aa", y, form.antiAliasing) }
            y = try normalizedConvolution("\(name).conv3", "\(name).bn3", y, to: outputs)
        } else {
            y = try normalizedConvolution("\(name).conv1", "\(name).bn1", x, to: width, kernel: 3, stride: step)
            y = relu("\(name).relu1", y)
            if pools { y = reduced("\(name).aa", y, form.antiAliasing) }
            y = try normalizedConvolution("\(name).conv2", "\(name).bn2", y, to: outputs, kernel: 3)
        }
        switch form.attention {
        case nil: break
        case .squeeze?:
            let squeezed = parameters.firstExtent(of: "\(name).se.fc1.weight", otherwise: max(8, (outputs / 16 + 4) / 8 * 8))
            y = try add(
                SqueezeExcitation(name: "se", squeezed: squeezed, nonlinearity: Rectifier(.relu), gate: Pointwise(.sigmoid)), below: name, y)
        case .neighbours?: y = try weighedByNeighbours("\(name).se", y)
        }
        return relu(name, add("\(name).sum", Sum(), shortcut, y))
    }

    private mutating func residualShortcut(_ name: String, _ x: Node, outputs: Int, stride: Int, _ kind: Shortcut) throws -> Node {
        guard stride != 1 || x.channels != outputs else { return x }
        switch kind {
        case .projection(let part):
            let shortcut = try normalizedConvolution("\(name).\(part).0", "\(name).\(part).1", x, to: outputs, stride: stride)
            alias("\(name).\(part)", shortcut)
            return shortcut
        case .averagedProjection:
            var shortcut = x
            if stride != 1 {
                shortcut = add(
                    "\(name).downsample.0", Pooling(.average(countsPadding: false), kernel: 2, stride: stride, roundsUp: true), shortcut)
            }
            shortcut = try normalizedConvolution("\(name).downsample.1", "\(name).downsample.2", shortcut, to: outputs)
            alias("\(name).downsample", shortcut)
            return shortcut
        }
    }

    private mutating func reduced(_ name: String, _ x: Node, _ kind: AntiAliasing?) -> Node {
        kind == .average ? add(name, Pooling(.average(countsPadding: true), kernel: 2, stride: 2), x) : blur(name, x)
    }

    /// Half of the resolution, smoothed; beyond its edge a map is continued by its reflection.
    mutating func blur(_ name: String, _ x: Node) -> Node {
        let padded = add("\(name).padded", Rearrangement(.pad(low: [0, 1, 1], high: [0, 1, 1], mode: .reflect)), x)
        return add(name, BlurPooling(channels: x.channels), padded)
    }

    /// A factor for every channel, by a convolution along the channels of their means: as many as the kernel reaches.
    private mutating func weighedByNeighbours(_ name: String, _ x: Node) throws -> Node {
        // As many as the paper has for that many channels, where no checkpoint says.
        let reach = parameters.shape(of: "\(name).conv.weight").flatMap { $0.rank == 3 ? $0[2] : nil }
            ?? Self.neighbours(among: x.channels)
        var y = add("\(name).avgpool", GlobalAveragePooling(), x)
        y = add("\(name).row", Reshaping(to: [1, 1, x.channels]), y, channels: 1)
        let weights = try parameters.tensor("\(name).conv.weight", [1, 1, reach])
        let kernel = weights.values.isEmpty ? weights : weights.reshaped(to: [1, 1, 1, reach])
        y = add(
            "\(name).conv",
            Convolution(weights: kernel, bias: nil, stride: 1, padding: .explicit(low: [0, reach / 2], high: [0, reach / 2]), groups: 1), y)
        y = add("\(name).column", Reshaping(to: [x.channels, 1, 1]), y, channels: x.channels)
        y = add("\(name).scale_activation", Pointwise(.sigmoid), y)
        return add(name, Arithmetic(.product), x, y)
    }

    /// `|log2(channels) + 1| / 2`, the next odd number (Wang et al. 2020).
    private static func neighbours(among channels: Int) -> Int {
        let reach = (Int.bitWidth - channels.leadingZeroBitCount) / 2
        return max(3, reach % 2 == 1 ? reach : reach + 1)
    }
}
