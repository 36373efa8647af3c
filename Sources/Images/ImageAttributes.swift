public import Diagnostics

/// What a table says of images besides their classes, one yes or no of each: a column of headings `image`, and a column for every attribute.
///
/// A column of 0 and 1 (or -1 and 1, yes and no, true and false) is an attribute, one of a few different words one for each word. What is
/// empty, `?` or `NA` is not known.
public struct ImageAttributes: Sendable {
    /// Attributes at most, and words of a column.
    public static let most = 4096
    private static let mostWords = 64

    public let names: [String]
    /// Of attribute `a` and image `i` at `a * images + i`: 1 with it, 0 without, -1 where it is not known.
    public let values: [Int8]
    public let images: Int
    private let paths: [String]
    /// Columns that were not used, rows of no image: a sentence each.
    public let remarks: [String]

    private static let yes: Set<String> = ["1", "1.0", "true", "yes", "y", "t"], no: Set<String> = ["0", "0.0", "-1", "false", "no", "n", "f"]
    private static let unknown: Set<String> = ["", "?", "na", "n/a", "nan", "none", "null", "unknown"]

    /// The table at `path` for images with the paths `images`, in order: rows name them by path, or by a file name that only one has.
    /// - Throws: a usage `Problem` when it is no such table, or speaks of none of the images.
    public init(path: String, images: [String]) throws(Problem) {
        let lines = try FileBytes.lines(of: path).enumerated().filter { !$1.allSatisfy(\.isWhitespace) }
            .map { TextTable.Line(number: $0 + 1, text: $1) }
        let separator = TextTable.separator(of: lines, path: path) ?? ","
        let rows = try TextTable(lines, separator: separator, path: path).rows
        guard let headings = rows.first?.cells.map(Self.trimmed), headings.count > 1, rows.count > 1 else {
            throw Self.unreadable(path, "there \(rows.count > 1 ? "is one column" : "are no rows")")
        }
        let image = headings.firstIndex { ["image", "file", "filename", "file_name", "path", "image_id", "image_path"].contains($0.lowercased()) } ?? 0
        let numbers = Self.numbers(of: images)
        var lost: [String] = [], cells: [(image: Int, row: [String])] = []
        for row in rows.dropFirst() {
            guard row.cells.count == headings.count else {
                throw Self.unreadable(path, "line \(row.line) has \(row.cells.count) cells, and there are \(headings.count) headings")
            }
            let name = Self.trimmed(row.cells[image]), plain = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
            if let number = numbers[plain] ?? nil { cells.append((number, row.cells)) } else { lost.append(name) }
        }
        guard !cells.isEmpty else {
            throw Problem(
                "\(path) speaks of none of the images", explanation: "Its first row is of \(lost.first ?? "none"); the first image is \(images.first ?? "none").",
                remedy: "Name images as their paths within --images do, or by their file names.", kind: .usage)
        }
        var remarks: [String] = [], names: [String] = [], values: [Int8] = []
        if !lost.isEmpty { remarks.append("\(path): \(lost.count) rows are of images that are not here, such as \(lost[0])") }
        for column in headings.indices where column != image {
            let words = cells.map { Self.trimmed($0.row[column]).lowercased() }
            var found: [(name: String, isMet: (String) -> Bool)] = []
            let kinds = Set(words).subtracting(Self.unknown)
            if kinds.isSubset(of: Self.yes.union(Self.no)) {
                found = [(headings[column], Self.yes.contains)]
            } else if kinds.count <= Self.mostWords, !kinds.allSatisfy({ Double($0) != nil }) {
                found = kinds.sorted().map { kind in ("\(headings[column]): \(kind)", { $0 == kind }) }
            } else {
                remarks.append("\(path): the column “\(headings[column])” is left out: it has \(kinds.count) different values, and neither yes and no nor a few words")
            }
            guard names.count + found.count <= Self.most else {
                throw Problem("\(path) has more than \(Self.most) attributes", remedy: "Leave out those that are of no interest.", kind: .usage)
            }
            for attribute in found {
                var row = [Int8](repeating: -1, count: images.count)
                for (place, word) in zip(cells, words) where !Self.unknown.contains(word) { row[place.image] = attribute.isMet(word) ? 1 : 0 }
                names.append(attribute.name)
                values += row
            }
        }
        guard !names.isEmpty else { throw Self.unreadable(path, remarks.last ?? "no column is an attribute") }
        (self.names, self.values, self.images, paths, self.remarks) = (names, values, images.count, images, remarks)
    }

    /// The same of some of the images, those with the paths `chosen`, in their order.
    public func selecting(_ chosen: [String]) -> ImageAttributes { ImageAttributes(self, chosen) }

    private init(_ whole: ImageAttributes, _ chosen: [String]) {
        let numbers = Dictionary(zip(whole.paths, 0...)) { first, _ in first }
        (names, images, paths, remarks) = (whole.names, chosen.count, chosen, whole.remarks)
        values = whole.names.indices.flatMap { attribute in
            chosen.map { path in numbers[path].map { whole.values[attribute * whole.images + $0] } ?? -1 }
        }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).trimmingSuffix(while: \.isWhitespace))
    }

    private static func unreadable(_ path: String, _ why: String) -> Problem {
        Problem(
            "\(path) is no table of attributes: \(why)",
            explanation: "A first line of headings was expected, `image` and the attributes, and a line for every image: 1 with it, 0 without.", kind: .usage)
    }

    /// Images by their path, and by their file name; nil for a name that several have.
    private static func numbers(of images: [String]) -> [String: Int?] {
        var numbers: [String: Int?] = [:]
        for (number, path) in images.enumerated() {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            if name != path { numbers[name] = .some(numbers[name] == nil ? number : nil) }
        }
        for (number, path) in images.enumerated() { numbers[path] = .some(number) }
        return numbers
    }
}
