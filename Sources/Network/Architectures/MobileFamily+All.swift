import Tensors

extension MobileFamily {
    static let all: [MobileFamily] = efficientNets + portedEfficientNets + editions + second + lite + mobile + third + searched + light

    /// Resolution, the shorter side after resizing, and what differs from ImageNet's colours and cubic interpolation.
    static func input(
        _ size: Int, _ resize: Int, half: Bool = false, _ interpolation: ImageNetwork.Input.Interpolation = .bicubic
    ) -> ImageNetwork.Input {
        let middle: [Float] = [0.5, 0.5, 0.5]
        return half
            ? .init(resize: resize, interpolation: interpolation, size: [size, size], mean: middle, standardDeviation: middle)
            : .init(resize: resize, interpolation: interpolation, size: [size, size])
    }

    init(
        _ name: String, _ displayName: String, _ stages: [[MobileBlock]], width: Double = 1, stem: Int, head features: Int,
        nonlinearity: any Operation, head: Head = .convolution, squeezesHard: Bool = false, leastShare: Double = 0.9,
        names: MobileNames = .timm, isTensorFlow: Bool = false, isRecognised: Bool = true, input: ImageNetwork.Input
    ) {
        self.init(
            name: name, displayName: displayName, stages: stages, width: width, ends: [stem, features], head: head,
            nonlinearity: nonlinearity, squeezesHard: squeezesHard, leastShare: leastShare, names: names, isTensorFlow: isTensorFlow,
            isRecognised: isRecognised, input: input)
    }

    static func scaled(_ channels: Int, _ width: Double, leastShare: Double = 0.9) -> Int {
        let wanted = Double(channels) * width, rounded = max(8, Int(wanted + 4) / 8 * 8)
        return Double(rounded) < leastShare * wanted ? rounded + 8 : rounded
    }

    // MARK: EfficientNet

    private static let efficientNetBlocks = [
        ["ds_r1_k3_s1_e1_c16_se0.25"], ["ir_r2_k3_s2_e6_c24_se0.25"], ["ir_r2_k5_s2_e6_c40_se0.25"], ["ir_r3_k3_s2_e6_c80_se0.25"],
        ["ir_r3_k5_s1_e6_c112_se0.25"], ["ir_r4_k5_s2_e6_c192_se0.25"], ["ir_r1_k3_s1_e6_c320_se0.25"],
    ]

    /// Factors of width and depth, and the inputs of timm's own weights and of those from TensorFlow.
    private static let compound: [(Double, Double, timm: ImageNetwork.Input, tensorFlow: ImageNetwork.Input)] = [
        (1.0, 1.0, input(224, 256), input(224, 256)), (1.0, 1.1, input(240, 266, half: true), input(240, 272)),
        (1.1, 1.2, input(256, 292), input(260, 292)), (1.2, 1.4, input(288, 329), input(300, 331)),
        (1.4, 1.8, input(320, 365), input(380, 412)), (1.6, 2.2, input(448, 448), input(456, 488)),
        (1.8, 2.6, input(528, 560), input(528, 560)), (2.0, 3.1, input(600, 632), input(600, 632)),
        (2.2, 3.6, input(672, 704), input(672, 704, half: true)),
    ]

    private static let efficientNets = [false, true].flatMap { isTensorFlow in
        compound.enumerated().map { variant, factors in
            MobileFamily(
                "timm_\(isTensorFlow ? "tf_" : "")efficientnet_b\(variant)",
                "EfficientNet-B\(variant) (timm\(isTensorFlow ? ", padded as in TensorFlow" : ""))",
                MobileBlock.stages(efficientNetBlocks, depth: factors.1), width: factors.0, stem: scaled(32, factors.0),
                head: scaled(1280, factors.0), nonlinearity: Pointwise(.silu), isTensorFlow: isTensorFlow, isRecognised: !isTensorFlow,
                input: isTensorFlow ? factors.tensorFlow : factors.timm)
        }
    }

