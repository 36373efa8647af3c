import Diagnostics
import Glibc

/// A site on its way to its place: written beside it under a temporary name, and put there in one step when it is whole.
///
/// The marker `.vitrine-site` lists the files that the site consists of. Files of other people in the folder (a `CNAME`,
/// `.git`) move to the new site; files of the old site that the new one does not have are gone with it.
final class SiteFolder {
    static let marker = ".vitrine-site"

    private let target: String
    private let temporary: String
    private var files = Set<String>()
    private var folders = Set<String>()
    private var isFinished = false
    private(set) var bytes = 0

    /// Begins a site that will be at `target`.
    ///
    /// - Throws: `Problem` when there is something at `target` that is not a site of ours (it is left as it is), or the place
    ///   is read-only.
    init(target: String) throws {
        let target = try Self.checkedTarget(target)
        let slash = target.lastIndex(of: "/")
        let parent = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
        try FolderContent.makeDirectory(parent)
        self.target = target
        temporary = Self.temporaryPath(for: target, in: parent)
        do { try FolderContent.makeDirectory(temporary) } catch let problem as Problem { throw Self.renamed(problem, temporary, target) }
        try clearLeftovers(in: parent)
    }

    /// The path of `target` without slashes at its end. Changes nothing.
    ///
    /// - Throws: `Problem` when it cannot be the name of a site, or something that is not a site of ours is there.
    static func checkedTarget(_ target: String) throws -> String {
        var target = target
        while target.count > 1, target.hasSuffix("/") { target.removeLast() }
        guard !target.isEmpty, target != "/", target != ".", !target.hasSuffix("/."), !target.hasSuffix("..") else {
            throw Problem("cannot put a site at '\(target)'", remedy: "Name a folder for it.", kind: .usage)
        }
        switch try FolderContent.of(target) {
        case .absent, .empty: break
        case .entries(let names) where names.contains(Self.marker): break
        case .notAFolder:
            throw Problem("\(target) is a file", explanation: "A folder was expected.", remedy: "Choose a folder that does not exist yet.", kind: .usage)
        case .entries:
            throw Problem(
                "\(target) is not a site of Vitrine",
                explanation: "It is not empty, and Vitrine did not make it; nothing was changed.",
                remedy: "Choose a folder that does not exist yet.", kind: .usage)
        }
        return target
    }

    // MARK: Temporary names

