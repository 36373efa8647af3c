import Tensors

extension MobileFamily {
    static let all: [MobileFamily] = efficientNets + portedEfficientNets + editions + second + lite + mobile + third

    /// Resolution, the shorter side after resizing, and what differs from ImageNet's colours and cubic interpolation.
    private static func input(
        _ size: Int, _ resize: Int, half: Bool = false, _ interpolation: ImageNetwork.Input.Interpolation = .bicubic
    ) -> ImageNetwork.Input {
        let middle: [Float] = [0.5, 0.5, 0.5]
        return half
            ? .init(resize: resize, interpolation: interpolation, size: [size, size], mean: middle, standardDeviation: middle)
            : .init(resize: resize, interpolation: interpolation, size: [size, size])
    }

    private init(
        _ name: String, _ displayName: String, _ stages: [[MobileBlock]], width: Double = 1, stem: Int, head features: Int,
        nonlinearity: any Operation, head: Head = .convolution, squeezesHard: Bool = false, leastShare: Double = 0.9,
        names: MobileNames = .timm, isTensorFlow: Bool = false, isRecognised: Bool = true, input: ImageNetwork.Input
    ) {
        self.init(
            name: name, displayName: displayName, stages: stages, width: width, ends: [stem, features], head: head,
            nonlinearity: nonlinearity, squeezesHard: squeezesHard, leastShare: leastShare, names: names, isTensorFlow: isTensorFlow,
            isRecognised: isRecognised, input: input)
    }

