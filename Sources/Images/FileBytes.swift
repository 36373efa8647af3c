internal import Diagnostics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Whole files as bytes.
enum FileBytes {
    /// The longest file read, 1 GiB.
    static let longest = 1 << 30

    /// Returns the bytes of the regular file at `path`. Throws a `Problem` when it is missing, unreadable, not a regular file
    /// or longer than `longest`.
    static func read(_ path: String) throws(Problem) -> [UInt8] {
        // Opening a pipe for reading would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Problem("\(path) is not a file", explanation: "a regular file was expected here")
        }
        let size = Int(status.st_size)
        guard size <= longest else {
            throw Problem("\(path) is \(size) bytes long", explanation: "files of up to \(longest) bytes are read")
        }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                #if canImport(Glibc)
                    let got = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
                #elseif canImport(Musl)
                    let got = Musl.read(descriptor, buffer.baseAddress! + count, size - count)
                #else
                    let got = Darwin.read(descriptor, buffer.baseAddress! + count, size - count)
                #endif
                if got > 0 {
                    count += got
                } else if got == 0 {
                    return  // The file has become shorter meanwhile; what is there is what counts.
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw unreadable(path, failure) }
        return bytes
    }

    /// Returns the text of the file at `path`, UTF-8 with or without a byte order mark.
    static func readText(_ path: String) throws(Problem) -> String {
        var bytes = try read(path)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem("\(path) is not a text file", explanation: "UTF-8 text was expected")
        }
        return text
    }

    /// Returns the lines of the text file at `path`, without their ends, be they of Unix or of Windows. An end of line at the
    /// end of the file begins no further line.
    static func lines(of path: String) throws(Problem) -> [Substring] {
        let text = try readText(path)
        // "\r\n" is one character to Swift.
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    static func unreadable(_ path: String, _ code: Int32) -> Problem {
        Problem("\(path) cannot be read", explanation: String(cString: strerror(code)), remedy: "check the path and its permissions")
    }
}
