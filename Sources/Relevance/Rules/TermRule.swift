public import Network
import Tensors

/// A rule for operations that are linear in their input, as groups of terms: what most rules of the literature are.
///
/// A group has the denominator `z`, the sum of its terms' outputs, each the operation with a part of its weights on a part of its
/// input. It hands on `share * R / z`, and every term brings back `x_part * (W_part^T s)`. The rule's relevance is the sum over
/// all terms of all groups (Montavon et al. 2019, "Layer-wise relevance propagation: an overview"; the form is that of
/// zennit's hooks, Anders et al. 2021).
public struct TermRule: RelevanceRule {
    public enum InputPart: Sendable, Hashable {
        case all, positive, negative, magnitude, ones
        /// The bounds of pixels, by colour channel.
        case lowest, highest
    }

    public enum WeightPart: Sendable, Hashable {
        case all, positive, negative, ones, squares, magnitudes
        /// The positive or the negative ones, and `leak` times the others with their sign turned.
        case leakingPositive(Float), leakingNegative(Float)
        /// All, and `gamma` times the positive or the negative ones on top.
        case favouringPositive(Float), favouringNegative(Float)

        func callAsFunction(_ weight: Float) -> Float {
            switch self {
            case .all: weight
            case .positive: max(weight, 0)
            case .negative: min(weight, 0)
            case .ones: 1
            case .squares: weight * weight
            case .magnitudes: abs(weight)
            case .leakingPositive(let leak): max(weight, 0) - leak * min(weight, 0)
            case .leakingNegative(let leak): min(weight, 0) - leak * max(weight, 0)
            case .favouringPositive(let gamma): weight + gamma * max(weight, 0)
            case .favouringNegative(let gamma): weight + gamma * min(weight, 0)
            }
        }
    }

    public struct Term: Sendable, Hashable {
        public var input: InputPart
        public var weights: WeightPart
        /// True when the same part of the bias takes part in the denominator, and with it in what is lost.
        public var keepsBias: Bool
        /// 1, or -1 for what is taken away.
        public var factor: Float

        public init(_ input: InputPart, _ weights: WeightPart, keepsBias: Bool = false, factor: Float = 1) {
            self.input = input
            self.weights = weights
            self.keepsBias = keepsBias
            self.factor = factor
        }
    }

    public struct Group: Sendable, Hashable {
        public var terms: [Term]
        /// Of the relevance that comes from behind.
        public var share: Float
        /// Where only outputs of one sign are handed on: that sign.
        public var sign: Float?

        public init(_ terms: [Term], share: Float = 1, sign: Float? = nil) {
            self.terms = terms
            self.share = share
            self.sign = sign
        }
    }

    public let name: String
    public let groups: [Group]
    public let stabilizer: Stabilizer

    public init(_ name: String, _ groups: [Group], _ stabilizer: Stabilizer) {
        self.name = name
        self.groups = groups
        self.stabilizer = stabilizer
    }

    public func way(through node: RuledNode) -> (any BackwardRule)? { Way(rule: self, range: node.pixelRange) }

    private struct Way: BackwardRule {
        let rule: TermRule
        let range: PixelRange
        var passesUnchanged: Bool { false }

        func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
            try TermKernel(rule, operation, preparation, range)
        }
    }
}
