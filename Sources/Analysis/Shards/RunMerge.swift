import Diagnostics
import Foundation
public import Run

/// Joins shards to what one process would have made.
public struct RunMerge {
    /// What was joined.
    public struct Outcome {
        public let part: RunPart
        public let shards: Int
        /// The names of the processors that worked on it, more than one where results may round otherwise than one machine's.
        public let processors: [String]
    }

    private let folders: [RunFolder]
    private let target: RunFolder

    /// Of the shards in `folders`, into `target`, which is made if it is not there.
    public init(_ folders: [RunFolder], into target: RunFolder) {
        self.folders = folders
        self.target = target
    }

    /// Throws a `Problem` that names every shard that is lost, repeated, not finished, damaged or of another run; nothing is changed then.
    public func run() throws -> Outcome {
        // A refusal leaves no folder behind.
        let early = try target.isThere ? nil : checked()
        try RunFolder.create(at: target.path)
        let lock = try RunLock(target)
        defer { withExtendedLifetime(lock) {} }
        try target.removeTemporaries()
        let (shards, identity) = try early ?? checked()
        guard let first = shards.first else { throw Problem("No shards are named", kind: .usage) }
        try joinAlgorithms(shards)
        if !target.exists(.manifest) {
            guard let manifest = try shards.lazy.compactMap({ try $0.folder.readBytes(.manifest) }).first else {
                throw Problem("\(target.path) is not the run that these shards are of", explanation: "It has no run.json.", kind: .usage)
            }
            try target.writeBytes(manifest, to: .manifest)
        }
        try identity.write(to: target)
        try ReportStages.sharing(first.record.part).join(shards, into: target, identity)
        return Outcome(
            part: first.record.part, shards: shards.count, processors: Set(shards.map(\.record.processor)).sorted())
    }

    // MARK: Which shards

    /// The shards in their order, and the run that they are of.
    private func checked() throws -> (shards: [FinishedShard], identity: RunIdentity) {
        var complaints: [String] = [], known: [(folder: RunFolder, record: ShardRecord)] = []
        for folder in folders {
            do {
                guard let record = try folder.read(ShardRecord.self, from: ShardRecord.path) else {
                    complaints.append("\(folder.path) holds no shard")
                    continue
                }
                known.append((folder, record))
            } catch { complaints.append("\(folder.path): \((error as? Problem)?.summary ?? "\(error)")") }
        }
        // Most shards are of the run that is meant, unless there is one to say which.
        let own = try target.read(RunManifest.self, from: .manifest).map(RunIdentity.init)
        guard let identity = own ?? Self.mostCommon(known.map { RunIdentity($0.record) }),
            let part = Self.mostCommon(known.map(\.record.part)), let count = Self.mostCommon(known.map(\.record.shard.count))
        else { throw incomplete(complaints, again: []) }

        var byNumber: [Int: [FinishedShard]] = [:], again: Set<Int> = []
        for (folder, record) in known {
            let differences = RunIdentity(record).differences(to: identity)
            if !differences.isEmpty {
                complaints.append("\(folder.path) is of another run: \(differences.joined(separator: "; "))")
            } else if record.part != part || record.shard.count != count {
                complaints.append("\(folder.path) is shard \(record.shard) of the \(record.part), not one of \(count) of the \(part)")
            } else {
                do { byNumber[record.shard.number, default: []].append(try FinishedShard(folder, record)) } catch {
                    complaints.append("\(record.shard) in \(folder.path) \((error as? Problem)?.summary ?? "\(error)")")
                    again.insert(record.shard.number)
                }
            }
        }
        for (number, shards) in byNumber.sorted(by: { $0.key < $1.key }) where shards.count > 1 {
            complaints.append("\(number)/\(count) is there more than once: \(shards.map(\.folder.path).joined(separator: ", "))")
        }
        let lost = (1...count).filter { byNumber[$0] == nil && !again.contains($0) }
        if !lost.isEmpty { complaints.append("lost: \(lost.map { "\($0)/\(count)" }.joined(separator: ", "))") }
        again.formUnion(lost)
        guard complaints.isEmpty else {
            throw incomplete(complaints, again: again.sorted().compactMap { RunShard($0, of: count) }, part, command: known.first?.folder)
        }
        let shards = byNumber.sorted { $0.key < $1.key }.compactMap(\.value.first)
        try checkBasis(shards)
        return (shards, identity)
    }

    private static func mostCommon<Value: Hashable>(_ values: [Value]) -> Value? {
        let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
        // Of equals the first.
        return values.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) }
    }

    private func incomplete(_ complaints: [String], again: [RunShard], _ part: RunPart = .images, command folder: RunFolder? = nil) -> Problem {
        var remedy = "Name the folders of all shards of one run, each once."
        if !again.isEmpty {
            let manifest = [target, folder].compactMap { $0 }.lazy.compactMap { try? $0.read(RunManifest.self, from: .manifest) }.first
            let command = manifest?.options.command ?? "vitrine report …"
            remedy = "Run these by themselves and merge again:\n"
                + again.prefix(20).map { "    \(command) --part \(part) --shard \($0)" }.joined(separator: "\n")
        }
        return Problem(
            "The shards do not make a whole run; nothing was changed", explanation: complaints.joined(separator: "\n  "), remedy: remedy,
            kind: .usage)
    }

    /// All shards must go on from what the run has found.
    private func checkBasis(_ shards: [FinishedShard]) throws {
        guard shards[0].record.part != .images else { return }
        let basis = try ReportRun.basis(target)
        guard let other = shards.first(where: { $0.record.basis != basis }) else { return }
        throw Problem(
            "Shard \(other.record.shard) in \(other.folder.path) does not go on from \(target.path)",
            explanation: basis == nil ? "\(target.path) has not seen the images yet." : "It was begun when another pass over the images lay there.",
            remedy: "Merge into the run that it was made for, or remove the shard's folder and run it again.", kind: .usage)
    }

    // MARK: Choices made by timing

    /// All that were made, by the target and the shards. Throws a `Problem` where two chose differently.
    private func joinAlgorithms(_ shards: [FinishedShard]) throws {
        let path = RunPath.state("algorithms")
        var all: [String: String] = [:], makers: [String: RunFolder] = [:]
        var last: [UInt8]?
        for folder in [target] + shards.map(\.folder) {
            guard let bytes = try folder.readBytes(path) else { continue }
            guard let choices = try? JSONDecoder().decode([String: String].self, from: Data(bytes)) else {
                throw Problem("\(folder.full(path)) is damaged", remedy: "Remove the folder of this shard, and run it again.")
            }
            for (key, choice) in choices {
                if let maker = makers[key], all[key] != choice {
                    throw Problem(
                        "\(folder.path) and \(maker.path) chose different algorithms",
                        explanation: "Convolutions are timed, and machines do not agree which is faster; results would differ in their last digits.",
                        remedy: "Begin with one machine, vitrine report … --stop-before images, whose choices all shards take; or use --no-winograd.")
                }
                (all[key], makers[key]) = (choice, folder)
            }
            last = bytes
        }
        guard let last else { return }
        if (try? JSONDecoder().decode([String: String].self, from: Data(last))) == all { return try target.writeBytes(last, to: path) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try target.writeBytes(Array(try encoder.encode(all) + Data("\n".utf8)), to: path)
    }
}
