import Foundation
import Run

/// What a shard's folder says of itself (`state/shard`).
struct ShardRecord: Document {
    static let formatVersion = 1
    static let path = RunPath.state("shard")

    /// One value of what results depend on (`RunIdentity`).
    struct Value: Codable {
        var name: String
        var value: String
    }

    var shard: RunShard
    var part: RunPart
    var identity: [Value]
    /// SHA-256 of what the whole run had seen of the images when the shard was begun; nil where that was nothing.
    var basis: String?
    /// The processor's name: others may round otherwise.
    var processor: String
    /// What was found, by path in the folder, with its SHA-256; nil until all of it is there.
    var files: [String: String]?

    /// The name of this machine's processor; `unknown` where the system does not tell.
    static var thisProcessor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}
