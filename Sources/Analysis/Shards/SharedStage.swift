import Diagnostics
import Run

/// A stage whose work several processes can share: each does one shard in a folder of its own, and what is in these folders is joined to the
/// bytes that one process would have made.
protocol SharedStage: ReportStage {
    var part: RunPart { get }
    /// What of the run's folder a shard begins with: files, and folders with a slash at the end.
    var taken: [String] { get }

    /// Chooses what is chosen by timing, so that all shards begin with the same choices.
    func prepare(_ run: ReportRun, _ findings: ReportFindings) throws

    /// Does `shard` of the work, as far as it is not done yet, in `run`'s folder: the work may be stopped anywhere, and goes on from there.
    func share(_ shard: RunShard, of run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws

    /// Puts what finished shards hold, in their order and one of each, into the folder of the whole run.
    func join(_ shards: [FinishedShard], into folder: RunFolder, _ identity: RunIdentity) throws
}

extension SharedStage {
    /// Copies what the shards found: no two of them find the same.
    func join(_ shards: [FinishedShard], into folder: RunFolder, _ identity: RunIdentity) throws {
        for shard in shards { try shard.copyFindings(to: folder) }
    }
}

extension ReportStages {
    static func sharing(_ part: RunPart) -> any SharedStage {
        guard let stage = all.lazy.compactMap({ $0 as? any SharedStage }).first(where: { $0.part == part }) else {
            preconditionFailure("no stage shares \(part)")
        }
        return stage
    }

    /// What `stage` needs, directly or not, in order.
    static func before(_ stage: any ReportStage) -> [any ReportStage] {
        var needed = stage.needs
        for other in all.reversed() where needed.contains(where: { $0 == type(of: other) }) { needed += other.needs }
        return all.filter { other in needed.contains { $0 == type(of: other) } }
    }
}
