import Diagnostics
import Glibc
import Run

/// Brings a site into a folder that others use too: a working copy of Git, a share.
///
/// `SHA256SUMS` in it lists what Vitrine put there, `.vitrine-publishing` during the work what it may be about to have put there: what is
/// in neither, or was changed since, is not touched. Every file is replaced in one step and read back. Killed at any time, the same
/// command goes on where it was.
struct FolderPublication {
    static let journal = ".vitrine-publishing"

    private let target: String
    private let site: SiteFiles
    private let descriptor: Int32

    /// Takes the folder for this process.
    ///
    /// - Throws: `Problem` when it cannot be made, or another process publishes into it.
    static func publish(_ site: SiteFiles, to target: String, _ progress: any ProgressReport) throws -> PublicationResult {
        switch try FolderContent.of(target) {
        case .notAFolder: throw Problem("\(target) is not a folder", remedy: "Name a folder to publish into.", kind: .usage)
        case .absent, .empty, .entries: break
        }
        try FolderContent.makeDirectory(target)
        let descriptor = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Problem.system("read", target, code: errno) }
        defer { close(descriptor) }
        // Not every file system has locks.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            throw Problem("another process is publishing into \(target)", remedy: "Wait until it has finished.")
        }
        return try FolderPublication(target: target, site: site, descriptor: descriptor).run(progress)
    }

    // MARK: The plan

    private enum State {
        case absent, same
        /// As Vitrine left it, with other bytes than now.
        case ours
        case foreign
    }

    private func run(_ progress: any ProgressReport) throws -> PublicationResult {
        let earlier = try known(ChecksumList.name) ?? []
        let ours = Set(earlier).union(try known(Self.journal) ?? [])
        try refuseForeignList()
        var result = PublicationResult(place: target)
        var wanted: [SiteFiles.File] = []
        var foreign: [String] = []
        let files = site.inOrderOfCopying
        progress.begin("Comparing", total: files.count, done: 0)
        for (number, file) in files.enumerated() {
            switch try state(of: file.path, wanted: file.sha256, ours) {
            case .same: result.unchanged += 1
            case .absent:
                result.added += 1
                wanted.append(file)
            case .ours:
                result.replaced += 1
                wanted.append(file)
            case .foreign: foreign.append(file.path)
            }
            progress.update(number + 1)
        }
        progress.end()
        guard foreign.isEmpty else {
            throw Problem(
                "\(foreign.count == 1 ? "a file" : "\(foreign.count) files") in \(target) would be overwritten that Vitrine did not publish there, or that "
                    + "\(foreign.count == 1 ? "was" : "were") changed since: \(foreign.prefix(10).joined(separator: ", "))\(foreign.count > 10 ? " and others" : "")",
                explanation: "Nothing was changed.", remedy: "Move them away, or publish into another folder.")
        }
        let new = Set(site.files.map(\.path))
        let stale = Set(ours.map(\.path)).subtracting(new).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }

        let union = ours.union(site.list.entries)
        try AtomicFile.write(Array(ChecksumList(Array(union)).text.utf8), to: target + "/" + Self.journal)
        try clearTemporaries()
        try copy(wanted, progress)
        for path in stale {
            switch try state(of: path, wanted: "", ours) {
            case .absent: break
            case .ours:
                guard unlink(target + "/" + path) == 0 else { throw Problem.system("remove", target + "/" + path, code: errno) }
                result.removed += 1
                removeEmptyFolders(above: path)
            case .same, .foreign: result.kept.append(path)
            }
        }
        fsync(descriptor)
        try AtomicFile.write(Array(site.list.text.utf8), to: target + "/" + ChecksumList.name)
        unlink(target + "/" + Self.journal)
        result.files = site.files.count
        result.bytes = site.files.reduce(0) { $0 + $1.bytes }
        return result
    }

    /// The entries of a list in the target; nil when there is none, or none of ours.
    private func known(_ name: String) throws -> [ChecksumList.Entry]? {
        let path = target + "/" + name
        guard let type = type(of: path) else { return nil }
        guard type == S_IFREG else { throw Problem("\(path) is not a regular file", remedy: "Move it away.") }
        return try ChecksumList(FileBytes.regular(path), name: path)?.entries
    }

    /// Throws a `Problem` when a list of somebody else stands in the place of ours.
    private func refuseForeignList() throws {
        guard type(of: target + "/" + ChecksumList.name) != nil, try known(ChecksumList.name) == nil else { return }
        throw Problem(
            "\(target)/\(ChecksumList.name) is there, and is not Vitrine's", explanation: "Nothing was changed.",
            remedy: "Move it away, or publish into another folder.")
    }

    private func state(of path: String, wanted: String, _ ours: Set<ChecksumList.Entry>) throws -> State {
        var folder = target
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            guard let type = type(of: folder) else { return .absent }
            // What lies behind a link is somewhere else.
            guard type == S_IFDIR else { return .foreign }
        }
        let file = target + "/" + path
        guard let type = type(of: file) else { return .absent }
        guard type == S_IFREG else { return .foreign }
        let hash = try FileHash.sha256(path: file)
        if hash == wanted { return .same }
        return ours.contains(.init(path: path, sha256: hash)) ? .ours : .foreign
    }

    private func type(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    // MARK: The work

    private func copy(_ wanted: [SiteFiles.File], _ progress: any ProgressReport) throws {
        var folders: Set<String> = []
        progress.begin("Publishing", total: wanted.count, done: 0)
        for (number, file) in wanted.enumerated() {
            let place = target + "/" + file.path
            if let slash = place.lastIndex(of: "/"), folders.insert(String(place[..<slash])).inserted {
                try FolderContent.makeDirectory(String(place[..<slash]))
            }
            try AtomicFile.write(to: place, isDurable: false) { append in
                if let source = file.source { try FilePieces.read(source, append) }
            }
            let hash = try FileHash.sha256(path: place)
            guard hash == file.sha256 else {
                throw Problem(
                    "\(place) is not what it should be a copy of", explanation: "\(file.source ?? file.path) was changed meanwhile, or the disk fails.",
                    remedy: "Run the same command again.")
            }
            progress.update(number + 1)
        }
        progress.end()
    }

    /// Removes what a killed process was writing, in the folders that are written to. Nobody else is: the folder is taken.
    private func clearTemporaries() throws {
        var folders: Set<String> = [""]
        for file in site.files {
            var path = file.path[...]
            while let slash = path.lastIndex(of: "/") {
                path = path[..<slash]
                if !folders.insert(String(path)).inserted { break }
            }
        }
        for folder in folders.sorted() {
            let path = folder.isEmpty ? target : target + "/" + folder
            guard FolderContent.isDirectory(path) || folder.isEmpty, case .entries(let names) = try FolderContent.of(path) else { continue }
            for name in names where AtomicFile.isTemporary(name) && type(of: path + "/" + name) == S_IFREG { unlink(path + "/" + name) }
        }
    }

    private func removeEmptyFolders(above path: String) {
        var path = path[...]
        while let slash = path.lastIndex(of: "/") {
            path = path[..<slash]
            // The system refuses where something is left.
            guard rmdir(target + "/" + path) == 0 else { return }
        }
    }
}

/// Files read a piece at a time.
enum FilePieces {
    /// Calls `body` with the bytes of the regular file at `path`, in order. No link is followed.
    static func read(_ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw Problem.system("read", path, code: errno) }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if count == 0 {
                return
            } else if errno != EINTR {
                throw Problem.system("read", path, code: errno)
            }
        }
    }
}
