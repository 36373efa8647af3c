import Diagnostics
import Glibc

/// Where a report reads and writes. The three places must not lie in each other: a site among the images would be taken for
/// images the next time, and a run folder in the site would be published.
enum Places {
    /// Throws a `Problem` that names the two places that overlap.
    static func check(images: String, site: String, run: String) throws {
        let places = [("the images", "--images", images), ("the site", "--out", site), ("the run folder", "--run", run)]
            .map { (name: $0.0, option: $0.1, path: $0.2, parts: parts(of: resolved($0.2))) }
        for (index, first) in places.enumerated() {
            for second in places[(index + 1)...] {
                let relation: String
                if first.parts == second.parts {
                    relation = "\(second.name) and \(first.name) are the same folder, \(second.path)"
                } else if second.parts.starts(with: first.parts) {
                    relation = "\(second.name) (\(second.path)) is inside \(first.name) (\(first.path))"
                } else if first.parts.starts(with: second.parts) {
                    relation = "\(first.name) (\(first.path)) lies inside \(second.name) (\(second.path))"
                } else {
                    continue
                }
                throw Problem(
                    relation.prefix(1).uppercased() + relation.dropFirst(),
                    explanation: "Images, site and run folder must be kept apart; nothing was changed.",
                    remedy: "Choose another folder with \(second.option).", kind: .usage)
            }
        }
    }

    private static func parts(of path: String) -> [Substring] { path.split(separator: "/") }

    /// The absolute path without links; of a path that is not there yet, as far as it is there.
    private static func resolved(_ path: String) -> String {
        var existing = path.isEmpty ? "." : path
        var missing: [Substring] = []
        while true {
            if let real = realpath(existing, nil) {
                defer { free(real) }
                return ([String(cString: real)] + missing.reversed().map(String.init)).joined(separator: "/")
            }
            while existing.count > 1, existing.hasSuffix("/") { existing.removeLast() }
            guard let slash = existing.lastIndex(of: "/") else {
                missing.append(existing[...])
                existing = "."
                // The current folder may have been removed.
                if realpath(".", nil) == nil { return path }
                continue
            }
            missing.append(existing[existing.index(after: slash)...])
            existing = slash == existing.startIndex ? "/" : String(existing[..<slash])
        }
    }
}
