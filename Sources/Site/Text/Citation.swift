import Run

/// How to refer to a page: BibTeX that compiles whatever the names hold.
enum Citation {
    /// An entry for the whole report (`subject` nil) or one part of it.
    static func bibTeX(_ manifest: RunManifest, subject: String? = nil, key: String? = nil) -> String {
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
              title = {\(PlainText.bibTeX(title))},
              note = {\(PlainText.bibTeX("\(network.displayName), checkpoint SHA-256 \(network.checkpoint.sha256.prefix(16)); made with \(manifest.tool.name) \(manifest.tool.version)"))}
            }
            """
    }
}
