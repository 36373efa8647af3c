import Tensors

/// A row of like blocks, as timm writes it: `ir_r2_k5_s2_e6_c40_se0.25` is twice an inverted residual of kernel 5, the first at every other
/// position, six times as wide within, to 40 channels, with squeeze-and-excitation to a quarter.
struct MobileBlock {
    enum Kind: String {
        /// A convolution.
        case convolution = "cn"
        /// A depthwise convolution, then one that mixes channels.
        case separable = "ds"
        /// Widened before, narrowed after a depthwise convolution.
        case inverted = "ir"
        /// One convolution widens and looks around.
        case fused = "er"
    }

    let kind: Kind
    var repeats = 1
    private(set) var kernel = 3
    private(set) var stride = 1
    private(set) var expansion = 1.0
    private(set) var outputs = 0
    /// Of its channels, how many squeeze-and-excitation keeps; 0 where there is none.
    private(set) var squeeze = 0.0
    /// ReLU, whatever the network has.
    private(set) var isRectified = false
    /// A nonlinearity follows the mixing of channels, too: `dsa`.
    let isActiveBehind: Bool
    /// Whether it is added to its input where shapes allow.
    private(set) var adds: Bool
    /// What a fused block widens, where it is not its input.
    private(set) var widened: Int?

    init?(_ text: String) {
        let parts = text.split(separator: "_")
        guard let first = parts.first, let kind = Kind(rawValue: first == "dsa" ? "ds" : String(first)) else { return nil }
        self.kind = kind
        isActiveBehind = first == "dsa"
        adds = kind != .convolution && !isActiveBehind
        for part in parts.dropFirst() {
            let letters = part.prefix { $0.isLetter }, number = Double(part.dropFirst(letters.count)) ?? 0
            switch letters {
            case "r": repeats = Int(number)
            case "k": kernel = Int(number)
            case "s": stride = Int(number)
            case "e": expansion = number
            case "c": outputs = Int(number)
            case "se": squeeze = number
            case "fc": widened = Int(number)
            case "nre": isRectified = true
            case "skip": adds = true
            case "noskip": adds = false
            default: return nil
            }
        }
    }

    /// Stages of a network: rows of blocks, `depth` times as many of each stage, rounded up, or to the nearest. As many at both ends
    /// where those are fixed.
    static func stages(_ text: [[String]], depth: Double = 1, fixesEnds: Bool = false, roundsUp: Bool = true) -> [[MobileBlock]] {
        text.enumerated().map { index, rows in
            var blocks = rows.compactMap(MobileBlock.init)
            guard !fixesEnds || (index > 0 && index < text.count - 1) else { return blocks }
            var left = blocks.reduce(0) { $0 + $1.repeats }
            var wanted = max(1, Int((Double(left) * depth).rounded(roundsUp ? .up : .toNearestOrEven)))
            // Shares of the whole, from the last row on.
            for row in blocks.indices.reversed() {
                let share = max(1, Int((Double(blocks[row].repeats) / Double(left) * Double(wanted)).rounded(.toNearestOrEven)))
                left -= blocks[row].repeats
                wanted -= share
                blocks[row].repeats = share
            }
            return blocks
        }
    }
}
