import Diagnostics
import Foundation
import Glibc

/// Keeps a folder to one process at a time: held as long as the value lives, and given up by the system when the process ends, however it
/// ends. Nothing is written. On a file system without locks, everyone goes on.
public final class FolderLock: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Takes the lock of the folder at `path`; where another process holds it, says so by `isWaiting` and waits.
    ///
    /// - Throws: `Problem` when there is no such folder, and what `isWaiting` throws, which ends the waiting.
    init(_ path: String, isWaiting: () throws -> Void) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Problem.system("read", path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
        try isWaiting()
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    }

    /// Removes the files in the folder that killed processes had not finished.
    func removeUnfinishedFiles() throws {
        guard case .entries(let names) = try FolderContent.of(path) else { return }
        for name in names where AtomicFile.isTemporary(name) { try? FileManager.default.removeItem(atPath: "\(path)/\(name)") }
    }

    deinit { close(descriptor) }
}
