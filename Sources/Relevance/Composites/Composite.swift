public import Network

/// Which rule each operation of a network gets: an ordered list, of which the first entry that matches counts.
public struct Composite: Sendable {
    /// What relevance starts from, and what the result is.
    public enum Quantity: Sendable, Equatable {
        /// A share of the target's own value at every place: starts from the value.
        case relevance
        /// The target's derivative at every place: starts from 1.
        case gradient
        /// The derivative times the value.
        case gradientTimesValue
    }

    /// Which operations an entry speaks of.
    public struct Match: Sendable {
        public var roles: Set<OperationRole>
        /// Names of nodes; nil is all.
        public var names: Set<String>?
        /// True for the first convolution or linear operation only: the one that reads the image.
        public var isFirst: Bool
        /// True where the input may be negative, the image excepted.
        public var isSigned: Bool
        /// True for depthwise convolutions only.
        public var isDepthwise: Bool

        public init(
            _ roles: Set<OperationRole>, names: Set<String>? = nil, isFirst: Bool = false, isSigned: Bool = false, isDepthwise: Bool = false
        ) {
            self.roles = roles
            self.names = names
            self.isFirst = isFirst
            self.isSigned = isSigned
            self.isDepthwise = isDepthwise
        }
    }

    public let name: String
    /// One sentence for readers.
    public let summary: String
    /// True to fold batch normalisation into convolutions first, so that no rule meets one.
    public let foldsBatchNormalization: Bool
    public let quantity: Quantity
    public let entries: [(match: Match, rule: any RelevanceRule)]

    /// True where values are shared out, false where derivatives are taken.
    public var isRelevance: Bool { quantity == .relevance }

    public init(
        _ name: String, summary: String, foldsBatchNormalization: Bool, quantity: Quantity = .relevance,
        entries: [(match: Match, rule: any RelevanceRule)]
    ) {
        self.name = name
        self.summary = summary
        self.foldsBatchNormalization = foldsBatchNormalization
        self.quantity = quantity
        self.entries = entries
    }
}
