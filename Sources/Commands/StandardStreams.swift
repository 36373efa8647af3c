import Diagnostics
import Glibc

/// Standard output: what a command was asked for. A line that could not be written is an error, not a line less.
enum StandardOutput {
    /// Writes `text` and an end of line. Throws a `Problem` when it cannot be written. A reader that went away (`| head`)
    /// has all it wanted, so that is none.
    static func print(_ text: String) throws {
        let code = writeAll(Array("\(text)\n".utf8), to: STDOUT_FILENO)
        guard code == 0 || code == EPIPE else { throw Problem.system("write", "standard output", code: code) }
    }
}

/// Standard error: progress, notes and the last words of a command. There is nowhere to report that it cannot be written.
enum StandardError {
    static func write(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }
}

/// Returns 0 or the value of `errno`.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 {
                return ENOSPC
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
