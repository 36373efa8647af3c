import Glibc

/// Reads whole files.
public enum FileBytes {
    /// The bytes of the file at `path`, or nil when there is no such file.
    ///
    /// - Throws: `Problem` when it is there but cannot be read.
    public static func read(_ path: String) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Problem.system("read", path, code: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Problem.system("read", path, code: errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Problem("cannot read \(path): it is a folder") }
        // One byte more than expected, so that the end of the file shows without another read of a full buffer.
        var capacity = max(Int(status.st_size) + 1, 4096)
        var bytes: [UInt8] = []
        while true {
            var problem: Problem?
            let start = bytes.count
            let piece = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                var result: Int
                repeat { result = Glibc.read(descriptor, buffer.baseAddress, buffer.count) } while result < 0 && errno == EINTR
                if result < 0 { problem = Problem.system("read", path, code: errno) }
                count = max(result, 0)
            }
            if let problem { throw problem }
            if piece.isEmpty { return bytes }
            if start == 0 { bytes = piece } else { bytes += piece }
            capacity = max(capacity - piece.count, 4096)
        }
    }
}
