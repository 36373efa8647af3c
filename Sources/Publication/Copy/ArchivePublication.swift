import CZip
import Diagnostics
import Glibc
import Run

/// Packs a site into one zip file that is the same for the same site: names sorted, one date, no owner. It is read back before it takes
/// its place. Text is compressed; pictures, which are already, are stored.
struct ArchivePublication {
    /// By its comment an archive is known for ours.
    static let comment = "Published with Vitrine"

    private let target: String
    private let site: SiteFiles

    init(target: String, site: SiteFiles) throws {
        guard !target.isEmpty, !target.hasSuffix("/"), !FolderContent.isDirectory(target) else {
            throw Problem("--zip “\(target)” names no file", remedy: "Name the zip file to write.", kind: .usage)
        }
        self.target = target
        self.site = site
    }

    func run(_ progress: any ProgressReport) throws -> PublicationResult {
        let slash = target.lastIndex(of: "/")
        let parent = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
        guard FolderContent.isDirectory(parent) || parent == "." || access(parent, W_OK) == 0 else {
            throw Problem("There is no folder \(parent) to write \(target) to", remedy: "Make it, or choose another --zip.", kind: .usage)
        }
        try refuseForeignFile()
        Self.clearLeftovers(in: parent)
        let folder = "\(parent)/\(AtomicFile.temporaryPrefix)\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        guard mkdir(folder, 0o777) == 0 else { throw Problem.system("write", target, code: errno) }
        defer { Self.remove(folder) }
        let temporary = folder + "/" + Self.inner
        let existed = access(target, F_OK) == 0
        try pack(into: temporary, progress)
        try Self.verify(temporary, site.list, progress)
        // libzip makes files for their owner alone.
        let mask = umask(0)
        umask(mask)
        chmod(temporary, 0o666 & ~mask)
        let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            close(descriptor)
        }
        guard rename(temporary, target) == 0 else { throw Problem.system("write", target, code: errno) }
        var result = PublicationResult(place: target)
        result.files = site.files.count
        result.bytes = site.files.reduce(0) { $0 + $1.bytes }
        if existed { result.replaced = site.files.count } else { result.added = site.files.count }
        return result
    }

    // MARK: Packing

    private static let inner = "site.zip"
    private static let stored: Set<String> = ["png", "jpg", "jpeg", "webp", "gif", "avif", "woff", "woff2", "zip", "gz", "pdf", "mp4", "webm"]

    private func pack(into path: String, _ progress: any ProgressReport) throws {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code) else { throw Self.problem("write", target, code) }
        var isClosed = false
        defer { if !isClosed { zip_discard(archive) } }
        let list = Array(site.list.text.utf8)
        let listing = SiteFiles.File(path: ChecksumList.name, sha256: "", bytes: list.count, source: nil)
        let files = (site.files + [listing]).sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        // libzip reads it when the archive is closed.
        try list.withUnsafeBytes { listBytes in
            for file in files {
                let source =
                    if let path = file.source { zip_source_file(archive, path, 0, -1) } else {
                        zip_source_buffer(archive, file.bytes > 0 ? listBytes.baseAddress : nil, zip_uint64_t(file.bytes), 0)
                    }
                guard let source else { throw failure(archive) }
                let index = zip_file_add(archive, file.path, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
                guard index >= 0 else {
                    zip_source_free(source)
                    throw failure(archive)
                }
                let place = zip_uint64_t(index)
                let ending = file.path.split(separator: "/").last?.split(separator: ".").last?.lowercased() ?? ""
                let method = file.bytes == 0 || Self.stored.contains(ending) ? ZIP_CM_STORE : ZIP_CM_DEFLATE
                // 1 January 1980, the earliest date there is; a regular file that all may read.
                guard zip_set_file_compression(archive, place, method, 9) == 0,
                    zip_file_set_dostime(archive, place, 0, 1 << 5 | 1, 0) == 0,
                    zip_file_set_external_attributes(archive, place, 0, zip_uint8_t(ZIP_OPSYS_UNIX), 0o100644 << 16) == 0
                else { throw failure(archive) }
            }
            let comment = Self.comment
            guard zip_set_archive_comment(archive, comment, zip_uint16_t(comment.utf8.count)) == 0 else { throw failure(archive) }
            progress.begin("Packing", total: files.count, done: 0)
            guard zip_close(archive) == 0 else { throw failure(archive) }
            isClosed = true
            progress.end()
        }
    }

    private func failure(_ archive: OpaquePointer) -> Problem {
        Problem("cannot write \(target): \(String(cString: zip_strerror(archive)))", remedy: "Free some space, or choose another place.")
    }

    private static func problem(_ verb: String, _ path: String, _ code: Int32) -> Problem {
        var error = zip_error_t()
        zip_error_init_with_code(&error, code)
        defer { zip_error_fini(&error) }
        return Problem("cannot \(verb) \(path): \(String(cString: zip_error_strerror(&error)))")
    }

    // MARK: Reading back

    /// Throws a `Problem` unless the archive at `path` holds `list` and what it lists, and nothing else.
    private static func verify(_ path: String, _ list: ChecksumList, _ progress: any ProgressReport) throws {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code) else { throw problem("read", path, code) }
        defer { zip_discard(archive) }
        let count = zip_get_num_entries(archive, 0)
        var wanted = Dictionary(list.entries.map { ($0.path, $0.sha256) }) { first, _ in first }
        wanted[ChecksumList.name] = FileHash.sha256(Array(list.text.utf8))
        progress.begin("Verifying", total: Int(count), done: 0)
        for index in 0..<zip_uint64_t(max(count, 0)) {
            let name = zip_get_name(archive, index, zip_flags_t(ZIP_FL_ENC_RAW)).map { String(cString: $0) } ?? ""
            guard let expected = wanted.removeValue(forKey: name), try hash(index, in: archive, path) == expected else {
                throw Problem(
                    "\(name) in the archive is not what it should be a copy of", explanation: "The site was changed meanwhile, or the disk fails.",
                    remedy: "Run the same command again.")
            }
            progress.update(Int(index) + 1)
        }
        progress.end()
        guard wanted.isEmpty else { throw Problem("\(wanted.count) files are missing in the archive", remedy: "Run the same command again.") }
    }

    private static func hash(_ index: zip_uint64_t, in archive: OpaquePointer, _ path: String) throws -> String {
        guard let file = zip_fopen_index(archive, index, 0) else {
            throw Problem("cannot read \(path): \(String(cString: zip_strerror(archive)))")
        }
        defer { zip_fclose(file) }
        var hash = RunningHash()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = zip_fread(file, buffer.baseAddress, zip_uint64_t(buffer.count))
            guard count >= 0 else { throw Problem("cannot read \(path): \(String(cString: zip_file_strerror(file)))") }
            if count == 0 { return hash.finish() }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
        }
    }

    /// Throws a `Problem` when something stands at the target that we did not make, or that was changed since.
    private func refuseForeignFile() throws {
        guard access(target, F_OK) == 0 else { return }
        var code: Int32 = 0
        if let archive = zip_open(target, ZIP_RDONLY, &code) {
            defer { zip_discard(archive) }
            var length: Int32 = 0
            let comment = zip_get_archive_comment(archive, &length, 0).map { String(cString: $0) }
            let index = zip_name_locate(archive, ChecksumList.name, 0)
            if comment == Self.comment, index >= 0, let list = try? Self.list(zip_uint64_t(index), in: archive),
                (try? Self.verify(target, list, SilentProgress())) != nil {
                return
            }
        }
        throw Problem(
            "\(target) is there, and is not as Vitrine made it", explanation: "Nothing was changed.", remedy: "Move it away, or choose another --zip.")
    }

    private static func list(_ index: zip_uint64_t, in archive: OpaquePointer) throws -> ChecksumList? {
        guard let file = zip_fopen_index(archive, index, 0) else { return nil }
        defer { zip_fclose(file) }
        var bytes: [UInt8] = []
        while true {
            var end = false
            let piece = [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, filled in
                let count = zip_fread(file, buffer.baseAddress, zip_uint64_t(buffer.count))
                end = count <= 0
                filled = max(Int(count), 0)
            }
            bytes += piece
            guard bytes.count < FileBytes.longest >> 3 else { return nil }
            if end { return try ChecksumList(bytes, name: ChecksumList.name) }
        }
    }

    // MARK: Leftovers

    /// Removes the folders of processes that were killed while they packed.
    private static func clearLeftovers(in parent: String) {
        guard let content = try? FolderContent.of(parent), case .entries(let names) = content else { return }
        for name in names where Leftover.isOne(name) && FolderContent.isDirectory(parent + "/" + name) { remove(parent + "/" + name) }
    }

    /// Removes a folder with nothing but archives of ours in it, finished or not.
    private static func remove(_ folder: String) {
        guard let content = try? FolderContent.of(folder) else { return }
        if case .entries(let names) = content {
            guard names.allSatisfy({ $0.hasPrefix(inner) }) else { return }
            for name in names { unlink(folder + "/" + name) }
        }
        rmdir(folder)
    }
}
