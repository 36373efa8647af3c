/// Rows of cells as a terminal shows them: columns of equal width, the first ones to the left, the others to the right.
struct TextTable {
    let text: String

    /// The head of the table is its first row; all rows have as many cells as it. The first `words` columns hold words, the others numbers.
    init(_ rows: [[String]], words: Int = 1) {
        let widths = rows.first?.indices.map { column in rows.map { $0[column].count }.max() ?? 0 } ?? []
        text = rows.map { cells in
            let line = cells.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column < words ? cell + padding : padding + cell
            }.joined(separator: "  ")
            return line.last == " " ? String(line.reversed().drop { $0 == " " }.reversed()) : line
        }.joined(separator: "\n")
    }
}
