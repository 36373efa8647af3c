import Diagnostics
import Tensors

/// Which of a file's tensors are the network's, and what they are called in it.
struct CheckpointNames {
    /// What stands before the network's names in the file.
    let prefix: String
    /// For each tensor its name in the network; nil for those outside.
    let names: [String?]
    /// Whole names of those outside, in the file's order.
    let outside: [String]
    /// As `Checkpoint.candidates`.
    let candidates: [NetworkCandidate]
    /// What was assumed, as sentences for a person.
    let remarks: [String]

    /// Counters of profilers (thop), which stand in every module and take no part in what it computes.
    private static let bookkeeping: Set<String> = ["total_ops", "total_params"]

    /// - Parameters:
    ///   - tensors: in the file's order.
    ///   - wanted: the prefix that was chosen, whole or its last parts; empty to leave the names as they are, nil to find one.
    ///   - architecture: where several networks are found, those of this one are meant.
    ///   - isGraph: names belong to a graph that uses them as they are.
    /// - Throws: `Problem` if `wanted` stands before no names, or before names in several places.
    init(
        _ tensors: [(name: String, shape: Shape)], path: String, prefix wanted: String?, architecture: (any Architecture)?, isGraph: Bool
    ) throws {
        guard wanted != "", !isGraph else {
            (prefix, names, outside, candidates, remarks) = ("", tensors.map(\.name), [], [], [])
            return
        }
        let plain = tensors.map { (name: NamePrefix.withoutInnerWrappers($0.name), shape: $0.shape) }
        func below(_ prefix: String) -> [(name: String, shape: Shape)] {
            plain.compactMap { name, shape in
                guard name.hasPrefix(prefix), name.utf8.count > prefix.utf8.count, !Self.isBookkeeping(name) else { return nil }
                return (String(name.dropFirst(prefix.count)), shape)
            }
        }
        var scope = try wanted.map { try Self.scope($0, plain, path) } ?? ""
        scope += NamePrefix.common(to: plain.map(\.name).filter { $0.hasPrefix(scope) }.map { String($0.dropFirst(scope.count)) })
        let inScope = below(scope)
        let found = NetworkSearch(inScope).candidates(of: architecture).map { $0.below(scope) }
        let primary = found.filter { !$0.isSecondary }
        let chosen = found.count == 1 ? found.first : primary.count == 1 ? primary.first : nil
        candidates = chosen.map { [$0] } ?? found
        remarks = chosen.map { Self.remarks(on: $0, among: found) } ?? []
        // Of a network that is not known, the wrapper of nearly all names is no part of it.
        let isUnknown = found.isEmpty && inScope.count >= NetworkSearch.leastCount
        let prefix = chosen?.prefix ?? scope + (isUnknown ? NamePrefix.dominant(in: inScope.map(\.name)) : "")
        let classifier = chosen?.classifier
        self.prefix = prefix
        names = plain.map { name, _ in
            if let classifier, name.hasPrefix(classifier.stored) { return classifier.name + name.dropFirst(classifier.stored.count) }
            guard name.hasPrefix(prefix) else { return name == NamePrefix.counter ? name : nil }
            return Self.isBookkeeping(name) ? nil : NamePrefix.remove(prefix, from: name)
        }
        outside = zip(tensors, names).compactMap { $1 == nil ? $0.name : nil }
    }

    private static func isBookkeeping(_ name: String) -> Bool {
        bookkeeping.contains(name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name)
    }

    private static func remarks(on chosen: NetworkCandidate, among found: [NetworkCandidate]) -> [String] {
        var remarks = found.filter { $0 != chosen }.map {
            "Read from \(chosen.description); another is \($0.description): --prefix \(printable($0.prefix)) chooses it"
        }
        if let classifier = chosen.classifier {
            remarks.append("Read as \(chosen.architecture) whose classifier \(classifier.name)* is stored as \(printable(classifier.stored))*")
        }
        return remarks
    }

    /// The whole prefix that `wanted` stands for.
    private static func scope(_ wanted: String, _ tensors: [(name: String, shape: Shape)], _ path: String) throws -> String {
        let names = tensors.map(\.name)
        let found = NamePrefix.full(NamePrefix.withoutInnerWrappers(wanted), in: names)
        if found.count == 1 { return found[0] }
        let networks = NetworkSearch(tensors).candidates()
        guard found.isEmpty else {
            throw Problem(
                "--prefix \(printable(wanted)) stands before tensors of '\(path)' in \(found.count) places",
                explanation: "They begin with \(found.prefix(6).map(printable).joined(separator: ", ")).", remedy: "Name one of them whole.",
                kind: .usage)
        }
        var parts: [String] = []
        for name in names where parts.count < 8 {
            let part = String(name.prefix { $0 != "." })
            if !parts.contains(part) { parts.append(part) }
        }
        throw Problem(
            "'\(path)' has no tensors below \(printable(wanted))",
            explanation: networks.isEmpty
                ? "Their names begin with \(parts.map(printable).joined(separator: ", "))."
                : "It holds \(networks.prefix(6).map(\.description).joined(separator: "; ")).",
            remedy: networks.first.map { "Choose one with --prefix, such as --prefix \(printable($0.prefix)), or leave it out." }
                ?? "Leave --prefix out.", kind: .usage)
    }
}
