import Diagnostics
import Foundation

/// Writes a file whole or not at all: under a temporary name in the same folder, flushed to the disk, then renamed.
enum AtomicFile {
    /// - Parameters:
    ///   - path: where the file shall stand; an earlier one is replaced.
    ///   - body: is given a function that appends bytes.
    /// - Throws: `Problem` if the file cannot be written; whatever `body` throws. Nothing is left behind in either case.
    static func write(to path: String, _ body: (_ append: (UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
        let target = URL(fileURLWithPath: path)
        let folder = target.deletingLastPathComponent().path
        let partial = folder + "/.\(target.lastPathComponent).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).partial"
        func problem(_ what: String) -> Problem {
            Problem(
                "cannot \(what) '\(path)': \(String(cString: strerror(errno)))",
                remedy: "Check that the folder exists, may be written to, and has room.")
        }

        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw problem("create") }
        do {
            defer { close(descriptor) }
            try body { bytes in
                var rest = bytes
                while !rest.isEmpty {
                    let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
                    if written < 0 {
                        if errno == EINTR { continue }
                        throw problem("write")
                    }
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
                }
            }
            guard fsync(descriptor) == 0 else { throw problem("write") }
        } catch {
            unlink(partial)
            throw error
        }
        guard rename(partial, path) == 0 else {
            let failure = problem("write")
            unlink(partial)
            throw failure
        }
        // The new name reaches the disk with its folder. Some file systems refuse this; the file itself is safe already.
        let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folderDescriptor >= 0 {
            _ = fsync(folderDescriptor)
            close(folderDescriptor)
        }
    }
}