    private static func scaled(_ channels: Int, _ width: Double, leastShare: Double = 0.9) -> Int {
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
    private static let editions = [false, true].flatMap { isTensorFlow in
        [("s", 1.0, 1.0, 224, 256), ("m", 1.0, 1.1, 240, 272), ("l", 1.2, 1.4, 300, 331)].map { letter, width, depth, size, resize in
            MobileFamily(
                "timm_\(isTensorFlow ? "tf_" : "")efficientnet_e\(letter)",
                "EfficientNet-Edge \(letter.uppercased()) (timm\(isTensorFlow ? ", padded as in TensorFlow" : ""))",
                MobileBlock.stages(
                    [
                        ["er_r1_k3_s1_e4_c24_fc24_noskip"], ["er_r2_k3_s2_e8_c32"], ["er_r4_k3_s2_e8_c48"], ["ir_r5_k5_s2_e8_c96"],
                        ["ir_r4_k5_s1_e8_c144"], ["ir_r2_k5_s2_e8_c192"],
                    ], depth: depth), width: width, stem: scaled(32, width), head: scaled(1280, width), nonlinearity: Rectifier(.relu),
                isTensorFlow: isTensorFlow, isRecognised: !isTensorFlow, input: input(size, resize, half: isTensorFlow))
        }
    }

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
    private static let second: [MobileFamily] =
        [("s", 24, input(288, 288), input(300, 300, half: true)), ("m", 24, input(320, 320), input(384, 384, half: true)),
            ("l", 32, input(384, 384), input(384, 384, half: true))].flatMap { size, stem, timm, tensorFlow in
            [true, false].map { isTensorFlow in
                MobileFamily(
                    "timm_\(isTensorFlow ? "tf_" : "")efficientnetv2_\(size)",
                    "EfficientNetV2-\(size.uppercased()) (timm\(isTensorFlow ? ", padded as in TensorFlow" : ""))",
                    MobileBlock.stages(secondBlocks[size] ?? []), stem: stem, head: 1280, nonlinearity: Pointwise(.silu),
                    isTensorFlow: isTensorFlow, isRecognised: isTensorFlow, input: isTensorFlow ? tensorFlow : timm)
            }
        } + [
            MobileFamily(
                "timm_efficientnetv2_rw_s", "EfficientNetV2-S (timm, first)", MobileBlock.stages(secondBlocks["rw_s"] ?? []), stem: 24,
                head: 1792, nonlinearity: Pointwise(.silu), input: input(288, 288)),
            MobileFamily(
                "timm_efficientnetv2_rw_t", "EfficientNetV2-T (timm)", MobileBlock.stages(secondBlocks["s"] ?? [], depth: 0.9), width: 0.8,
                stem: scaled(24, 0.8), head: scaled(1280, 0.8), nonlinearity: Pointwise(.silu), input: input(224, 224)),
        ] + [
            (1.0, 1.0, input(192, 219)), (1.0, 1.1, input(192, 217)), (1.1, 1.2, input(208, 233)), (1.2, 1.4, input(240, 266, half: true)),
        ].enumerated().map { variant, factors in
            let (width, depth, input) = factors
            return MobileFamily(
                "timm_tf_efficientnetv2_b\(variant)", "EfficientNetV2-B\(variant) (timm)", MobileBlock.stages(secondBlocks["base"] ?? [], depth: depth),
                width: width, stem: scaled(32, width, leastShare: 0), head: scaled(1280, width, leastShare: 0), nonlinearity: Pointwise(.silu),
                leastShare: 0, isTensorFlow: true, input: input)
        }

    // MARK: EfficientNet-Lite

    /// Without squeeze-and-excitation, ReLU6, stem and head not scaled: the port, timm's port of TensorFlow's weights, timm's own training.
    private static let lite: [MobileFamily] = [("", MobileNames.port), ("timm_tf_", .timm), ("timm_", .timm)].flatMap { prefix, names in
        [
            (1.0, 1.0, 224, (224, 256)), (1.0, 1.1, 240, (240, 272)), (1.1, 1.2, 260, (260, 292)), (1.2, 1.4, 280, (300, 331)),
            (1.4, 1.8, 300, (380, 413)),
        ].enumerated().prefix(prefix == "timm_" ? 1 : 5).map { variant, factors in
            let (width, depth, size, timm) = factors
            return MobileFamily(
                "\(prefix)efficientnet_lite\(variant)", "EfficientNet-Lite\(variant)" + (prefix.isEmpty ? "" : " (timm)"),
                MobileBlock.stages(
                    efficientNetBlocks.map { $0.map { $0.replacing("_se0.25", with: "") } }, depth: depth, fixesEnds: true),
                width: width, stem: 32, head: 1280, nonlinearity: Rectifier(.clipped(upper: 6)), names: names,
                isTensorFlow: prefix != "timm_", isRecognised: prefix != "timm_",
                input: prefix.isEmpty
                    ? .init(resize: size * 8 / 7, size: [size, size])
                    : input(timm.0, timm.1, half: prefix == "timm_tf_", prefix == "timm_tf_" && variant > 2 ? .bilinear : .bicubic))
        }
    }

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
        let widths = [("050", 0.5), ("075", 0.75), ("100", 1.0), ("140", 1.4)]
        return widths.map { family("mnasnet_\($0.0)", "MNASNet-B1 \($0.1)", mnas, width: $0.1, stem: 32, head: 1280) }
            + widths.map { family("semnasnet_\($0.0)", "MNASNet-A1 \($0.1)", squeezing, width: $0.1, stem: 32, head: 1280) }
            + ([("035", 0.35)] + widths).map {
                family("mobilenetv2_\($0.0)", "MobileNetV2 \($0.1)", second, width: $0.1, stem: 32, head: max(1280, scaled(1280, $0.1)), relu6)
            }
            + [("110d", 1.1, 1.2), ("120d", 1.2, 1.4)].map {
                family(
                    "mobilenetv2_\($0.0)", "MobileNetV2 \($0.1), depth \($0.2)", second, width: $0.1, depth: $0.2, stem: 32, head: 1280, relu6,
                    fixesEnds: true, scalesStem: false)
            }
            + [("a", 1.0, 1.2, 192, 219), ("b", 0.75, 1.1, 188, 214), ("c", 0.54, 0.85, 184, 210), ("d", 0.54, 0.695, 152, 173), ("e", 0.51, 0.6, 106, 121)]
            .map {
                family(
                    "tinynet_\($0.0)", "TinyNet-\($0.0.uppercased())", efficientNetBlocks, width: $0.1, depth: $0.2, stem: 32,
                    head: max(1280, scaled(1280, $0.1)), Pointwise(.silu), scalesStem: false, roundsUp: false, input: input($0.3, $0.4))
            }
            + [
                family(
                    "spnasnet_100", "Single-Path NAS",
                    [
                        ["ds_r1_k3_s1_c16_noskip"], ["ir_r3_k3_s2_e3_c24"], ["ir_r1_k5_s2_e6_c40", "ir_r3_k3_s1_e3_c40"],
                        ["ir_r1_k5_s2_e6_c80", "ir_r3_k3_s1_e3_c80"], ["ir_r1_k5_s1_e6_c96", "ir_r3_k5_s1_e3_c96"], ["ir_r4_k5_s2_e6_c192"],
                        ["ir_r1_k3_s1_e6_c320_noskip"],
                    ], stem: 32, head: 1280, input: input(224, 256, .bilinear))
            ]
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
        return [false, true].flatMap { isTensorFlow in
            [("large", "075", 0.75), ("large", "100", 1.0), ("small", "050", 0.5), ("small", "075", 0.75), ("small", "100", 1.0)]
                .filter { !isTensorFlow || $0.1 != "050" }
                .map { size, number, width in
                    MobileFamily(
                        "timm_\(isTensorFlow ? "tf_" : "")mobilenetv3_\(size)_\(number)",
                        "MobileNetV3 \(size) \(width) (timm\(isTensorFlow ? ", padded as in TensorFlow" : ""))",
                        MobileBlock.stages(size == "large" ? large : small), width: width, stem: width < 0.75 ? 16 : scaled(16, width),
                        head: size == "large" ? 1280 : 1024, nonlinearity: Pointwise(.hardSwish), head: .pooled, squeezesHard: true,
                        isTensorFlow: isTensorFlow, isRecognised: !isTensorFlow,
                        input: isTensorFlow || (size == "large" && number == "075")
                            ? input(224, 256, half: isTensorFlow, .bilinear) : input(224, 256))
                }
        }
    }()
}
