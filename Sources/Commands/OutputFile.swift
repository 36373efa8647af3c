import Diagnostics

/// The file that a command writes.
enum OutputFile {
    /// Throws a `Problem` when there is no folder to write `out` to: found out only afterwards, the work would be in vain.
    static func check(_ out: String) throws {
        let slash = out.lastIndex(of: "/")
        let folder = slash.map { $0 == out.startIndex ? "/" : String(out[..<$0]) } ?? "."
        guard !out.isEmpty, !out.hasSuffix("/") else {
            throw Problem("--out “\(out)” names no file", remedy: "Name the safetensors file to write.", kind: .usage)
        }
        switch try FolderContent.of(out) {
        case .absent, .notAFolder: break
        case .empty, .entries: throw Problem("--out \(out) is a folder", remedy: "Name a file in it.", kind: .usage)
        }
        switch try FolderContent.of(folder) {
        case .empty, .entries: break
        case .absent, .notAFolder:
            throw Problem("There is no folder \(folder) to write \(out) to", remedy: "Make it, or choose another --out.", kind: .usage)
        }
    }
}
