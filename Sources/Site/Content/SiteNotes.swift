import Diagnostics

/// Notes in Markdown before there is a site to show them.
public enum SiteNotes {
    /// Reads every note in `folder`, so that what is wrong with one is said before long work. Throws a `Problem` as a rendering would.
    public static func check(_ folder: String) throws {
        func notes(_ path: String) throws -> [String] {
            guard case .entries(let names) = try FolderContent.of(folder + path) else { return [] }
            return names.filter { !$0.hasPrefix(".") }.sorted().map { path + "/" + $0 }
        }
        for path in try notes("") {
            let inner = FolderContent.isDirectory(folder + path) ? try notes(path) : [path]
            for file in inner where file.hasSuffix(".md") { _ = try Note(path: String(file.dropFirst()), in: folder) }
        }
    }
}
