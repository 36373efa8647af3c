import Foundation

/// A value of a JSON document whose form is not known in advance.
enum JSONValue: Decodable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// The document in `data`; nil when it is no JSON.
    init?(_ data: Data) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: data) else { return nil }
        self = value
    }

    /// The object in a file of at most `limit` bytes; nil where there is no such file, or it holds something else. A link counts as what it
    /// leads to: a snapshot in the Hub's cache has nothing but links.
    init?(objectAt file: URL, limit: Int) {
        let file = file.resolvingSymlinksInPath()
        guard let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey]), values.isRegularFile == true,
            let size = values.fileSize, size <= limit, let data = try? Data(contentsOf: file), let value = JSONValue(data), case .object = value
        else { return nil }
        self = value
    }

    /// The member of an object; nil where there is none, or null.
    subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self, let value = members[key] else { return nil }
        if case .null = value { return nil }
        return value
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var boolean: Bool? { if case .boolean(let boolean) = self { boolean } else { nil } }
    var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }

    /// A whole number of a size that pixels or classes are counted in.
    var count: Int? { number.flatMap { abs($0) < 1e9 ? Int(exactly: $0) : nil } }

    /// An array of numbers; a number by itself is an array of one.
    var numbers: [Float]? {
        if let number { return [Float(number)] }
        guard let array else { return nil }
        let numbers = array.compactMap(\.number)
        return numbers.count == array.count && !numbers.isEmpty ? numbers.map { Float($0) } : nil
    }
}
