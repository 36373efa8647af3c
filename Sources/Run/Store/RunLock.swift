import Diagnostics
import Glibc

/// Keeps a run folder to one process: held as long as the value lives, and given up by the system when the process ends,
/// however it ends.
public final class RunLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of `folder` without waiting.
    ///
    /// - Throws: `Problem` when another process holds it, or the folder is read-only.
    public init(_ folder: RunFolder) throws {
        let path = folder.path + "/.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Problem.system("write", path, code: errno) }
        var result: Int32
        repeat { result = flock(descriptor, LOCK_EX | LOCK_NB) } while result != 0 && errno == EINTR
        guard result == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw Problem.system("lock", path, code: code) }
            throw Problem(
                "another process is working on \(folder.path)", explanation: "Two processes would mix their results.",
                remedy: "Wait until it has finished, or choose another folder.")
        }
    }

    deinit { close(descriptor) }
}
