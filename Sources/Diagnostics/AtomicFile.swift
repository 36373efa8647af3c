import Glibc

/// Writes files so that a reader sees the old bytes or the new ones, never a part of either.
public enum AtomicFile {
    /// Replaces the file at `path` by one that holds `bytes`. Missing folders are not made.
    ///
    /// The bytes go to a temporary name in the same folder, which is then renamed. With `isDurable` they are also asked to
    /// reach the disk before the rename, so that a power failure cannot leave an empty file under the final name; leave it
    /// out where thousands of files can simply be made again.
    ///
    /// - Throws: `Problem` when the folder is missing or read-only, or the disk is full; the temporary file is removed.
    public static func write(_ bytes: [UInt8], to path: String, isDurable: Bool = true) throws {
        try bytes.withUnsafeBytes { try write($0, to: path, isDurable: isDurable) }
    }

    /// As `write(_:to:isDurable:)`, for bytes that are not in an array.
    public static func write(_ bytes: UnsafeRawBufferPointer, to path: String, isDurable: Bool = true) throws {
        try write(to: path, isDurable: isDurable) { append in try append(bytes) }
    }

    /// As `write(_:to:isDurable:)`, for a file that is put together from pieces: `body` is given a function that appends bytes.
    /// Rethrows what `body` throws; nothing is left behind then.
    public static func write(
        to path: String, isDurable: Bool = true,
        _ body: (_ append: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let temporary = temporaryPath(beside: path)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Problem.system("write", path, code: errno) }
        do {
            try body { try writeAll($0, descriptor: descriptor, path: path) }
            if isDurable, fsync(descriptor) != 0 { throw Problem.system("write", path, code: errno) }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        // Some file systems (network ones) report a full disk only here.
        guard close(descriptor) == 0, rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw Problem.system("write", path, code: code)
        }
    }

    /// How the names of temporary files begin: what a crash left behind can be told from everything else.
    public static let temporaryPrefix = ".vitrine-tmp-"

    /// True for names that begin as those of temporary files do.
    public static func isTemporary(_ name: String) -> Bool { name.hasPrefix(temporaryPrefix) }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, descriptor: Int32, path: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written == 0 || errno != EINTR {
                throw Problem.system("write", path, code: written == 0 ? ENOSPC : errno)
            }
        }
    }

    /// The final name is not part of it: it may already be as long as a name can be.
    private static func temporaryPath(beside path: String) -> String {
        let name = "\(temporaryPrefix)\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return name }
        return path[...slash] + name
    }
}
