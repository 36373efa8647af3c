import Diagnostics

/// Names of tensors in a line.
struct NameSummary {
    /// The names where they are few, otherwise what groups of them begin with, with their numbers: `module.teacher.* (351)`. Nil for none.
    let text: String?

    private static let limit = 6

    init(_ names: [String]) {
        guard names.count > Self.limit else {
            text = names.isEmpty ? nil : names.map(printable).joined(separator: ", ")
            return
        }
        // Where all names go on alike, they are told apart further on.
        var depth = 0, groups: [(part: String, count: Int)] = []
        while depth < 4, groups.count < 2 {
            depth += 1
            groups = Self.groups(names, depth)
        }
        let shown = groups.prefix(Self.limit).map { $0.count == 1 ? printable($0.part) : "\(printable($0.part)).* (\($0.count))" }
        text = "\(names.count) tensors: " + shown.joined(separator: ", ") + (groups.count > Self.limit ? " and others" : "")
    }

    /// The first `depth` parts of the names, in the order of their first use; whole names where they are alone.
    private static func groups(_ names: [String], _ depth: Int) -> [(part: String, count: Int)] {
        var groups: [(part: String, count: Int)] = [], places: [String: Int] = [:]
        for name in names {
            let part = name.split(separator: ".").prefix(depth).joined(separator: ".")
            if let place = places[part] {
                groups[place].count += 1
            } else {
                places[part] = groups.count
                groups.append((part, 1))
            }
        }
        return groups
    }
}
