/// The rules of the literature, with zennit's names where it has one.
extension TermRule {
    /// `R_in = a (W^T R / (W a + b + epsilon sign))` (Bach et al. 2015, equation 58).
    public static func epsilon(_ epsilon: Float = 1e-6) -> TermRule {
        TermRule("epsilon", [Group([Term(.all, .all, keepsBias: true)])], .signed(epsilon))
    }

    /// The z+ rule as VITAL's authors run it: `R_in = a (W+^T R / (W+ a + 1e-5))`, inputs as they are.
    public static let vitalPlus = TermRule("z+", [Group([Term(.all, .positive)])], .added(1e-5))

    /// What VITAL's authors run at the pixels: z+ with ones in place of the image, `R_in = W+^T R / (W+ 1 + 1e-5)`. Normalised colours have
    /// both signs, and met by positive weights alone they cancel in the denominator: a pixel may then get several times all relevance.
    public static let vitalPixels = TermRule("z+ of ones", [Group([Term(.ones, .positive)])], .added(1e-5))

    /// The z+ rule for inputs of either sign: positive inputs with positive weights and negative ones with negative weights. The same
    /// as `vitalPlus` for inputs that are not negative; nothing is lost to biases.
    public static let signedPlus = TermRule("z+", [Group([Term(.positive, .positive), Term(.negative, .negative)])], .added(1e-5))

    /// z+ for depthwise kernels, which see a single channel: often nothing there speaks for an output, or all is zero and the output is
    /// the shift of the normalisation behind, and z+ has nobody to hand relevance to. So what speaks against an output counts as well, by
    /// `leak`, and every input as if it were larger by `floor`: `(|a| + floor) |w|` in the end. Both are so small that they only count where
    /// nothing else does. What is lost is what meets a kernel of zeros. Ours.
    public static func leakingPlus(_ leak: Float = 0.01, floor: Float = 1e-4) -> TermRule {
        leakingPlus([Term(.all, .leakingPositive(leak))], floor)
    }

    /// `leakingPlus` for inputs of either sign, as `signedPlus`.
    public static func signedLeakingPlus(_ leak: Float = 0.01, floor: Float = 1e-4) -> TermRule {
        leakingPlus([Term(.positive, .leakingPositive(leak)), Term(.negative, .leakingNegative(leak))], floor)
    }

    private static func leakingPlus(_ terms: [Term], _ floor: Float) -> TermRule {
        TermRule("z+ with leaks", [Group(terms + [Term(.ones, .magnitudes, factor: floor)])], .added(1e-9))
    }

    /// zennit's `ZPlus` (Montavon et al. 2017): as `signedPlus`, with the positive part of the bias.
    public static func zPlus(_ epsilon: Float = 1e-6) -> TermRule {
        TermRule("z+", [Group([Term(.positive, .positive, keepsBias: true), Term(.negative, .negative)])], .signed(epsilon))
    }

    /// `alpha` parts of what speaks for an output less `beta` parts of what speaks against it (Bach et al. 2015, equation 60).
    public static func alphaBeta(_ alpha: Float = 2, _ beta: Float = 1, epsilon: Float = 1e-6) -> TermRule {
        TermRule(
            "alpha-beta",
            [
                Group([Term(.positive, .positive, keepsBias: true), Term(.negative, .negative)], share: alpha),
                Group([Term(.positive, .negative, keepsBias: true), Term(.negative, .positive)], share: -beta),
            ], .signed(epsilon))
    }

    /// Favours what speaks for an output by `gamma` (Montavon et al. 2019; for inputs of either sign Andéol et al. 2021).
    public static func gamma(_ gamma: Float = 0.25, epsilon: Float = 1e-6) -> TermRule {
        TermRule(
            "gamma",
            [
                Group([Term(.positive, .favouringPositive(gamma), keepsBias: true), Term(.negative, .favouringNegative(gamma))], sign: 1),
                Group([Term(.positive, .favouringNegative(gamma), keepsBias: true), Term(.negative, .favouringPositive(gamma))], sign: -1),
            ], .signed(epsilon))
    }

    /// For pixels between bounds (Montavon et al. 2017, "z^B").
    public static func zBox(_ epsilon: Float = 1e-6) -> TermRule {
        TermRule(
            "z-box",
            [
                Group([
                    Term(.all, .all, keepsBias: true), Term(.lowest, .positive, keepsBias: true, factor: -1),
                    Term(.highest, .negative, keepsBias: true, factor: -1),
                ])
            ], .signed(epsilon))
    }

    /// Equal shares for all inputs (Lapuschkin et al. 2019).
    public static func flat(_ epsilon: Float = 1e-6) -> TermRule {
        TermRule("flat", [Group([Term(.ones, .ones)])], .signed(epsilon))
    }

    /// Shares by squared weights (Montavon et al. 2017).
    public static func wSquare(_ epsilon: Float = 1e-6) -> TermRule {
        TermRule("w-square", [Group([Term(.ones, .squares)])], .signed(epsilon))
    }

    /// For means over positions: shares in proportion to `|a|`, `R_in = |a| (mean^T R / (mean |a| + 1e-5))`. What VITAL's authors do,
    /// who only have inputs that are not negative.
    public static let average = TermRule("average", [Group([Term(.magnitude, .all)])], .added(1e-5))
}
