/// Rows of cells as a terminal shows them: columns of equal width, words to the left and numbers to the right.
public struct TextTable: Sendable {
    public let lines: [String]
    public var text: String { lines.joined(separator: "\n") }

    /// The head of the table is its first row; all rows have as many cells as it. `words` are the columns that hold words, the others numbers.
    public init(_ rows: [[String]], words: Set<Int> = [0]) {
        let widths = rows.first?.indices.map { column in rows.map { $0[column].count }.max() ?? 0 } ?? []
        lines = rows.map { cells in
            let line = cells.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return words.contains(column) ? cell + padding : padding + cell
            }.joined(separator: "  ")
            return line.last == " " ? String(line.reversed().drop { $0 == " " }.reversed()) : line
        }
    }
}
