import Diagnostics
import Foundation

/// A file mapped read-only into memory: pages come in as they are touched and go as the system needs them, so that a
/// checkpoint of some gigabytes costs no more than the tensors asked for.
///
/// Unchecked `Sendable`: the mapping is private, never written, and lives exactly as long as the object.
final class MappedFile: @unchecked Sendable {
    let path: String
    /// The length in bytes when the file was opened.
    let count: Int
    private let base: UnsafeMutableRawPointer?

    /// - Throws: `Problem` if the file is missing, not a regular file, or cannot be read.
    init(path: String) throws {
        self.path = path
        // Without blocking, so that a named pipe is refused below instead of waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            guard errno != ENOENT else {
                throw Problem.missing(path, expected: "A file of weights or values was expected: a checkpoint, a model, an array.")
            }
            throw Self.systemProblem("cannot open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.systemProblem("cannot examine", path) }
        guard status.st_mode & S_IFMT == S_IFREG, let count = Int(exactly: status.st_size) else {
            throw Problem(
                "'\(path)' is not a regular file",
                explanation: "A single file with weights was expected, not a folder, pipe or device.")
        }
        self.count = count
        if count == 0 {
            base = nil
        } else {
            guard let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
                throw Self.systemProblem("cannot map", path)
            }
            base = mapping
        }
    }

    deinit {
        if let base { munmap(base, count) }
    }

    /// The bytes of `range`, valid within `body` only. `range` lies within the file: callers check what they read.
    @inline(__always)
    func withBytes<Result>(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a range outside the file")
        return try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(start: base, count: count)[range]))
    }

    /// The first bytes, at most `limit` of them.
    func head(_ limit: Int) -> [UInt8] { withBytes(in: 0..<min(limit, count)) { Array($0) } }

    /// What to throw when the content contradicts its format. `what` and `explanation` may quote the file.
    func damaged(_ what: String, explanation: String? = nil, remedy: String? = nil) -> Problem {
        Problem(
            "cannot read '\(path)': \(printable(what))", explanation: explanation.map(printable),
            remedy: remedy ?? "The file may be damaged or incomplete: fetch it again and compare its checksum with the source's.")
    }

    private static func systemProblem(_ what: String, _ path: String) -> Problem {
        Problem("\(what) '\(path)': \(String(cString: strerror(errno)))")
    }
}
