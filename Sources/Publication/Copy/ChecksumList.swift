import Diagnostics

/// The hashes of published files as `sha256sum` writes and reads them: `SHA256SUMS`, a line a file.
struct ChecksumList {
    static let name = "SHA256SUMS"
    /// The first line, a comment to `sha256sum --check`: by it a list is known for ours.
    static let heading = "# Published with Vitrine, which deletes nothing here that is not listed. To verify: sha256sum --check \(name)"

    struct Entry: Hashable {
        var path: String
        /// In hexadecimal.
        var sha256: String
    }

    var entries: [Entry]

    init(_ entries: [Entry]) { self.entries = entries }

    /// Reads a list; nil when it is not ours.
    ///
    /// - Parameter name: the file it comes from, for the message.
    /// - Throws: `Problem` when a line is no hash with a path inside the folder: files are deleted by it.
    init?(_ bytes: [UInt8], name: String) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.first.map(String.init) == Self.heading else { return nil }
        entries = try lines.dropFirst().enumerated().map { number, line in
            let hash = line.prefix(64), path = line.dropFirst(66)
            guard hash.utf8.count == 64, hash.utf8.allSatisfy(Self.isDigit), line.dropFirst(64).hasPrefix("  "), Self.isInside(path) else {
                throw Problem(
                    "\(name) is damaged", explanation: "Line \(number + 2) is not a SHA-256 and a path inside the folder.",
                    remedy: "Restore it, or publish into an empty folder: without it nobody knows which files are Vitrine's.")
            }
            return Entry(path: String(path), sha256: String(hash))
        }
    }

    var text: String {
        ([Self.heading] + entries.sorted { ($0.path, $0.sha256) < ($1.path, $1.sha256) }.map { "\($0.sha256)  \($0.path)" })
            .joined(separator: "\n") + "\n"
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func isInside(_ path: Substring) -> Bool {
        !path.utf8.contains(0) && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }
}
