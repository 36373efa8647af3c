import Foundation

/// Looks into every page of a folder and names the links that lead nowhere.
enum LinkChecker {
    static func brokenLinks(in folder: String) throws -> [String] {
        var identifiers: [String: Set<String>] = [:]
        var pages: [String: String] = [:]
        for path in try files(in: folder) where path.hasSuffix(".html") {
            let text = try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
            pages[path] = text
            identifiers[path] = Set(values(of: "id", in: text))
        }
        var broken: [String] = []
        for (path, text) in pages.sorted(by: { $0.key < $1.key }) {
            for (attribute, link) in ["href", "src"].flatMap({ name in values(of: name, in: text).map { (name, $0) } }) {
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let target = parts[0].isEmpty ? path : resolved(parts[0], from: path)
                var isDirectory: ObjCBool = false
                if target.map({ FileManager.default.fileExists(atPath: folder + "/" + $0, isDirectory: &isDirectory) }) != true
                    || isDirectory.boolValue
                {
                    broken.append("\(path): \(attribute) \(link)")
                } else if parts.count > 1, let target, identifiers[target]?.contains(parts[1]) == false {
                    broken.append("\(path): no \(parts[1]) in \(target)")
                }
            }
            let own = values(of: "id", in: text)
            if Set(own).count != own.count { broken.append("\(path): an id is there twice") }
        }
        return broken
    }

    static func files(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: folder + "/" + $0, isDirectory: &isDirectory) && !isDirectory.boolValue
        }.sorted()
    }

    /// Nil when the link leaves the folder or names another host.
    private static func resolved(_ link: String, from page: String) -> String? {
        guard !link.contains(":"), !link.hasPrefix("/") else { return nil }
        var parts = page.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    private static func values(of attribute: String, in text: String) -> [String] {
        text.components(separatedBy: " \(attribute)=\"").dropFirst().compactMap {
            $0.split(separator: "\"", omittingEmptySubsequences: false).first.map(String.init)
        }
    }
}
