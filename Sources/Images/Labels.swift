public import Diagnostics
internal import Foundation

/// The classes of a network by index: a name each, and the folder that holds a class's images where the file says so.
public struct Labels: Sendable, Equatable {
    /// The name of each class, for people.
    public let names: [String]
    /// The name of each class's folder, such as a WordNet id; nil where only the class's name is known.
    public let folders: [String?]

    public init(names: [String], folders: [String?]? = nil) {
        let folders = folders ?? Array(repeating: nil, count: names.count)
        precondition(folders.count == names.count, "\(folders.count) folders for \(names.count) classes")
        self.names = names
        self.folders = folders
    }

    /// Reads the class list at `file`. It is one of
    /// - text whose line i, from 0, is class i: a name, or `folder<tab>name`, or a WordNet id, a space and a name;
    /// - JSON, an array of names or of `[folder, name]` in order;
    /// - JSON, an object with the keys "0", "1", … and names or `[folder, name]`, as `{"0": ["n01440764", "tench"]}`.
    ///
    /// Throws a `Problem` for anything else, for an empty list or an empty name.
    public init(file: String) throws(Problem) {
        let text = try FileBytes.text(of: file)
        let start = text.unicodeScalars.first { !$0.properties.isWhitespace }
        let classes = start == "[" || start == "{" ? try Self.classes(json: text, file: file) : try Self.classes(lines: FileBytes.lines(of: file), file: file)
        guard !classes.isEmpty else { throw Self.problem(file, "it holds no class") }
        for (index, entry) in classes.enumerated() where entry.name.isEmpty {
            throw Self.problem(file, "class \(index) has an empty name")
        }
        self.init(names: classes.map(\.name), folders: classes.map(\.folder))
    }

    private typealias Entry = (folder: String?, name: String)

    private static func classes(lines: [Substring], file: String) throws(Problem) -> [Entry] {
        func trimmed(_ text: Substring) -> String { text.trimmingCharacters(in: .whitespaces) }
        var lines = lines
        while let last = lines.last, trimmed(last).isEmpty { lines.removeLast() }
        return lines.map { line in
            if let tab = line.firstIndex(of: "\t") {
                return (trimmed(line[..<tab]), trimmed(line[line.index(after: tab)...]))
            }
            // The list that came with ILSVRC: "n01440764 tench, Tinca tinca".
            if let id = line.prefixMatch(of: /n\d{8} +/) {
                return (String(line.prefix(9)), trimmed(line[id.range.upperBound...]))
            }
            return (nil, trimmed(line))
        }
    }

    /// A class in JSON: a name alone, or folder and name.
    private struct JSONEntry: Decodable {
        let entry: Entry

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let name = try? container.decode(String.self) {
                entry = (nil, name)
                return
            }
            let pair = try container.decode([String].self)
            guard pair.count == 2 else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a folder and a name")
            }
            entry = (pair[0], pair[1])
        }
    }

    private static func classes(json text: String, file: String) throws(Problem) -> [Entry] {
        let data = Data(text.utf8)
        if let list = try? JSONDecoder().decode([JSONEntry].self, from: data) {
            return list.map(\.entry)
        }
        guard let table = try? JSONDecoder().decode([String: JSONEntry].self, from: data) else {
            throw problem(file, "the JSON is damaged or of another form")
        }
        var classes: [Entry] = []
        for index in 0..<table.count {
            guard let found = table[String(index)] else {
                throw problem(file, "of \(table.count) classes, number \(index) is missing")
            }
            classes.append(found.entry)
        }
        return classes
    }

    private static func problem(_ file: String, _ reason: String) -> Problem {
        Problem(
            "\(file) is not a list of classes: \(reason)",
            explanation: "a name on each line, \"folder<tab>name\" on each line, or JSON such as [\"tench\", ...] or {\"0\": [\"n01440764\", \"tench\"], ...} was expected")
    }
}
