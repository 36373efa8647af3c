import Glibc

/// Reads whole files.
public enum FileBytes {
    /// The longest file that `regular` reads, 1 GiB.
    public static let longest = 1 << 30

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
        return try bytes(of: descriptor, expected: Int(status.st_size)) { Problem.system("read", path, code: $0) }
    }

    /// The bytes of the regular file at `path`.
    ///
    /// - Throws: `Problem` when it is missing, unreadable, not a regular file or longer than `limit`.
    public static func regular(_ path: String, upTo limit: Int = longest) throws(Problem) -> [UInt8] {
        // Opening a pipe for reading would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Problem.unreadable(path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Problem.unreadable(path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Problem("\(path) is not a file", explanation: "a regular file was expected here")
        }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw Problem("\(path) is \(size) bytes long", explanation: "files of up to \(limit) bytes are read")
        }
        return try bytes(of: descriptor, expected: size) { Problem.unreadable(path, code: $0) }
    }

    /// All that can be read from `descriptor`, about `expected` bytes.
    private static func bytes(of descriptor: Int32, expected: Int, _ problem: (Int32) -> Problem) throws(Problem) -> [UInt8] {
        // One byte more than expected, so that the end of the file shows without another read of a full buffer.
        var capacity = max(expected + 1, 4096)
        var bytes: [UInt8] = []
        while true {
            var code: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                var result: Int
                repeat { result = Glibc.read(descriptor, buffer.baseAddress, buffer.count) } while result < 0 && errno == EINTR
                if result < 0 { code = errno }
                count = max(result, 0)
            }
            guard code == 0 else { throw problem(code) }
            if piece.isEmpty { return bytes }
            if bytes.isEmpty { bytes = piece } else { bytes += piece }
            capacity = max(capacity - piece.count, 4096)
        }
    }

    /// The text of the regular file at `path`, UTF-8 with or without a byte order mark.
    ///
    /// - Throws: `Problem` as `regular`, or when it is something else.
    public static func text(of path: String) throws(Problem) -> String {
        var bytes = try regular(path)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem("\(path) is not a text file", explanation: "UTF-8 text was expected")
        }
        return text
    }

    /// The lines of the text file at `path`, without their ends, be they of Unix or of Windows. An end of line at the end of the file
    /// begins no further line.
    ///
    /// - Throws: `Problem` as `text(of:)`.
    public static func lines(of path: String) throws(Problem) -> [Substring] {
        let text = try text(of: path)
        // "\r\n" is one character to Swift.
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
