internal import Diagnostics

/// Which column of a table names the images and which says their classes.
struct ImageColumns {
    private enum Classes {
        case none
        case column(Int)
        /// Columns of 0 and 1, of which one is 1; headings are the classes.
        case headings([Int])
    }

    /// Headings of columns of classes, names before numbers, the likeliest first.
    private static let headings = [
        "class_name", "classname", "label_name", "labels_name", "category_name", "class", "classes", "label", "labels", "category", "species",
        "breed", "diagnosis", "dx", "variety", "finding", "target", "y", "class_id", "classid", "label_id", "category_id", "predictionstring",
    ]

    private let image: Int
    private let classes: Classes
    private let hasHeadings: Bool
    /// Which column was taken, where there was a choice.
    let source: String?

    /// Throws a `Problem` when no column names images, or when it is open which of several says the classes.
    init(of table: TextTable, path: String, _ index: inout ImageIndex) throws(Problem) {
        let rows = table.rows
        func imageColumn(_ row: TextTable.Row) throws(Problem) -> Int? {
            for (column, cell) in row.cells.enumerated() where try index.item(cell) != nil { return column }
            return nil
        }
        var image = rows.isEmpty ? nil : try imageColumn(rows[0]) ?? rows[0].cells.firstIndex { ImageFolder.hasImageExtension($0) }
        hasHeadings = image == nil
        if image == nil, rows.count > 1 { image = try imageColumn(rows[1]) }
        guard let image else {
            throw Problem(
                "\(path): no column names an image that is there",
                explanation: "the first lines are looked at; an image is named by its path from the table's folder, or by its name, with or without its ending",
                remedy: "put the table beside the images or above their folders, with a column for the image and one for its class")
        }
        self.image = image
        let width = rows.map(\.cells.count).max() ?? 0
        let others = (0..<width).filter { $0 != image }
        let data = hasHeadings ? rows.dropFirst() : rows[...]
        func heading(_ column: Int) -> String { column < rows[0].cells.count ? rows[0].cells[column] : "" }
        func isNumeric(_ column: Int) -> Bool { data.allSatisfy { column < $0.cells.count && Double($0.cells[column]) != nil } }

        if others.count <= 1 {
            (classes, source) = (others.first.map { .column($0) } ?? .none, nil)
        } else if !hasHeadings {
            // Behind the class numbers may follow, such as a box.
            guard image + 1 < width, others.allSatisfy({ $0 == image + 1 || isNumeric($0) }) else {
                throw Self.open(path, "\(width) columns without headings")
            }
            (classes, source) = (.column(image + 1), nil)
        } else if let known = Self.headings.lazy.compactMap({ name in others.first { heading($0).lowercased() == name } }).first {
            (classes, source) = (.column(known), "the column “\(heading(known))”")
        } else if others.allSatisfy({ column in data.allSatisfy { column < $0.cells.count && [0, 1].contains(Double($0.cells[column])) } }) {
            (classes, source) = (.headings(others), "the \(others.count) columns of 0 and 1")
        } else {
            throw Self.open(path, "the columns \(others.map(heading).prefix(10).joined(separator: ", "))")
        }
    }

    private static func open(_ path: String, _ what: String) -> Problem {
        Problem(
            "\(path) has \(what): it is open which of them says the class",
            explanation: "one column beside the image's, or one with the heading `label` or `class`, was expected",
            remedy: "call the column of classes `label`")
    }

    /// Returns line, image and class of each row. Throws a `Problem` for a row that lacks one, or is of several classes.
    func rows(of table: TextTable, path: String) throws(Problem) -> [(line: Int, image: String, className: String?)] {
        var result: [(line: Int, image: String, className: String?)] = []
        for row in hasHeadings ? table.rows.dropFirst() : table.rows[...] {
            guard image < row.cells.count else { throw Problem("\(path), line \(row.line), has \(row.cells.count) columns and no image") }
            var className: String?
            switch classes {
            case .none: break
            case .column(let column):
                let cell = column < row.cells.count ? row.cells[column] : ""
                className = cell.isEmpty ? nil : Self.className(cell)
            case .headings(let columns):
                let chosen = columns.filter { Double(row.cells[$0]) == 1 }
                guard chosen.count <= 1 else {
                    throw Problem(
                        "\(path), line \(row.line): the image is of \(chosen.count) classes",
                        explanation: "what is counted are images of one class each", remedy: "list the images of one class")
                }
                className = chosen.first.map { table.rows[0].cells[$0] }
            }
            result.append((row.line, row.cells[image], className))
        }
        return result
    }

    /// What a cell says: of ImageNet's predictions (`n03995372 85 1 499 272`, a class and a box) the first class.
    private static func className(_ cell: String) -> String {
        guard let id = cell.prefixMatch(of: /(n\d{8})( \d+){4}/) else { return cell.trimmingBlanks }
        return String(id.1)
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        String(self[...].trimmingSuffix(while: \.isWhitespace).drop(while: \.isWhitespace))
    }
}
