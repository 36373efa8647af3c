extension Unicode.Scalar {
    /// False for those with which a hostile file could rewrite a terminal's screen.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

extension String {
    /// True for text that a terminal shows as it is.
    var isPrintable: Bool { unicodeScalars.allSatisfy(\.isPrintable) }
}

/// Text from a file, fit for a terminal: control characters become question marks, and what is longer than a few lines is cut.
package func printable(_ text: String) -> String {
    let limit = 600
    if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    let scalars = text.unicodeScalars.prefix(limit).map { $0.isPrintable ? Character($0) : "?" }
    return String(scalars) + (text.unicodeScalars.dropFirst(limit).isEmpty ? "" : "...")
}
