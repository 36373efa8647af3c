internal import Diagnostics
internal import Glibc

/// The members of a tar file, found without unpacking it: POSIX.1-2001's ustar and pax forms, and GNU's long names.
struct TarArchive {
    struct Member: Equatable {
        /// Without `./` before it.
        let name: String
        /// Where its bytes begin in the archive.
        let offset: Int
        /// In bytes; the archive is that long.
        let size: Int
    }

    let path: String
    /// The regular files in the archive's order; of several of one name the last.
    let members: [Member]
    /// Files whose names are not UTF-8, or lead out of the archive, with replacement characters.
    let unnameable: [String]

    /// The longest name, or set of pax records, that is read.
    private static let longestName = 1 << 20

    /// Reads the archive's headers. Throws a `Problem` when it cannot be read, is compressed, damaged or cut short.
    init(path: String) throws(Problem) {
        self.path = path
        let file = try OpenFile(path)
        var members: [Member] = []
        var places: [String: Int] = [:]
        var unnameable: [String] = []
        var offset = 0
        var nextName: [UInt8]?
        var nextSize: Int?
        while offset + TarHeader.size <= file.size {
            let block = try file.read(TarHeader.size, at: offset)
            if block.allSatisfy({ $0 == 0 }) { break }
            guard let header = TarHeader(block), let size = nextSize ?? header.contentSize else {
                throw Self.damaged(path, block: block, at: offset)
            }
            let start = offset + TarHeader.size
            guard size <= file.size - start else {
                throw Problem(
                    "\(path) is cut short: a member of \(size) bytes begins at byte \(start) of \(file.size)",
                    remedy: "fetch it again")
            }
            // Members begin at multiples of 512 bytes.
            offset = start + (size + TarHeader.size - 1) / TarHeader.size * TarHeader.size
            switch header.kind {
            case .longName, .paxRecords:
                guard size <= Self.longestName else { throw Self.damaged(path, block: [], at: start) }
                let content = try file.read(size, at: start)
                if header.kind == .longName {
                    nextName = Array(content.prefix { $0 != 0 })
                } else {
                    let records = TarHeader.paxRecords(content)
                    nextName = records.path ?? nextName
                    nextSize = records.size ?? nextSize
                }
                continue
            case .globalRecords, .other:
                break
            case .file:
                let bytes = nextName ?? header.name
                if let name = Self.name(bytes) {
                    let member = Member(name: name, offset: start, size: size)
                    if let place = places[name] { members[place] = member } else { members.append(member) }
                    places[name] = places[name] ?? members.count - 1
                } else {
                    unnameable.append(String(decoding: bytes, as: UTF8.self))
                }
            }
            (nextName, nextSize) = (nil, nil)
        }
        // What is left is no whole header: an archive that ends without blocks of zero ends at a member's end.
        guard offset >= file.size || offset + TarHeader.size <= file.size || offset == 0 else {
            throw Problem("\(path) is cut short: a header begins at byte \(offset) of \(file.size)", remedy: "fetch it again")
        }
        guard offset > 0 else { throw Problem("\(path) is empty", explanation: "a tar file was expected") }
        self.members = members
        self.unnameable = unnameable
    }

    /// Returns `count` bytes at `offset` of the file at `path`. Throws a `Problem` when they are not there.
    static func bytes(of path: String, at offset: Int, count: Int) throws(Problem) -> [UInt8] {
        try OpenFile(path).read(count, at: offset)
    }

    /// Nil for a name that is not UTF-8 or leads out of the archive.
    private static func name(_ bytes: [UInt8]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !parts.isEmpty, !parts.contains("..") else { return nil }
        return parts.joined(separator: "/")
    }

    /// True for a name such as `images.tar.gz` or `images.tgz`.
    static func isCalledCompressed(_ name: String) -> Bool {
        let endings = [".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.xz", ".txz", ".tar.bz2", ".tbz", ".tbz2"], name = name.lowercased()
        return endings.contains { name.hasSuffix($0) }
    }

    private static func damaged(_ path: String, block: [UInt8], at offset: Int) -> Problem {
        let compressions: [(name: String, start: [UInt8])] = [
            ("gzip", [0x1F, 0x8B]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]), ("xz", [0xFD, 0x37, 0x7A]), ("bzip2", [0x42, 0x5A, 0x68]),
        ]
        if offset == 0, let compression = compressions.first(where: { block.starts(with: $0.start) }) {
            return Problem(
                "\(path) is compressed with \(compression.name), so that its members cannot be read where they are",
                remedy: "uncompress it: \(compression.name) -d")
        }
        return Problem("\(path) is no tar file, or is damaged at byte \(offset)", remedy: "fetch it again, or unpack what can be unpacked")
    }

    /// A regular file that is open, until this goes out of use.
    private final class OpenFile {
        let size: Int
        private let path: String
        private let descriptor: Int32

        init(_ path: String) throws(Problem) {
            // Opening a pipe for reading would wait for a writer.
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { throw Problem.unreadable(path, code: errno) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                throw Problem("\(path) is not a file", explanation: "a tar file was expected here")
            }
            self.path = path
            self.descriptor = descriptor
            size = Int(status.st_size)
        }

        deinit { close(descriptor) }

        func read(_ count: Int, at offset: Int) throws(Problem) -> [UInt8] {
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                    if got > 0 {
                        filled += got
                    } else if got == 0 || errno != EINTR {
                        failure = got == 0 ? 0 : errno
                        return
                    }
                }
            }
            guard failure == 0 else { throw Problem.unreadable(path, code: failure) }
            guard bytes.count == count else { throw Problem("\(path) has become shorter", remedy: "leave it alone while it is read") }
            return bytes
        }
    }
}