    private static let portedEfficientNets = compound.enumerated().map { variant, factors in
        let size = [224, 240, 260, 300, 380, 456, 528, 600, 672][variant]
        return MobileFamily(
            "efficientnet_pytorch_b\(variant)", "EfficientNet-B\(variant)", MobileBlock.stages(efficientNetBlocks, depth: factors.1),
            width: factors.0, stem: scaled(32, factors.0), head: scaled(1280, factors.0), nonlinearity: Pointwise(.silu), names: .port,
            isTensorFlow: true, input: input(size, size * 8 / 7))
    }

    /// For small processors: ReLU, no squeeze-and-excitation, fused blocks first.
    private static let editions: [MobileFamily] = {
        let blocks = [
            ["er_r1_k3_s1_e4_c24_fc24_noskip"], ["er_r2_k3_s2_e8_c32"], ["er_r4_k3_s2_e8_c48"], ["ir_r5_k5_s2_e8_c96"],
            ["ir_r4_k5_s1_e8_c144"], ["ir_r2_k5_s2_e8_c192"],
        ]
        let sizes: [(String, Double, Double, Int, Int)] = [("s", 1.0, 1.0, 224, 256), ("m", 1.0, 1.1, 240, 272), ("l", 1.2, 1.4, 300, 331)]
        var all: [MobileFamily] = []
        for isTensorFlow in [false, true] {
            for (letter, width, depth, size, resize) in sizes {
                let title = "EfficientNet-Edge \(letter.uppercased()) (timm" + (isTensorFlow ? ", padded as in TensorFlow)" : ")")
                all.append(
                    MobileFamily(
                        (isTensorFlow ? "timm_tf_" : "timm_") + "efficientnet_e\(letter)", title, MobileBlock.stages(blocks, depth: depth),
                        width: width, stem: scaled(32, width), head: scaled(1280, width), nonlinearity: Rectifier(.relu),
                        isTensorFlow: isTensorFlow, isRecognised: !isTensorFlow, input: input(size, resize, half: isTensorFlow)))
            }
        }
        return all
    }()

    // MARK: EfficientNetV2

    private static let secondBlocks: [String: [[String]]] = [
        "s": [
            ["cn_r2_k3_s1_e1_c24_skip"], ["er_r4_k3_s2_e4_c48"], ["er_r4_k3_s2_e4_c64"], ["ir_r6_k3_s2_e4_c128_se0.25"],
            ["ir_r9_k3_s1_e6_c160_se0.25"], ["ir_r15_k3_s2_e6_c256_se0.25"],
        ],
        "m": [
            ["cn_r3_k3_s1_e1_c24_skip"], ["er_r5_k3_s2_e4_c48"], ["er_r5_k3_s2_e4_c80"], ["ir_r7_k3_s2_e4_c160_se0.25"],
            ["ir_r14_k3_s1_e6_c176_se0.25"], ["ir_r18_k3_s2_e6_c304_se0.25"], ["ir_r5_k3_s1_e6_c512_se0.25"],
        ],
        "l": [
            ["cn_r4_k3_s1_e1_c32_skip"], ["er_r7_k3_s2_e4_c64"], ["er_r7_k3_s2_e4_c96"], ["ir_r10_k3_s2_e4_c192_se0.25"],
            ["ir_r19_k3_s1_e6_c224_se0.25"], ["ir_r25_k3_s2_e6_c384_se0.25"], ["ir_r7_k3_s1_e6_c640_se0.25"],
        ],
        "rw_s": [
            ["er_r2_k3_s1_e1_c24"], ["er_r4_k3_s2_e4_c48"], ["er_r4_k3_s2_e4_c64"], ["ir_r6_k3_s2_e4_c128_se0.25"],
            ["ir_r9_k3_s1_e6_c160_se0.25"], ["ir_r15_k3_s2_e6_c272_se0.25"],
        ],
        "base": [
            ["cn_r1_k3_s1_e1_c16_skip"], ["er_r2_k3_s2_e4_c32"], ["er_r2_k3_s2_e4_c48"], ["ir_r3_k3_s2_e4_c96_se0.25"],
            ["ir_r5_k3_s1_e6_c112_se0.25"], ["ir_r8_k3_s2_e6_c192_se0.25"],
        ],
    ]

