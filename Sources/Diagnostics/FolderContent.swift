import Glibc

/// What is at a path, for those who must not write over what is not theirs.
public enum FolderContent: Sendable, Equatable {
    case absent
    case notAFolder
    case empty
    /// The names in the folder, sorted.
    case entries([String])

    /// What is at `path`.
    ///
    /// - Throws: `Problem` when it cannot be looked at.
    public static func of(_ path: String) throws -> FolderContent {
        guard let directory = opendir(path) else {
            switch errno {
            case ENOENT: return .absent
            case ENOTDIR: return .notAFolder
            default: throw Problem.system("read", path, code: errno)
            }
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.isEmpty ? .empty : .entries(names.sorted())
    }

    /// True when there is a folder at `path`; false for a link to one.
    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes the folder at `path` and its parents; nothing happens when it is there.
    ///
    /// - Throws: `Problem` when it cannot be made.
    public static func makeDirectory(_ path: String) throws {
        if mkdir(path, 0o777) == 0 { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw inTheWay(path, of: path)
            }
        case ENOTDIR:
            let above = path.indices.filter { path[$0] == "/" && $0 > path.startIndex }.map { String(path[..<$0]) }
            throw inTheWay(above.first { (try? of($0)) == .notAFolder } ?? path, of: path)
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
                throw Problem.system("make the folder", path, code: ENOENT)
            }
            try makeDirectory(String(path[..<slash]))
            if mkdir(path, 0o777) != 0, errno != EEXIST { throw Problem.system("make the folder", path, code: errno) }
        case let code: throw Problem.system("make the folder", path, code: code)
        }
    }

    private static func inTheWay(_ file: String, of path: String) -> Problem {
        Problem(
            "cannot make the folder \(path): \(file == path ? "a file of that name" : "the file \(file)") is in the way",
            remedy: "Choose another folder, or move the file.")
    }
}
