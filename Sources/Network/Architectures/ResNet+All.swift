extension ResNet {
    private static let depths: [(Int, [Int], isBottleneck: Bool)] = [
        (18, [2, 2, 2, 2], false), (34, [3, 4, 6, 3], false), (50, [3, 4, 6, 3], true), (101, [3, 4, 23, 3], true), (152, [3, 8, 36, 3], true),
    ]

    static let all: [ResNet] =
        depths.map { ResNet("resnet\($0.0)", "ResNet-\($0.0)", $0.1, isBottleneck: $0.2) } + [
            ResNet("wide_resnet50_2", "Wide ResNet-50-2", [3, 4, 6, 3], groupWidth: 128),
            ResNet("wide_resnet101_2", "Wide ResNet-101-2", [3, 4, 23, 3], groupWidth: 128),
            ResNet("resnext50_32x4d", "ResNeXt-50 32x4d", [3, 4, 6, 3], groups: 32, groupWidth: 4),
            ResNet("resnext101_32x8d", "ResNeXt-101 32x8d", [3, 4, 23, 3], groups: 32, groupWidth: 8),
            ResNet(
                "resnext101_64x4d", "ResNeXt-101 64x4d", [3, 4, 23, 3], groups: 64, groupWidth: 4, input: .init(resize: 232, size: [224, 224])),
        ] + depths.map {
            ResNet(
                "cifar_resnet\($0.0)", "ResNet-\($0.0) (CIFAR)", $0.1, isBottleneck: $0.2, stem: .small(pools: false), names: .kuangliu,
                input: .cifar)
        } + small + sequences + timm + [unlisted]

    /// Under torchvision's names, behind a 3 x 3 convolution; whether a pool follows it, tensors do not tell.
    private static let small = [false, true].flatMap { pools in
        depths.map {
            ResNet(
                "cifar_resnet\($0.0)_torchvision" + (pools ? "_maxpool" : ""), "ResNet-\($0.0) (small images\(pools ? ", max pooling" : ""))", $0.1,
                isBottleneck: $0.2, stem: .small(pools: pools), names: .small, isRecognised: !pools, input: .cifar)
        }
    }

    /// As children of a `Sequential`.
    private static let sequences =
        depths.map { ResNet("fastai_resnet\($0.0)", "ResNet-\($0.0) (fastai)", $0.1, isBottleneck: $0.2, names: .fastai) }
        + depths.map { ResNet("sequential_resnet\($0.0)", "ResNet-\($0.0) (Sequential)", $0.1, isBottleneck: $0.2, names: .sequential) }

    // MARK: timm

    /// The variants of timm, by the names it gives them: the depth, then letters for the stem (`c`, `d`, `s`, `t`), groups, and what stands
    /// before the name (`se`, `eca`, `aa`, `blur`).
    private static let timm: [ResNet] =
        [
            "resnet10t", "resnet14t", "resnet18d", "resnet26", "resnet26d", "resnet26t", "resnet34d", "resnet50c", "resnet50d", "resnet50s", "resnet50t",
            "resnet101c", "resnet101d", "resnet101s", "resnet152c", "resnet152d", "resnet152s", "resnet200", "resnet200d", "resnext50d_32x4d",
            "resnext101_32x4d", "resnext101_32x16d", "resnext101_32x32d", "seresnet18", "seresnet34", "seresnet50", "seresnet50t", "seresnet101",
            "seresnet152", "seresnet152d", "seresnet200d", "seresnet269d", "seresnext26d_32x4d", "seresnext26t_32x4d", "seresnext50_32x4d",
            "seresnext101_32x4d", "seresnext101_32x8d", "seresnext101d_32x8d", "seresnext101_64x4d", "ecaresnet26t", "ecaresnet50d",
            "ecaresnet50t", "ecaresnet101d", "ecaresnet200d", "ecaresnet269d", "ecaresnext26t_32x4d", "ecaresnext50t_32x4d", "seresnetaa50d",
        ].compactMap { ResNet(timm: $0, isRecognised: true) }
        // Pooling in place of strides has no tensors.
        + [
            "resnetaa34d", "resnetaa50", "resnetaa50d", "resnetaa101d", "seresnextaa101d_32x8d", "resnetblur18", "resnetblur50", "resnetblur50d",
            "resnetblur101d",
        ].compactMap { ResNet(timm: $0, isRecognised: false) }

    private static let timmBlocks: [Int: [Int]] = [
        10: [1, 1, 1, 1], 14: [1, 1, 1, 1], 18: [2, 2, 2, 2], 26: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3],
        152: [3, 8, 36, 3], 200: [3, 24, 36, 3], 269: [3, 30, 48, 8],
    ]

    /// Resolution and shorter side of the networks that timm's weights are not for 224 of 256.
    private static let timmSizes: [String: (Int, Int)] = [
        "resnet10t": (176, 201), "resnet14t": (176, 201), "resnet26t": (256, 272), "resnet101d": (256, 269), "resnet152d": (256, 269),
        "resnet200d": (256, 269), "seresnet152d": (256, 269), "seresnet200d": (256, 292), "seresnet269d": (256, 292), "ecaresnet26t": (256, 292),
        "ecaresnet50t": (256, 292), "ecaresnet200d": (256, 269), "ecaresnet269d": (320, 336), "resnetaa50": (224, 235), "resnetaa50d": (224, 235),
        "resnetaa101d": (224, 235), "seresnextaa101d_32x8d": (288, 303), "seresnet50": (224, 235), "seresnext101_32x8d": (224, 235),
        "seresnext101d_32x8d": (224, 235),
    ]

    private init?(timm name: String, isRecognised: Bool) {
        let parts = name.split(separator: "_"), base = parts[0]
        guard let first = base.firstIndex(where: \.isNumber), let number = Int(base[first...].prefix { $0.isNumber }),
            let blocks = Self.timmBlocks[number]
        else { return nil }
        let letter = base.last.flatMap { $0.isNumber ? nil : $0 }
        let stem: Stem =
            switch letter {
            case "c", "d": .deep([32, 32, 64])
            case "s": .deep([64, 64, 128])
            case "t": .deep([24, 32, 64])
            default: .plain
            }
        let group = parts.count > 1 ? parts[1].dropLast().split(separator: "x").compactMap { Int($0) } : []
        let prefix = base[..<first]
        let attention: ChannelAttention? = prefix.hasPrefix("se") ? .squeeze : prefix.hasPrefix("eca") ? .neighbours : nil
        let antiAliasing: AntiAliasing? = prefix.hasSuffix("aa") ? .average : prefix.hasSuffix("blur") ? .blur : nil
        let (size, resize) = Self.timmSizes[name] ?? (224, 256)
        let title =
            (attention == .squeeze ? "SE-" : attention == .neighbours ? "ECA-" : "") + (group.count == 2 ? "ResNeXt-" : "ResNet-") + "\(number)"
            + (letter.map { "-\($0.uppercased())" } ?? "") + (group.count == 2 ? " \(parts[1])" : "")
            + (antiAliasing == .average ? ", average pooling for strides" : antiAliasing == .blur ? ", blur pooling for strides" : "")
        self.init(
            "timm_\(name)", title + " (timm)", blocks, isBottleneck: ![10, 18, 34].contains(number), groups: group.first ?? 1,
            groupWidth: group.count == 2 ? group[1] : 64, stem: stem, averages: letter == "d" || letter == "t", attention: attention,
            antiAliasing: antiAliasing, isRecognised: isRecognised,
            input: .init(
                resize: resize, interpolation: ["resnext101_32x4d", "resnext101_32x16d", "resnext101_32x32d"].contains(name) ? .bilinear : .bicubic,
                size: [size, size]))
    }
}
