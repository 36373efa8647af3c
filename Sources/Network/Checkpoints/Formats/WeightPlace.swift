import Diagnostics
import Foundation

/// Where the weights lie that a path stands for: the file itself, or what is found in a folder by the usual names.
struct WeightPlace {
    enum Kind {
        case file
        /// A list of the files among which the tensors are divided.
        case index
        /// A folder with an archive of PyTorch's that something unpacked; `path` is that of its pickle.
        case unpacked
    }

    let path: String
    let kind: Kind
    /// What was taken in place of the folder, and what was passed over; nil for a file.
    let remark: String?

    /// The folder in which `path` is.
    var folder: String { PathText.folder(of: path) }

    private static let pickle = "data.pkl"
    private static let indexSuffix = ".index.json"
    /// As the Hub's libraries name weights, those first that are read without a pickle.
    private static let usualNames = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
        "open_clip_model.safetensors", "open_clip_pytorch_model.bin", "model.onnx", "onnx/model.onnx",
    ]
    private static let extensions: Set<String> = ["safetensors", "pt", "pth", "th", "ckpt", "bin", "onnx", "pt2", "t7"]

    /// - Throws: `Problem` if a folder holds no weights or it is not clear which, or if a file is a part of several.
    init(_ path: String) throws {
        guard Self.isFolder(path) else {
            try self.init(file: path)
            return
        }
        if Self.isUnpacked(path) {
            self.init(path: path + "/" + Self.pickle, kind: .unpacked, remark: nil)
            return
        }
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard case .entries(let names) = try FolderContent.of(path) else { throw Self.empty(path) }
        let usual = Self.usualNames.filter { FileManager.default.fileExists(atPath: path + "/" + $0) }
        let others = names.filter { Self.extensions.contains(($0 as NSString).pathExtension.lowercased()) && Self.shard($0) == nil }
        if let taken = usual.first ?? (others.count == 1 ? others[0] : nil) {
            let passed = (usual + others.filter { !usual.contains($0) }).filter { $0 != taken }
            self.init(
                path: path + "/" + taken, kind: taken.hasSuffix(Self.indexSuffix) ? .index : .file,
                remark: "Read \(printable(taken)) in '\(path)'"
                    + (passed.isEmpty ? "" : "; passed over: \(passed.map(printable).listed(first: 6))"))
            return
        }
        // An archive unpacks into a folder of its own, and the Hub keeps one for each version.
        let inner = names.map { path + "/" + $0 }.filter(Self.isFolder)
        if names.count == 1, inner.count == 1, Self.isUnpacked(inner[0]) {
            self.init(path: inner[0] + "/" + Self.pickle, kind: .unpacked, remark: nil)
            return
        }
        if let shard = names.first(where: { Self.shard($0) != nil }), others.isEmpty {
            throw Problem(
                "the folder '\(path)' holds shards such as \(printable(shard)) without their index",
                remedy: "Fetch the index, a file whose name ends in \(Self.indexSuffix), into the same folder.")
        }
        throw others.isEmpty ? Self.empty(path) : Self.unclear(path, others)
    }

    private init(path: String, kind: Kind, remark: String?) {
        self.path = path
        self.kind = kind
        self.remark = remark
    }

    private init(file path: String) throws {
        let name = (path as NSString).lastPathComponent, folder = PathText.folder(of: path)
        if name == Self.pickle, Self.isUnpacked(folder) {
            self.init(path: path, kind: .unpacked, remark: nil)
            return
        }
        if let shard = Self.shard(name), shard.total > 1, FileManager.default.fileExists(atPath: path) {
            let index = shard.stem + "." + (name as NSString).pathExtension + Self.indexSuffix
            let isThere = FileManager.default.fileExists(atPath: folder + "/" + index)
            throw Problem(
                "'\(path)' is one of \(shard.total) shards: it holds a part of the tensors only",
                remedy: isThere
                    ? "Name the index in its place: \(folder)/\(printable(index))."
                    : "Put all shards and their index, \(printable(index)), into one folder, and name the index.", kind: .usage)
        }
        self.init(path: path, kind: name.hasSuffix(Self.indexSuffix) ? .index : .file, remark: nil)
    }

    /// The parts of a name such as `model-00001-of-00002.safetensors`; nil for others.
    static func shard(_ name: String) -> (stem: String, total: Int)? {
        let parts = (name as NSString).deletingPathExtension.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[parts.count - 2] == "of", let total = Int(parts[parts.count - 1]),
            parts[parts.count - 3].count == 5, Int(parts[parts.count - 3]) != nil
        else { return nil }
        return (parts.dropLast(3).joined(separator: "-"), total)
    }

    /// True also for a link to a folder: snapshots of the Hub are made of links.
    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func isUnpacked(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/" + pickle) && isFolder(folder + "/data")
    }

    private static func empty(_ path: String) -> Problem {
        Problem(
            "the folder '\(path)' holds no weights",
            explanation: "Looked for: \(usualNames.joined(separator: ", ")), or a single file with one of the usual endings.",
            remedy: "Name the file of the weights.")
    }

    private static func unclear(_ path: String, _ names: [String]) -> Problem {
        Problem(
            "the folder '\(path)' holds \(names.count) files that may be weights",
            explanation: "They are \(names.prefix(8).map(printable).joined(separator: ", "))\(names.count > 8 ? " and others" : "").",
            remedy: "Name one of them.", kind: .usage)
    }
}