    /// Weights for the sizes of the paper came from TensorFlow: they are taken for that.
    private static let second: [MobileFamily] = {
        let sizes: [(String, Int, timm: ImageNetwork.Input, tensorFlow: ImageNetwork.Input)] = [
            ("s", 24, input(288, 288), input(300, 300, half: true)), ("m", 24, input(320, 320), input(384, 384, half: true)),
            ("l", 32, input(384, 384), input(384, 384, half: true)),
        ]
        var all: [MobileFamily] = []
        for (size, stem, timm, tensorFlow) in sizes {
            for isTensorFlow in [true, false] {
                let title = "EfficientNetV2-\(size.uppercased()) (timm" + (isTensorFlow ? ", padded as in TensorFlow)" : ")")
                all.append(
                    MobileFamily(
                        (isTensorFlow ? "timm_tf_" : "timm_") + "efficientnetv2_\(size)", title, MobileBlock.stages(secondBlocks[size] ?? []),
                        stem: stem, head: 1280, nonlinearity: Pointwise(.silu), isTensorFlow: isTensorFlow, isRecognised: isTensorFlow,
                        input: isTensorFlow ? tensorFlow : timm))
            }
        }
        all.append(
            MobileFamily(
                "timm_efficientnetv2_rw_s", "EfficientNetV2-S (timm, first)", MobileBlock.stages(secondBlocks["rw_s"] ?? []), stem: 24,
                head: 1792, nonlinearity: Pointwise(.silu), input: input(288, 288)))
        all.append(
            MobileFamily(
                "timm_efficientnetv2_rw_t", "EfficientNetV2-T (timm)", MobileBlock.stages(secondBlocks["s"] ?? [], depth: 0.9), width: 0.8,
                stem: scaled(24, 0.8), head: scaled(1280, 0.8), nonlinearity: Pointwise(.silu), input: input(224, 224)))
        let base: [(Double, Double, ImageNetwork.Input)] = [
            (1.0, 1.0, input(192, 219)), (1.0, 1.1, input(192, 217)), (1.1, 1.2, input(208, 233)), (1.2, 1.4, input(240, 266, half: true)),
        ]
        for (variant, (width, depth, input)) in base.enumerated() {
            all.append(
                MobileFamily(
                    "timm_tf_efficientnetv2_b\(variant)", "EfficientNetV2-B\(variant) (timm)",
                    MobileBlock.stages(secondBlocks["base"] ?? [], depth: depth), width: width, stem: scaled(32, width, leastShare: 0),
                    head: scaled(1280, width, leastShare: 0), nonlinearity: Pointwise(.silu), leastShare: 0, isTensorFlow: true, input: input))
        }
        return all
    }()

    // MARK: EfficientNet-Lite

    /// Without squeeze-and-excitation, ReLU6, stem and head not scaled: the port, timm's port of TensorFlow's weights, timm's own training.
    private static let lite: [MobileFamily] = {
        let blocks = efficientNetBlocks.map { $0.map { $0.replacing("_se0.25", with: "") } }
        // Width, depth, the port's resolution, timm's resolution and shorter side.
        let sizes: [(Double, Double, Int, Int, Int)] = [
            (1.0, 1.0, 224, 224, 256), (1.0, 1.1, 240, 240, 272), (1.1, 1.2, 260, 260, 292), (1.2, 1.4, 280, 300, 331),
            (1.4, 1.8, 300, 380, 413),
        ]
        var all: [MobileFamily] = []
        for prefix in ["", "timm_tf_", "timm_"] {
            for (variant, (width, depth, size, crop, resize)) in sizes.enumerated() where prefix != "timm_" || variant == 0 {
                let isTensorFlow = prefix != "timm_", isPort = prefix.isEmpty
                let interpolation: ImageNetwork.Input.Interpolation = isTensorFlow && variant > 2 ? .bilinear : .bicubic
                all.append(
                    MobileFamily(
                        "\(prefix)efficientnet_lite\(variant)", "EfficientNet-Lite\(variant)" + (isPort ? "" : " (timm)"),
                        MobileBlock.stages(blocks, depth: depth, fixesEnds: true), width: width, stem: 32, head: 1280,
                        nonlinearity: Rectifier(.clipped(upper: 6)), names: isPort ? .port : .timm, isTensorFlow: isTensorFlow,
                        isRecognised: isTensorFlow,
                        input: isPort
                            ? .init(resize: size * 8 / 7, size: [size, size]) : input(crop, resize, half: isTensorFlow, interpolation)))
            }
        }
        return all
    }()

