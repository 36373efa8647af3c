import Diagnostics
import Run

/// A shard that is whole: all that it found is there, as it was written.
struct FinishedShard {
    let folder: RunFolder
    let record: ShardRecord
    let files: [RunPath]

    /// What has to be put together otherwise than by copying.
    static let joined: Set<String> = ["run.json", "state/identity", "state/algorithms"]

    /// Throws a `Problem` that says in one clause what `folder` lacks to be one.
    init(_ folder: RunFolder, _ record: ShardRecord) throws {
        guard let files = record.files else {
            // Held as long as somebody works on it.
            do { _ = try RunLock(folder) } catch { throw Problem("is still being worked on") }
            throw Problem("was stopped before it was finished")
        }
        var paths: [RunPath] = []
        for (name, hash) in files.sorted(by: { $0.key < $1.key }) {
            guard let path = RunPath(name) else { throw Problem("names a file outside its folder, \(name)") }
            guard let found = try? FileHash.sha256(path: folder.full(path)) else { throw Problem("lacks its file \(name)") }
            guard found == hash else { throw Problem("has a file that is not as it was written, \(name)") }
            paths.append(path)
        }
        (self.folder, self.record, self.files) = (folder, record, paths)
    }

    /// Copies what was found into the run's folder, pictures before the documents that promise them. Throws a `Problem` where another shard
    /// found something else.
    func copyFindings(to run: RunFolder) throws {
        let open = files.filter { !Self.joined.contains($0.description) }
        let (documents, pictures) = (open.filter { $0.description.hasSuffix(".json") }, open.filter { !$0.description.hasSuffix(".json") })
        for path in pictures + documents {
            if run.exists(path) {
                guard try ShardFiles.isSame(path, folder, run) else {
                    throw Problem(
                        "\(run.path) has another \(path) than \(folder.path)", explanation: "Shards of the same run make the same files.",
                        remedy: "If that in \(run.path) is damaged, remove it and merge again.")
                }
            } else if let bytes = try folder.readBytes(path) {
                try run.writeBytes(bytes, to: path)
            }
        }
    }
}
