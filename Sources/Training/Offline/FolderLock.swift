import Diagnostics
import Glibc

/// Keeps a folder to one process at a time: held as long as the value lives, and given up by the system when the process ends, however it
/// ends. Nothing is written. On a file system without locks, everyone goes on.
public final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of the folder at `path`; where another process holds it, says so by `isWaiting` and waits.
    ///
    /// - Throws: `Problem` when there is no such folder.
    init(_ path: String, isWaiting: () -> Void) throws {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Problem.system("read", path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
        isWaiting()
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    }

    deinit { close(descriptor) }
}
