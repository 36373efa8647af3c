/// An error that a person can act on: what was wrong and where, what was expected, what to do.
///
/// The summary is one clause without a full stop and names the thing (file, layer, tensor); the explanation says what was
/// expected; the remedy says what to do next. Everything that can go wrong because of what somebody else gave us is thrown
/// as a `Problem`; traps are for our own mistakes.
public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// The command line or configuration asks for something that makes no sense. Exit code 2.
        case usage
        /// The work could not be done. Exit code 1.
        case failure
    }

    public let kind: Kind
    public let summary: String
    public let explanation: String?
    public let remedy: String?

    public init(_ summary: String, explanation: String? = nil, remedy: String? = nil, kind: Kind = .failure) {
        self.kind = kind
        self.summary = summary
        self.explanation = explanation
        self.remedy = remedy
    }

    /// The problem as it is shown on a terminal: summary, explanation and remedy, a line each.
    public var description: String {
        [summary, explanation, remedy].compactMap { $0 }.joined(separator: "\n  ")
    }
}
