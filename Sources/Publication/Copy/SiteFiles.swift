import Diagnostics
import Run

/// The files of a site that are published, with their hashes; sorted by path.
struct SiteFiles {
    struct File {
        var path: String
        var sha256: String
        var bytes: Int
        /// Where it is copied from; nil for a file that is empty.
        var source: String?
    }

    let files: [File]

    /// - Throws: `Problem` when a file cannot be read, or has a name that a list of hashes cannot hold.
    init(_ index: SiteIndex, _ progress: any ProgressReport) throws {
        var files: [File] = []
        progress.begin("Reading", total: index.files.count, done: 0)
        for (number, file) in index.files.enumerated() {
            let source = index.root + "/" + file.path
            if file.path == ChecksumList.name {
                // That of an earlier publication, which is being published again.
                guard try ChecksumList(FileBytes.regular(source), name: source) == nil else { continue }
                throw Problem(
                    "\(source) is in the place of the list of hashes", explanation: "Publishing writes a file of that name.",
                    remedy: "Give the file another name.")
            }
            guard !file.path.unicodeScalars.contains(where: { $0.value < 32 || $0 == "\\" || $0 == "\u{FFFD}" }) else {
                throw Problem("\(index.root) holds a file whose name cannot be listed", explanation: file.path.debugDescription, remedy: "Rename it.")
            }
            files.append(File(path: file.path, sha256: try FileHash.sha256(path: source), bytes: file.bytes, source: source))
            progress.update(number + 1)
        }
        if index.number(of: ".nojekyll") == nil {
            files.append(File(path: ".nojekyll", sha256: FileHash.sha256([]), bytes: 0, source: nil))
            files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        }
        progress.end()
        self.files = files
    }

    var list: ChecksumList { ChecksumList(files.map { .init(path: $0.path, sha256: $0.sha256) }) }

    /// What pages need before pages, the start page last: a reader who comes in between finds no page without its pictures.
    var inOrderOfCopying: [File] {
        func rank(_ file: File) -> Int { file.path == "index.html" ? 2 : PageKind(file.path) == .page ? 1 : 0 }
        return files.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }
}
