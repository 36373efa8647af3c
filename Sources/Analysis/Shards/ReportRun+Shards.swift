public import Diagnostics
import Foundation
public import Run

extension RunPart {
    /// What is to be shared next of the run in `folder`: the images, until all of them were seen, then the prototypes. Windows that nobody
    /// looked for by then, whoever needs them looks for.
    public static func next(in folder: RunFolder?) throws -> RunPart {
        // The seal and the fingerprint stand before it; they are checked by whoever uses it.
        guard let bytes = try folder?.readBytes(.state(StatisticsStage.state)), bytes.count > 128,
            let state = try? SweepState(Array(bytes[128...])), state.isWhole
        else { return .images }
        return .prototypes
    }
}

extension ReportRun {
    /// Does `shard` of `part` in this run's folder, which is the shard's own. `basis` is the folder of the whole run with what is there already;
    /// nil where there is nothing yet.
    public func run(_ shard: RunShard, of part: RunPart, basis: RunFolder?, progress: any ProgressReport) throws {
        let lock = try RunLock(folder)
        defer { withExtendedLifetime(lock) {} }
        try folder.removeTemporaries()
        try basis.map(identity.check)
        let stage = ReportStages.sharing(part)
        var record = ShardRecord(
            shard: shard, part: part, identity: identity.values.map { .init(name: $0.name, value: $0.value) },
            basis: try basis.flatMap(Self.basis), processor: ShardRecord.thisProcessor)
        if let known = try folder.read(ShardRecord.self, from: ShardRecord.path) {
            try check(known, record)
            if (try? FinishedShard(folder, known)) != nil { return progress.note("Shard \(shard) of the \(part) is done already") }
            // Finished, and damaged since: what is left of it is not gone on from.
            for path in (known.files ?? [:]).keys.compactMap({ RunPath($0) }) where folder.exists(path) {
                try FileManager.default.removeItem(atPath: folder.full(path))
            }
        }
        if let basis { try ShardFiles.take(stage.taken, of: basis, into: folder) }
        try identity.check(folder)
        try folder.write(record, to: ShardRecord.path)
        try writeBeginning()
        var findings = ReportFindings()
        func perform<Stage: ReportStage>(_ stage: Stage) throws {
            findings.add(try stage.run(self, findings, progress: progress), of: stage)
        }
        for needed in ReportStages.before(stage) { try perform(needed) }
        try stage.share(shard, of: self, findings, progress: progress)
        if let basis { try ShardFiles.removeWhatIsTaken(from: folder, of: basis) }
        record.files = [:]
        for path in try ShardFiles.paths(in: folder) { record.files?[path.description] = try FileHash.sha256(path: folder.full(path)) }
        try folder.write(record, to: ShardRecord.path)
    }

    /// What identifies the findings that shards of `folder`'s run go on from; nil where there are none.
    static func basis(_ folder: RunFolder) throws -> String? {
        try RunPart.next(in: folder) == .images ? nil : FileHash.sha256(path: folder.full(.state(StatisticsStage.state)))
    }

    private func check(_ known: ShardRecord, _ record: ShardRecord) throws {
        let other = RunIdentity(known).differences(to: identity)
        guard other.isEmpty else { throw RunIdentity.other(folder, "\(other.joined(separator: "; ")).") }
        guard known.shard == record.shard, known.part == record.part, known.basis == record.basis else {
            throw Problem(
                "\(folder.path) holds another shard", explanation: "It is shard \(known.shard) of the \(known.part)"
                    + (known.basis == record.basis ? "." : ", begun when the run had seen other images."),
                remedy: "Remove this folder to start it anew.", kind: .usage)
        }
    }
}
