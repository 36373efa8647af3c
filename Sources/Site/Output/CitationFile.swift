import Run

/// `CITATION.cff` of a site (Citation File Format 1.2.0), which GitHub and Zenodo read: only where an author is named, whom the format wants.
enum CitationFile {
    static let path = "CITATION.cff"

    /// Nil where nobody is named.
    static func text(of content: RunContent) -> String? {
        let presentation = content.presentation, manifest = content.manifest
        guard let names = presentation.author.map(authors), !names.isEmpty else { return nil }
        var lines = [
            "cff-version: 1.2.0", "message: \"If you use what this site shows, please cite it.\"", "type: dataset",
            "title: \(quoted(manifest.title))", "authors:",
        ]
        for name in names {
            if let family = name.family {
                lines += ["  - family-names: \(quoted(family))", "    given-names: \(quoted(name.rest))"]
            } else {
                lines.append("  - name: \(quoted(name.rest))")
            }
        }
        if let base = presentation.baseURL { lines.append("url: \(quoted(base))") }
        if let licence = presentation.licence.flatMap(identifier) { lines.append("license: \(licence)") }
        let network = manifest.network
        lines.append(
            "abstract: \(quoted("\(network.displayName), checkpoint SHA-256 \(network.checkpoint.sha256); made with \(manifest.tool.name) \(manifest.tool.version)."))")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Names as BibTeX has them: `Ada Lovelace and {The Vision Group} and Turing, Alan`. Without a family name it is a group, or one word.
    static func authors(_ text: String) -> [(family: String?, rest: String)] {
        var names: [[String]] = [[]], depth = 0
        for word in text.split(whereSeparator: \.isWhitespace).map(String.init) {
            if depth == 0, word == "and" {
                names.append([])
            } else {
                names[names.count - 1].append(word)
            }
            depth += word.count { $0 == "{" } - word.count { $0 == "}" }
        }
        return names.filter { !$0.isEmpty }.map { words in
            let whole = words.joined(separator: " "), plain = whole.filter { $0 != "{" && $0 != "}" }
            if whole.hasPrefix("{"), whole.hasSuffix("}") { return (nil, plain) }
            if let comma = plain.firstIndex(of: ",") {
                let rest = plain[plain.index(after: comma)...].drop { $0 == " " }
                return rest.isEmpty ? (nil, String(plain[..<comma])) : (String(plain[..<comma]), String(rest))
            }
            guard words.count > 1, let space = plain.lastIndex(of: " ") else { return (nil, plain) }
            return (String(plain[plain.index(after: space)...]), String(plain[..<space]))
        }
    }

    /// The SPDX identifier of a licence that is known by it, as the format wants it: `CC BY 4.0` is `CC-BY-4.0`.
    private static func identifier(_ licence: String) -> String? {
        let name = licence.uppercased().replacing(" ", with: "-")
        let known = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0", "MIT"]
        return known.contains(name) ? name : name == "APACHE-2.0" ? "Apache-2.0" : nil
    }

    /// In double quotes, as YAML and JSON both read them.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || [0x2028, 0x2029, 0xFEFF].contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
