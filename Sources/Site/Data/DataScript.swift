import FoundationEssentials

/// Data for the site's own scripts as a script: browsers read nothing else from disk (`file://`), and it needs no exception from a
/// Content-Security-Policy.
enum DataScript {
    /// A script that hands `data` over under the name `key`: `vitrine.receive("key", {...});`.
    static func text(_ data: some Encodable, key: String) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Array("vitrine.receive(".utf8) + encoder.encode([key]).dropFirst().dropLast() + [UInt8(ascii: ",")] + encoder.encode(data)
            + Array(");\n".utf8)
    }
}
