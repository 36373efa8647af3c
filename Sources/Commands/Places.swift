import Diagnostics
import Glibc

/// Where a command reads and writes. Its places must not lie in each other: a site among the images would be taken for images the
/// next time, and a run folder in the site would be published.
enum Places {
    /// Throws a `Problem` that names the two places of a report that overlap.
    static func check(images: String, site: String, run: String) throws {
        try check(
            [("--images", images), ("--out", site), ("--run", run)],
            explanation: "Images, site and run folder must be kept apart; nothing was changed.")
    }

    /// Throws a `Problem` that names the two of `places`, options and paths, that overlap.
    static func check(_ places: [(option: String, path: String)], explanation: String) throws {
        let places = places.map { (option: $0.option, path: $0.path, parts: parts(of: resolved($0.path))) }
        for place in places where place.path.isEmpty {
            throw Problem("\(place.option) has no value", explanation: "A path was expected.", kind: .usage)
        }
        for (index, first) in places.enumerated() {
            for second in places[(index + 1)...] {
                let relation: String
                if first.parts == second.parts, first.option == second.option {
                    throw Problem(
                        "\(first.path) and \(second.path) are the same folder", explanation: explanation, remedy: "Name it once.", kind: .usage)
                } else if first.parts == second.parts {
                    relation = "\(first.option) and \(second.option) are the same folder, \(second.path)"
                } else if second.parts.starts(with: first.parts) {
                    relation = "The place of \(second.option), \(second.path), is inside that of \(first.option), \(first.path)"
                } else if first.parts.starts(with: second.parts) {
                    relation = "The place of \(first.option), \(first.path), is inside that of \(second.option), \(second.path)"
                } else {
                    continue
                }
                throw Problem(
                    relation, explanation: explanation,
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
