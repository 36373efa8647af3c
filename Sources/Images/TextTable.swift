internal import Diagnostics

/// The cells of a text file, as separated by tabs or as comma-separated values (RFC 4180, without line breaks in cells).
struct TextTable {
    struct Line {
        /// From 1.
        let number: Int
        let text: Substring
    }

    struct Row {
        let line: Int
        let cells: [String]
    }

    let rows: [Row]

    /// What separates the cells of `lines`; nil where lines are paths.
    static func separator(of lines: [Line], path: String) -> Character? {
        if lines.contains(where: { $0.text.contains("\t") }) { return "\t" }
        guard ImageFolder.ending(of: path) == "csv", let first = lines.first?.text else { return nil }
        return first.contains(",") || !first.contains(";") ? "," : ";"
    }

    /// Throws a `Problem` for a quote that does not end in its line.
    init(_ lines: [Line], separator: Character, path: String) throws(Problem) {
        var rows: [Row] = []
        for line in lines {
            guard let cells = separator == "\t" ? line.text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
                : Self.cells(of: line.text, separator)
            else {
                throw Problem("\(path), line \(line.number): a quote does not end", explanation: "comma-separated values were expected, each row on a line")
            }
            rows.append(Row(line: line.number, cells: cells))
        }
        self.rows = rows
    }

    private static func cells(of line: Substring, _ separator: Character) -> [String]? {
        var cells = [""]
        var isQuoted = false
        var rest = line
        while let character = rest.popFirst() {
            switch (character, isQuoted) {
            case ("\"", true) where rest.first == "\"": cells[cells.count - 1].append(rest.removeFirst())
            case ("\"", true): isQuoted = false
            case ("\"", false) where cells[cells.count - 1].isEmpty: isQuoted = true
            case (separator, false): cells.append("")
            default: cells[cells.count - 1].append(character)
            }
        }
        return isQuoted ? nil : cells
    }
}
