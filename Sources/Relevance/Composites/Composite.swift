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

    /// A part of the sentence about a composite, for networks that have operations of these kinds.
    public struct Clause: Sendable {
        public var words: String
        /// Said where there is an operation of one of these roles; empty is always.
        public var roles: Set<OperationRole>
        /// Said only where there are depthwise convolutions.
        public var isDepthwise: Bool
        /// In brackets behind it.
        public var details: [Clause]

        public init(_ words: String, where roles: Set<OperationRole> = [], isDepthwise: Bool = false, details: [Clause] = []) {
            self.words = words
            self.roles = roles
            self.isDepthwise = isDepthwise
            self.details = details
        }

        /// Nil where it has nothing to speak of.
        fileprivate func text(_ operations: [any Operation]?) -> String? {
            if let operations {
                guard roles.isEmpty || operations.contains(where: { roles.contains($0.role) }) else { return nil }
                guard !isDepthwise || operations.contains(where: { ($0 as? Convolution)?.isDepthwise ?? false }) else { return nil }
            }
            let details = details.compactMap { $0.text(operations) }.joined(separator: ", ")
            return details.isEmpty ? words : "\(words) (\(details))"
        }
    }

    public let name: String
    private let clauses: [Clause]
    /// True to fold batch normalisation into convolutions first, so that no rule meets one.
    public let foldsBatchNormalization: Bool
    public let quantity: Quantity
    public let entries: [(match: Match, rule: any RelevanceRule)]

    /// One sentence for readers, about all operations that it has rules for.
    public var summary: String { sentence(nil) }

    /// The sentence as far as it speaks of operations that `graph` has.
    public func summary(for graph: Graph) -> String { sentence(graph.nodes.map(\.operation)) }

    private func sentence(_ operations: [any Operation]?) -> String { clauses.compactMap { $0.text(operations) }.joined(separator: ", ") + "." }

    /// True where values are shared out, false where derivatives are taken.
    public var isRelevance: Bool { quantity == .relevance }

    public init(
        _ name: String, clauses: [Clause], foldsBatchNormalization: Bool, quantity: Quantity = .relevance,
        entries: [(match: Match, rule: any RelevanceRule)]
    ) {
        self.name = name
        self.clauses = clauses
        self.foldsBatchNormalization = foldsBatchNormalization
        self.quantity = quantity
        self.entries = entries
    }

    /// - Parameter summary: one sentence, whatever the network.
    public init(
        _ name: String, summary: String, foldsBatchNormalization: Bool, quantity: Quantity = .relevance,
        entries: [(match: Match, rule: any RelevanceRule)]
    ) {
        self.init(
            name, clauses: [Clause(summary.hasSuffix(".") ? String(summary.dropLast()) : summary)], foldsBatchNormalization: foldsBatchNormalization,
            quantity: quantity, entries: entries)
    }
}
