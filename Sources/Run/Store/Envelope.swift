/// A document as it lies in its file: what it is and which version of it comes before what it says.
struct Envelope<D: Document>: Codable {
    var content: D

    init(content: D) { self.content = content }

    private enum CodingKeys: String, CodingKey { case document, formatVersion, content }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try container.decode(String.self, forKey: .document)
        let version = try container.decode(Int.self, forKey: .formatVersion)
        guard kind == D.kind, version == D.formatVersion else {
            throw EnvelopeMismatch(found: "it holds \(kind) version \(version)")
        }
        content = try container.decode(D.self, forKey: .content)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(D.kind, forKey: .document)
        try container.encode(D.formatVersion, forKey: .formatVersion)
        try container.encode(content, forKey: .content)
    }
}

/// The file is whole, but not what was asked for.
struct EnvelopeMismatch: Error {
    var found: String
}

extension Document {
    /// The document's name in its file.
    static var kind: String { String(describing: Self.self) }
}
