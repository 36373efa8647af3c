import Diagnostics
import Glibc

/// The templates and assets that come with the program.
///
/// They are looked for here, and not through the package manager's `Bundle.module`, which ends the program when they are
/// missing.
struct Resources {
    /// A folder with `templates` and `assets` in it.
    let path: String

    var templates: String { path + "/templates" }
    var assets: String { path + "/assets" }

    /// The program's resources: beside the executable, under `../share/vitrine`, or where the program was built.
    ///
    /// - Throws: `Problem` naming the places when they are nowhere.
    static func find() throws -> Resources {
        var places: [String] = []
        if let executable = executableFolder() {
            places += [executable + "/vitrine_Site.resources", executable + "/../share/vitrine"]
        }
        places.append(sourceRoot())
        for place in places where access(place + "/templates/page.mustache", R_OK) == 0 { return Resources(path: place) }
        throw Problem(
            "the program's templates are missing", explanation: "Looked for in \(places.joined(separator: ", ")).",
            remedy: "Keep the folder vitrine_Site.resources beside the program.")
    }

    /// Adds style sheet, scripts and icon: first those of the folder `templates` of a user, if there is one; a file of ours with the same
    /// name stays away. With `names` only these of ours.
    func copyAssets(to folder: SiteFolder, besides templates: String?, only names: Set<String>? = nil) throws {
        for source in [templates.map { $0 + "/assets" }, assets].compactMap({ $0 }) {
            guard case .entries(let found) = try FolderContent.of(source) else { continue }
            for name in found where !name.hasPrefix(".") && name != "README.md" && !folder.contains("assets/" + name) {
                guard source != assets || names?.contains(name) ?? true else { continue }
                // Copied, not linked: the program's own files must not change with the site's. The fonts are for figures.
                guard !FolderContent.isDirectory(source + "/" + name), let bytes = try FileBytes.read(source + "/" + name) else { continue }
                try folder.write(bytes, to: "assets/" + name)
            }
        }
    }

    private static func executableFolder() -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? -1
        }
        guard count > 0 else { return nil }
        let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }

    /// From this file three folders up.
    private static func sourceRoot(file: String = #filePath) -> String {
        file.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    }
}
