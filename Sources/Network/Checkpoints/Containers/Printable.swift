/// Text from a file, fit for a terminal: control characters, with which a hostile file could rewrite the screen, become
/// question marks, and what is longer than a few lines is cut.
func printable(_ text: String) -> String {
    let limit = 600
    if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    let scalars = text.unicodeScalars.prefix(limit).map { scalar -> Character in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: "?"
        default: Character(scalar)
        }
    }
    return String(scalars) + (text.unicodeScalars.dropFirst(limit).isEmpty ? "" : "...")
}
