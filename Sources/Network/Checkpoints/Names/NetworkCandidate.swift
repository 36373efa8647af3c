import Diagnostics

/// A known network among a checkpoint's tensors: those whose names share a prefix.
public struct NetworkCandidate: Sendable, Equatable {
    /// What stands before the names of its tensors: `module.student.`; empty if nothing does.
    public let prefix: String
    /// The name of the architecture whose tensors these are.
    public let architecture: String
    public let tensorCount: Int
    /// Where the classifier stands when it has another name than the rest: `head.fc.` in place of the network's `fc.`.
    let classifier: Classifier?

    struct Classifier: Sendable, Equatable {
        /// In the file.
        let stored: String
        /// In the network.
        let name: String
    }

    /// True for a running mean of another network's weights, which training keeps beside them.
    var isSecondary: Bool { prefix.split(separator: ".").contains { Self.isAverage(String($0)) } }

    private static let averages: Set<String> = ["ema", "encoder_k", "key_encoder", "target_encoder", "averaged_model", "swa_model", "swa"]

    private static func isAverage(_ part: String) -> Bool {
        averages.contains(part) || part.hasPrefix("ema_") || part.hasSuffix("_ema") || part.hasPrefix("momentum_")
    }

    /// The same where names in the file begin with `scope`.
    func below(_ scope: String) -> NetworkCandidate {
        NetworkCandidate(
            prefix: scope + prefix, architecture: architecture, tensorCount: tensorCount,
            classifier: classifier.map { .init(stored: scope + $0.stored, name: $0.name) })
    }

    /// As a message lists it.
    var description: String {
        "\(prefix.isEmpty ? "without a prefix" : printable(prefix)) (\(architecture), \(tensorCount) tensors)"
    }
}