    // MARK: MNASNet, MobileNetV2, and others

    private static let mobile: [MobileFamily] = {
        func family(
            _ name: String, _ title: String, _ blocks: [[String]], width: Double = 1, depth: Double = 1, stem: Int, head: Int,
            _ nonlinearity: any Operation = Rectifier(.relu), fixesEnds: Bool = false, scalesStem: Bool = true, roundsUp: Bool = true,
            input size: ImageNetwork.Input = input(224, 256)
        ) -> MobileFamily {
            MobileFamily(
                "timm_\(name)", title + " (timm)", MobileBlock.stages(blocks, depth: depth, fixesEnds: fixesEnds, roundsUp: roundsUp),
                width: width, stem: scalesStem ? scaled(stem, width) : stem, head: head, nonlinearity: nonlinearity, input: size)
        }
        let mnas = [
            ["ds_r1_k3_s1_c16_noskip"], ["ir_r3_k3_s2_e3_c24"], ["ir_r3_k5_s2_e3_c40"], ["ir_r3_k5_s2_e6_c80"], ["ir_r2_k3_s1_e6_c96"],
            ["ir_r4_k5_s2_e6_c192"], ["ir_r1_k3_s1_e6_c320_noskip"],
        ]
        let squeezing = [
            ["ds_r1_k3_s1_e1_c16_noskip"], ["ir_r2_k3_s2_e6_c24"], ["ir_r3_k5_s2_e3_c40_se0.25"], ["ir_r4_k3_s2_e6_c80"],
            ["ir_r2_k3_s1_e6_c112_se0.25"], ["ir_r3_k5_s2_e6_c160_se0.25"], ["ir_r1_k3_s1_e6_c320"],
        ]
        let second = [
            ["ds_r1_k3_s1_c16"], ["ir_r2_k3_s2_e6_c24"], ["ir_r3_k3_s2_e6_c32"], ["ir_r4_k3_s2_e6_c64"], ["ir_r3_k3_s1_e6_c96"],
            ["ir_r3_k3_s2_e6_c160"], ["ir_r1_k3_s1_e6_c320"],
        ]
        let relu6 = Rectifier(.clipped(upper: 6))
        let widths: [(String, Double)] = [("050", 0.5), ("075", 0.75), ("100", 1.0), ("140", 1.4)]
        var all: [MobileFamily] = []
        for (name, width) in widths {
            all.append(family("mnasnet_\(name)", "MNASNet-B1 \(width)", mnas, width: width, stem: 32, head: 1280))
            all.append(family("semnasnet_\(name)", "MNASNet-A1 \(width)", squeezing, width: width, stem: 32, head: 1280))
        }
        for (name, width) in [("035", 0.35)] + widths {
            let head = max(1280, scaled(1280, width))
            all.append(family("mobilenetv2_\(name)", "MobileNetV2 \(width)", second, width: width, stem: 32, head: head, relu6))
        }
        for (name, width, depth) in [("110d", 1.1, 1.2), ("120d", 1.2, 1.4)] {
            all.append(
                family(
                    "mobilenetv2_\(name)", "MobileNetV2 \(width), depth \(depth)", second, width: width, depth: depth, stem: 32, head: 1280,
                    relu6, fixesEnds: true, scalesStem: false))
        }
        let tiny: [(String, Double, Double, Int, Int)] = [
            ("a", 1.0, 1.2, 192, 219), ("b", 0.75, 1.1, 188, 214), ("c", 0.54, 0.85, 184, 210), ("d", 0.54, 0.695, 152, 173),
            ("e", 0.51, 0.6, 106, 121),
        ]
        for (name, width, depth, size, resize) in tiny {
            all.append(
                family(
                    "tinynet_\(name)", "TinyNet-\(name.uppercased())", efficientNetBlocks, width: width, depth: depth, stem: 32,
                    head: max(1280, scaled(1280, width)), Pointwise(.silu), scalesStem: false, roundsUp: false, input: input(size, resize)))
        }
        let singlePath = [
            ["ds_r1_k3_s1_c16_noskip"], ["ir_r3_k3_s2_e3_c24"], ["ir_r1_k5_s2_e6_c40", "ir_r3_k3_s1_e3_c40"],
            ["ir_r1_k5_s2_e6_c80", "ir_r3_k3_s1_e3_c80"], ["ir_r1_k5_s1_e6_c96", "ir_r3_k5_s1_e3_c96"], ["ir_r4_k5_s2_e6_c192"],
            ["ir_r1_k3_s1_e6_c320_noskip"],
        ]
        let facebook = [
            ["ir_r1_k3_s1_e1_c16"], ["ir_r1_k3_s2_e6_c24", "ir_r2_k3_s1_e1_c24"],
            ["ir_r1_k5_s2_e6_c32", "ir_r1_k5_s1_e3_c32", "ir_r1_k5_s1_e6_c32", "ir_r1_k3_s1_e6_c32"],
            ["ir_r1_k5_s2_e6_c64", "ir_r1_k5_s1_e3_c64", "ir_r2_k5_s1_e6_c64"], ["ir_r3_k5_s1_e6_c112", "ir_r1_k5_s1_e3_c112"],
            ["ir_r4_k5_s2_e6_c184"], ["ir_r1_k3_s1_e6_c352"],
        ]
        all.append(family("fbnetc_100", "FBNet-C", facebook, stem: 16, head: 1984, input: input(224, 256, .bilinear)))
        all.append(family("spnasnet_100", "Single-Path NAS", singlePath, stem: 32, head: 1280, input: input(224, 256, .bilinear)))
        return all
    }()

