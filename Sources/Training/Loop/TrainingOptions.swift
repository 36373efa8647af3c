import Diagnostics
import Foundation

/// What a training was asked for, as text by the names of its options: everything that its result depends on.
public struct TrainingOptions: Sendable, Equatable {
    public private(set) var items: [(name: String, value: String)]

    public init(_ items: [(name: String, value: String)]) { self.items = items }

    public static func == (a: TrainingOptions, b: TrainingOptions) -> Bool { a.table == b.table }

    private var table: [String: String] { Dictionary(items.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }) }

    /// True where another network teaches.
    var hasTeacher: Bool { table["teacher"] != nil }

    /// A JSON object with sorted keys.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(((try? encoder.encode(table)) ?? Data()) + Data("\n".utf8))
    }

    /// As one line.
    public var text: String { items.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }

    /// Reads what `json` wrote; nil when it is something else.
    init?(json: [UInt8]) {
        guard let table = try? JSONDecoder().decode([String: String].self, from: Data(json)) else { return nil }
        items = table.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// A line for each option that is not as in `earlier`: its name, what it was, what it is.
    func differences(from earlier: TrainingOptions) -> [String] {
        let (old, new) = (earlier.table, table)
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            old[name] == new[name] ? nil : "\(name) was \(old[name] ?? "not given") and is \(new[name] ?? "not given")"
        }
    }
}
