import Run

/// How to refer to a page: BibTeX that compiles whatever the names hold.
enum Citation {
    /// An entry for the whole report (`subject` nil) or one part of it.
    static func bibTeX(_ manifest: RunManifest, subject: String? = nil, key: String? = nil, author: String? = nil, url: String? = nil) -> String {
        let network = manifest.network
        let identity = (["vitrine", network.architecture, String(network.checkpoint.sha256.prefix(8))] + (key.map { [$0] } ?? []))
            .map {
                $0.unicodeScalars.filter {
                    $0.isASCII
                        && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "._-".unicodeScalars.contains($0))
                }
            }
            .map { String(String.UnicodeScalarView($0)) }.joined(separator: "-")
        let title = subject.map { "\($0): \(manifest.title)" } ?? manifest.title
        return """
            @misc{\(identity),
              \(author.map { "author = {\(PlainText.bibTeXNames($0))}" } ?? "key = {\(PlainText.bibTeX(network.displayName))}"),
              title = {\(protected(title))},\(manifest.year.map { "\n  year = {\($0)}," } ?? "")\(url.map { "\n  url = {\(address($0))}," } ?? "")
              note = {\(PlainText.bibTeX("\(network.displayName), checkpoint SHA-256 \(network.checkpoint.sha256.prefix(16)); made with \(manifest.tool.name) \(manifest.tool.version)"))}
            }
            """
    }

    /// A URL as the value of a field, whose braces have to be even.
    private static func address(_ url: String) -> String { url.replacing("{", with: "%7B").replacing("}", with: "%7D") }

    /// `title` as the value of a field, in which words with capitals keep them: most styles make small letters of all but the first, and
    /// the first behind a colon.
    private static func protected(_ title: String) -> String {
        var result = "", isFirst = true
        for (number, word) in title.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            let capitals = word.enumerated().filter { $1.isUppercase }.map(\.offset)
            let keeps = !capitals.isEmpty && !(isFirst && capitals == [0])
            let text = PlainText.bibTeX(String(word))
            // A brace and a backslash begin what BibTeX takes for one letter, and makes small all the same: a second brace keeps it.
            let isCommand = text.hasPrefix("\\") || text.hasPrefix("{\\")
            result += (number > 0 ? " " : "") + (!keeps ? text : isCommand ? "{{\(text)}}" : "{\(text)}")
            isFirst = word.hasSuffix(":")
        }
        return result
    }
}
