import Diagnostics
import Glibc

/// The files of a site: regular files below its folder, without what hosts do not show (`.git` and other hidden names; but
/// `.nojekyll` and `.well-known` are kept). No link of the file system is followed.
struct SiteIndex: Sendable {
    struct File: Sendable {
        /// Relative to the site, parts separated by `/`.
        var path: String
        var bytes: Int
    }

    let root: String
    /// Sorted by the bytes of their paths.
    private(set) var files: [File] = []
    /// Folders, the site's own not counted.
    private(set) var folders = Set<String>()
    /// Hidden names that are no part of the site, relative to it.
    private(set) var leftOut: [String] = []
    private var numbers: [String: Int] = [:]

    /// Reads the names and sizes of all files below `root`.
    ///
    /// - Parameter findings: gets what is wrong with names.
    /// - Throws: `Problem` when `root` is no folder, or a folder cannot be read.
    init(_ root: String, _ findings: inout FindingList) throws {
        var root = root
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        switch try FolderContent.of(root) {
        case .absent: throw Problem("there is no folder \(root)", remedy: "Name the folder of a site.", kind: .usage)
        case .notAFolder: throw Problem("\(root) is not a folder", remedy: "Name the folder of a site.", kind: .usage)
        case .empty: throw Problem("\(root) is empty", remedy: "Name the folder of a site.", kind: .usage)
        case .entries: break
        }
        self.root = root
        var waiting = [""]
        while let folder = waiting.popLast() {
            guard case .entries(let names) = try FolderContent.of(folder.isEmpty ? root : root + "/" + folder) else { continue }
            var seen: [String: String] = [:]
            for name in names {
                let path = folder.isEmpty ? name : folder + "/" + name
                if name.hasPrefix("."), name != ".nojekyll", name != ".well-known" {
                    if name != ".vitrine-site" { leftOut.append(path) }
                    continue
                }
                if let objection = PortableName.objection(to: name) { findings.add(.reservedName, path, detail: objection, at: .init(path)) }
                if let other = seen.updateValue(name, forKey: PortableName.folded(name)) {
                    findings.add(.namesAlike, path, detail: "beside \(other)", at: .init(path))
                }
                if path.utf16.count > PortableName.longestPath {
                    findings.add(.longPath, path, detail: "\(path.utf16.count) characters", at: .init(path))
                }
                var status = stat()
                guard lstat(root + "/" + path, &status) == 0 else { throw Problem.system("read", root + "/" + path, code: errno) }
                switch status.st_mode & S_IFMT {
                case S_IFDIR:
                    folders.insert(path)
                    waiting.append(path)
                case S_IFREG: files.append(File(path: path, bytes: Int(status.st_size)))
                default: findings.add(.notAFile, path, at: .init(path))
                }
            }
        }
        files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        leftOut.sort()
        for (number, file) in files.enumerated() { numbers[file.path] = number }
    }

    /// The number of the file at `path` in `files`; nil when there is none.
    func number(of path: String) -> Int? { numbers[path] }

    var bytes: Int { files.reduce(0) { $0 + $1.bytes } }
}
