internal import Diagnostics
internal import Glibc

/// What there is at a path, symbolic links followed.
enum FileStatus: Equatable {
    case directory
    /// A regular file, with its size in bytes.
    case file(Int)
    /// A pipe, a device, a socket.
    case other
    case missing

    /// Throws a `Problem` when there is no telling, for want of permission.
    init(path: String) throws(Problem) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG {
                self = .missing
                return
            }
            throw Problem.unreadable(path, code: errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: self = .directory
        case S_IFREG: self = .file(Int(status.st_size))
        default: self = .other
        }
    }
}
