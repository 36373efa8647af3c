import Tensors

extension MobileFamily {
    // MARK: HardCoRe-NAS and LCNet

    /// Found by search within MobileNetV3's blocks (Nayman et al. 2021).
    static let searched: [MobileFamily] = {
        func stage(_ channels: Int, _ rows: String...) -> [String] {
            rows.map { "ir_r1_" + $0.replacing("|", with: "_c\(channels)_") }.map { $0.hasSuffix("_") ? String($0.dropLast()) : $0 }
        }
        let found: [(letter: String, [[String]])] = [
            (
                "a",
                [
                    stage(24, "k5_s2_e3|nre", "k5_s1_e3|nre_se0.25"), stage(40, "k5_s2_e3|nre", "k5_s1_e6|nre_se0.25"),
                    stage(80, "k5_s2_e6|se0.25", "k5_s1_e6|se0.25"), stage(112, "k5_s1_e6|se0.25", "k5_s1_e6|se0.25"),
                    stage(192, "k5_s2_e6|se0.25", "k5_s1_e6|se0.25"),
                ]
            ),
            (
                "b",
                [
                    stage(24, "k5_s2_e3|nre", "k5_s1_e3|nre_se0.25", "k3_s1_e3|nre"), stage(40, "k5_s2_e3|nre", "k5_s1_e3|nre", "k5_s1_e3|nre"),
                    stage(80, "k5_s2_e3|", "k5_s1_e3|", "k3_s1_e3|", "k3_s1_e3|"), stage(112, "k5_s1_e3|", "k3_s1_e3|", "k3_s1_e3|", "k3_s1_e3|"),
                    stage(192, "k5_s2_e6|se0.25", "k5_s1_e6|se0.25", "k3_s1_e3|se0.25"),
                ]
            ),
            (
                "c",
                [
                    stage(24, "k5_s2_e3|nre", "k5_s1_e3|nre_se0.25"), stage(40, "k5_s2_e3|nre", "k5_s1_e3|nre", "k5_s1_e3|nre", "k5_s1_e3|nre"),
                    stage(80, "k5_s2_e4|", "k5_s1_e6|se0.25", "k3_s1_e3|", "k3_s1_e3|"),
                    stage(112, "k5_s1_e6|se0.25", "k3_s1_e3|", "k3_s1_e3|", "k3_s1_e3|"),
                    stage(192, "k5_s2_e6|se0.25", "k5_s1_e6|se0.25", "k3_s1_e3|se0.25"),
                ]
            ),
            (
                "d",
                [
                    stage(24, "k5_s2_e3|nre_se0.25", "k5_s1_e3|nre_se0.25"),
                    stage(40, "k5_s2_e3|nre_se0.25", "k5_s1_e4|nre_se0.25", "k3_s1_e3|nre_se0.25"),
                    stage(80, "k5_s2_e4|se0.25", "k3_s1_e3|se0.25", "k3_s1_e3|se0.25", "k3_s1_e3|se0.25"),
                    stage(112, "k3_s1_e4|se0.25", "k5_s1_e4|se0.25", "k3_s1_e3|se0.25", "k5_s1_e3|se0.25"),
                    stage(192, "k5_s2_e6|se0.25", "k5_s1_e6|se0.25", "k5_s1_e6|se0.25", "k3_s1_e6|se0.25"),
                ]
            ),
            (
                "e",
                [
                    stage(24, "k5_s2_e3|nre_se0.25", "k5_s1_e3|nre_se0.25"),
                    stage(40, "k5_s2_e6|nre_se0.25", "k5_s1_e4|nre_se0.25", "k5_s1_e4|nre_se0.25", "k3_s1_e3|nre_se0.25"),
                    stage(80, "k5_s2_e4|se0.25", "k3_s1_e6|se0.25"),
                    stage(112, "k5_s1_e6|se0.25", "k5_s1_e6|se0.25", "k5_s1_e6|se0.25", "k5_s1_e3|se0.25"),
                    stage(192, "k5_s2_e6|se0.25", "k5_s1_e6|se0.25", "k5_s1_e6|se0.25", "k3_s1_e6|se0.25"),
                ]
            ),
            (
                "f",
                [
                    stage(24, "k5_s2_e3|nre_se0.25", "k5_s1_e3|nre_se0.25"), stage(40, "k5_s2_e6|nre_se0.25", "k5_s1_e6|nre_se0.25"),
                    stage(80, "k5_s2_e6|se0.25", "k5_s1_e6|se0.25", "k3_s1_e3|se0.25", "k3_s1_e3|se0.25"),
                    stage(112, "k3_s1_e6|se0.25", "k5_s1_e6|se0.25", "k5_s1_e6|se0.25", "k3_s1_e3|se0.25"),
                    stage(192, "k5_s2_e6|se0.25", "k5_s1_e6|se0.25", "k3_s1_e6|se0.25", "k3_s1_e6|se0.25"),
                ]
            ),
        ]
        return found.map { letter, stages in
            MobileFamily(
                "timm_hardcorenas_\(letter)", "HardCoRe-NAS \(letter.uppercased()) (timm)",
                MobileBlock.stages([["ds_r1_k3_s1_e1_c16_nre"]] + stages + [["cn_r1_k1_s1_c960"]]), stem: 32, head: 1280,
                nonlinearity: Pointwise(.hardSwish), head: .pooled, squeezesHard: true, input: input(224, 256, .bilinear))
        }
    }()

    /// Depthwise and pointwise convolutions by turns, without shortcuts (Cui et al. 2021).
    static let light: [MobileFamily] = {
        let blocks = [
            ["dsa_r1_k3_s1_c32"], ["dsa_r2_k3_s2_c64"], ["dsa_r2_k3_s2_c128"], ["dsa_r1_k3_s2_c256", "dsa_r1_k5_s1_c256"], ["dsa_r4_k5_s1_c256"],
            ["dsa_r2_k5_s2_c512_se0.25"],
        ]
        let widths: [(String, Double, ImageNetwork.Input.Interpolation)] = [
            ("035", 0.35, .bilinear), ("050", 0.5, .bicubic), ("075", 0.75, .bicubic), ("100", 1.0, .bicubic), ("150", 1.5, .bilinear),
        ]
        return widths.map { number, width, interpolation in
            var family = MobileFamily(
                "timm_lcnet_\(number)", "LCNet \(width) (timm)", MobileBlock.stages(blocks), width: width, stem: scaled(16, width), head: 1280,
                nonlinearity: Pointwise(.hardSwish), head: .pooled, squeezesHard: true, input: input(224, 256, interpolation))
            family.squeezesExactly = true
            return family
        }
    }()
}