    /// `.vitrine-tmp-<process>-<target>-<random>`: who made it, and for which target.
    private static func temporaryPath(for target: String, in parent: String) -> String {
        "\(parent)/\(AtomicFile.temporaryPrefix)\(getpid())-\(tag(of: target))-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    }

    /// A short fingerprint of the target's own name (FNV-1a).
    private static func tag(of target: String) -> String {
        let name = target.utf8.split(separator: UInt8(ascii: "/")).last ?? target.utf8[...]
        let hash = name.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }

    /// A problem with the target's name in the place of the temporary one, which means nothing to anybody.
    private static func renamed(_ problem: Problem, _ temporary: String, _ target: String) -> Problem {
        Problem(
            problem.summary.split(separator: temporary, omittingEmptySubsequences: false).joined(separator: target),
            explanation: problem.explanation, remedy: problem.remedy, kind: problem.kind)
    }

    /// Removes what processes that were killed left behind beside this target. A site that had been taken out of its place
    /// gives up the files of other people in it as `publish()` would have done.
    private func clearLeftovers(in parent: String) throws {
        guard case .entries(let names) = try FolderContent.of(parent) else { return }
        for name in names where Leftover.isOne(name) {
            let parts = name.dropFirst(AtomicFile.temporaryPrefix.count).split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count >= 3, parts[1] == Self.tag(of: target) else { continue }
            let leftover = parent + "/" + name
            if parts.last == "old", case .absent = try FolderContent.of(target) {
                // Killed between the two renames: this is the site.
                rename(leftover, target)
            } else if access(leftover + "/" + Self.marker, F_OK) == 0 {
                try clear(leftover, of: Self.listing(of: leftover))
            } else {
                try Self.remove(leftover)
            }
        }
    }

    deinit { discard() }

    /// Removes what was written, unless it is in its place.
    func discard() {
        guard !isFinished else { return }
        isFinished = true
        try? Self.remove(temporary)
    }

    /// Adds a file. Nothing of it is seen before `publish()`.
    func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    func write(_ content: [UInt8], to path: String) throws {
        do { try AtomicFile.write(content, to: try place(path), isDurable: false) } catch let problem as Problem {
            throw Self.renamed(problem, temporary, target)
        }
        bytes += content.count
    }

    /// Adds a copy of the file at `source`; false when there is none. Never a second name of the same file: who edits a picture of the site must
    /// not change the run. File systems that can share the bytes do.
    func copy(_ source: String, to path: String) throws -> Bool {
        if files.contains(path) { return true }
        guard access(source, R_OK) == 0 else { return false }
        let destination = try place(path)
        if let size = Self.copied(source, to: destination) {
            bytes += size
            return true
        }
        guard let content = try FileBytes.read(source) else { return false }
        files.remove(path)
        try write(content, to: path)
        return true
    }

    /// The bytes that the kernel copied; nil where it cannot, with nothing left at `destination`.
    private static func copied(_ source: String, to destination: String) -> Int? {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { return nil }
        defer { close(input) }
        let output = open(destination, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard output >= 0 else { return nil }
        var total = 0
        while true {
            let count = LinuxCalls.copy(input, to: output, 1 << 30)
            if count > 0 {
                total += count
                continue
            }
            let isWhole = count == 0 && close(output) == 0
            if count != 0 { close(output) }
            if isWhole { return total }
            unlink(destination)
            return nil
        }
    }

    /// Puts the site in its place: who looks sees the old one or the new one.
    func publish() throws {
        files.insert(Self.marker)
        try AtomicFile.write(
            Array((files.sorted().joined(separator: "\n") + "\n").utf8), to: temporary + "/" + Self.marker, isDurable: false)
        // One wait for all files rather than one for each.
        let code = LinuxCalls.flush(fileSystemOf: temporary)
        guard code == 0 else { throw Problem.system("write", target, code: code) }
        if rename(temporary, target) == 0 {  // Nothing, or an empty folder, is there.
            isFinished = true
            return
        }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw Problem.system("write", target, code: errno) }
        let listed = try Self.listing(of: target)
        try exchange()
        isFinished = true
        try clear(temporary, of: listed)
    }

    var count: Int { files.count }

    /// Addresses of pages, the one for addresses that do not exist left out; sorted.
    var pages: [String] { files.filter { $0.hasSuffix(".html") && $0 != "404.html" }.sorted() }

    func contains(_ path: String) -> Bool { files.contains(path) }

    private func place(_ path: String) throws -> String {
        guard files.insert(path).inserted else {
            throw Problem("two pages would have the address \(path)", explanation: "The run names a layer or a unit twice.")
        }
        if let slash = path.lastIndex(of: "/") {
            let folder = String(path[..<slash])
            if folders.insert(folder).inserted { try FolderContent.makeDirectory(temporary + "/" + folder) }
        }
        return temporary + "/" + path
    }

    private func exchange() throws {
        let code = LinuxCalls.exchange(temporary, target)
        if code == 0 { return }
        guard code == EINVAL || code == ENOSYS else { throw Problem.system("write", target, code: code) }
        // Some network file systems cannot exchange. Between the two renames there is no site at its place.
        let old = temporary + "-old"
        guard rename(target, old) == 0 else { throw Problem.system("write", target, code: errno) }
        guard rename(temporary, target) == 0 else {
            let code = errno
            rename(old, target)
            throw Problem.system("write", target, code: code)
        }
        rename(old, temporary)
    }

    /// The files that the site at `path` consists of, as its marker says.
    static func listing(of path: String) throws -> Set<String> {
        guard let bytes = try FileBytes.read(path + "/" + marker) else { return [] }
        return Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    /// Removes the old site, file by file as listed; whatever else is there goes to the same place in the new one. What
    /// finds its place taken stays under the temporary name.
    private func clear(_ folder: String, of listed: Set<String>) throws {
        func visit(_ prefix: String) throws {
            guard case .entries(let names) = try FolderContent.of(prefix.isEmpty ? folder : folder + "/" + prefix) else { return }
            for name in names {
                let path = prefix.isEmpty ? name : prefix + "/" + name
                if listed.contains(path) {
                    unlink(folder + "/" + path)
                } else if listedFolders.contains(path) {
                    try visit(path)
                    rmdir(folder + "/" + path)
                } else if access(target + "/" + path, F_OK) != 0 {
                    if let slash = path.lastIndex(of: "/") { try FolderContent.makeDirectory(target + "/" + path[..<slash]) }
                    rename(folder + "/" + path, target + "/" + path)
                }
            }
        }
        var listedFolders = Set<String>()
        for path in listed {
            var rest = path[...]
            while let slash = rest.lastIndex(of: "/") {
                rest = rest[..<slash]
                if !listedFolders.insert(String(rest)).inserted { break }
            }
        }
        try visit("")
        rmdir(folder)
    }

    /// Removes a folder that this object made.
    private static func remove(_ path: String) throws {
        guard case .entries(let names) = try FolderContent.of(path) else {
            rmdir(path)
            return
        }
        for name in names {
            let inner = path + "/" + name
            if unlink(inner) != 0 { try remove(inner) }
        }
        rmdir(path)
    }
}