    // MARK: MobileNetV3

    private static let third: [MobileFamily] = {
        let large = [
            ["ds_r1_k3_s1_e1_c16_nre"], ["ir_r1_k3_s2_e4_c24_nre", "ir_r1_k3_s1_e3_c24_nre"], ["ir_r3_k5_s2_e3_c40_se0.25_nre"],
            ["ir_r1_k3_s2_e6_c80", "ir_r1_k3_s1_e2.5_c80", "ir_r2_k3_s1_e2.3_c80"], ["ir_r2_k3_s1_e6_c112_se0.25"],
            ["ir_r3_k5_s2_e6_c160_se0.25"], ["cn_r1_k1_s1_c960"],
        ]
        let small = [
            ["ds_r1_k3_s2_e1_c16_se0.25_nre"], ["ir_r1_k3_s2_e4.5_c24_nre", "ir_r1_k3_s1_e3.67_c24_nre"],
            ["ir_r1_k5_s2_e4_c40_se0.25", "ir_r2_k5_s1_e6_c40_se0.25"], ["ir_r2_k5_s1_e3_c48_se0.25"], ["ir_r3_k5_s2_e6_c96_se0.25"],
            ["cn_r1_k1_s1_c576"],
        ]
        let sizes: [(String, String, Double)] = [
            ("large", "075", 0.75), ("large", "100", 1.0), ("small", "050", 0.5), ("small", "075", 0.75), ("small", "100", 1.0),
        ]
        var all: [MobileFamily] = []
        for isTensorFlow in [false, true] {
            for (size, number, width) in sizes where !isTensorFlow || number != "050" {
                let isLarge = size == "large", isLinear = isTensorFlow || (isLarge && number == "075")
                let title = "MobileNetV3 \(size) \(width) (timm" + (isTensorFlow ? ", padded as in TensorFlow)" : ")")
                all.append(
                    MobileFamily(
                        (isTensorFlow ? "timm_tf_" : "timm_") + "mobilenetv3_\(size)_\(number)", title,
                        MobileBlock.stages(isLarge ? large : small), width: width, stem: width < 0.75 ? 16 : scaled(16, width),
                        head: isLarge ? 1280 : 1024, nonlinearity: Pointwise(.hardSwish), head: .pooled, squeezesHard: true,
                        isTensorFlow: isTensorFlow, isRecognised: !isTensorFlow,
                        input: input(224, 256, half: isTensorFlow, isLinear ? .bilinear : .bicubic)))
            }
        }
        return all
    }()
}
