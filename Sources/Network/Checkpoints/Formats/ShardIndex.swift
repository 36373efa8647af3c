import Diagnostics
import Foundation

/// The index of weights that are divided among several files: for each tensor the name of the file beside the index that holds it
/// (`model.safetensors.index.json`, `pytorch_model.bin.index.json`; Hugging Face, "Sharded checkpoints").
struct ShardIndex {
    private struct Document: Decodable {
        let shards: [String: String]

        private enum CodingKeys: String, CodingKey { case shards = "weight_map" }
    }

    private let path: String
    /// For each file the tensors it holds.
    private let shards: [(file: String, names: Set<String>)]

    private static let sizeLimit = 100_000_000
    private static let shardLimit = 10_000

    /// - Throws: `Problem` if the file is no index, or names files in other folders.
    init(path: String) throws {
        let file = try MappedFile(path: path)
        guard file.count <= Self.sizeLimit else { throw file.damaged("an index of \(file.count) bytes is too large") }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(file.head(file.count))), !document.shards.isEmpty else {
            throw file.damaged(
                "it is no index of shards", explanation: "A JSON object with a weight_map, from names of tensors to names of files, was expected.")
        }
        var names: [String: Set<String>] = [:]
        for (name, shard) in document.shards { names[shard, default: []].insert(name) }
        guard names.count <= Self.shardLimit else { throw file.damaged("it names \(names.count) files") }
        for shard in names.keys where shard.isEmpty || shard.hasPrefix(".") || shard.contains("/") || shard.contains("\\") || shard.contains("\0") {
            throw file.damaged("it names a file outside its folder: '\(shard)'")
        }
        self.path = path
        shards = names.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The tensors of all shards, shard by shard.
    /// - Throws: `Problem` naming the shard that is missing, damaged, or lacks a tensor.
    func contents() throws -> CheckpointContents {
        var entries: [TensorEntry] = [], formats: [String] = [], metadata: [String: String] = [:]
        for (shard, names) in shards {
            let place = PathText.file(shard, beside: path)
            guard FileManager.default.fileExists(atPath: place) else {
                throw Problem(
                    "cannot read '\(path)': the shard \(printable(shard)) is not there", explanation: "\(names.count) tensors are in it.",
                    remedy: "Fetch it into the folder of the index; \(shards.count) shards belong together.")
            }
            let contents = try Checkpoint.contents(of: place, prefix: nil)
            let found = contents.entries.filter { names.contains($0.name) }
            guard found.count == names.count else {
                let missing = names.subtracting(found.map(\.name)).min() ?? ""
                throw Problem(
                    "cannot read '\(path)': the shard \(printable(shard)) lacks the tensor '\(printable(missing))' and "
                        + "\(names.count - found.count - 1) others",
                    remedy: "Fetch shards and index again from one place: they are not of one version.")
            }
            entries += found
            if !formats.contains(contents.format) { formats.append(contents.format) }
            metadata.merge(contents.metadata) { first, _ in first }
        }
        var contents = CheckpointContents(
            format: formats.joined(separator: ", ") + " in \(shards.count) \(shards.count == 1 ? "shard" : "shards")", entries: entries)
        contents.metadata = metadata
        contents.companions = shards.map(\.file)
        return contents
    }
}
