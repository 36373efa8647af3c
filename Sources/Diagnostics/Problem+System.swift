import Glibc

extension Problem {
    /// A problem for what the user named and is not there: names of like spelling in the same folder are suggested.
    ///
    /// - Parameter expected: what it should have been, as a sentence.
    public static func missing(_ path: String, expected: String) -> Problem {
        let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let folder = String(path[..<cut]), name = String(path[cut...])
        var near: [String] = []
        if !name.isEmpty, case .entries(let names)? = try? FolderContent.of(folder.isEmpty ? "." : folder), names.count <= 10_000 {
            near = nearestNames(to: name, among: names.filter(\.isPrintable)).map { folder + $0 }
        }
        return Problem(
            "\(path) does not exist", explanation: expected,
            remedy: near.isEmpty ? "Check the path." : "Check the path: did you mean \(near.joined(separator: " or "))?")
    }

    /// A problem for what the user named and cannot be read.
    ///
    /// - Parameter code: the value of `errno`, read directly after the call.
    public static func unreadable(_ path: String, code: Int32) -> Problem {
        Problem("\(path) cannot be read", explanation: String(cString: strerror(code)), remedy: "check the path and its permissions")
    }

    /// A problem for a failed system call: `cannot <verb> <path>: <what the system says>`, with a remedy for the usual
    /// causes (full disk, read-only place, missing folder).
    ///
    /// - Parameter code: the value of `errno`, read directly after the call.
    public static func system(_ verb: String, _ path: String, code: Int32) -> Problem {
        let start = "cannot \(verb) \(path)"
        switch code {
        case ENOSPC, EDQUOT:
            return Problem(
                "\(start): the disk is full", explanation: "What was finished before is still there.",
                remedy: "Free some space, then run the same command again.")
        case EROFS, EACCES, EPERM:
            return Problem(
                "\(start): \(code == EROFS ? "the file system is read-only" : "permission denied")",
                remedy: verb == "read" ? "Allow reading it." : "Choose a folder that you may write to.")
        case ENOENT:
            return Problem("\(start): no such file or folder")
        case ENAMETOOLONG:
            return Problem("\(start): the path is too long", remedy: "Choose a folder with a shorter path.")
        default:
            return Problem("\(start): \(String(cString: strerror(code)))")
        }
    }
}
