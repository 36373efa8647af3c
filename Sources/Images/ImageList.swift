internal import Diagnostics

/// A text file that lists images and, if they are known, their classes. It is one of
/// - lines with a path, and behind a tab or a blank the class: `val_1.jpg 65`; `#` begins a comment line;
/// - a table separated by tabs, commas or semicolons, with a line of headings or without: a column names the images, another
///   their classes, as headings say (`label`, `class`, `breed` and the like); further columns of numbers, such as boxes, are
///   left out; or several columns of 0 and 1, whose headings are the classes.
///
/// Images are named by a path from the text file's folder, or by a name that only one image below it has, with or without
/// its ending.
struct ImageList {
    let items: ImageItems
    /// In byte order.
    let classNames: [String]
    /// Which column classes are from, where there was a choice.
    let source: String?

    private typealias Row = (line: Int, image: String, className: String?)

    init(path: String) throws(Problem) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        var index = ImageIndex(folder: folder)
        let lines = try FileBytes.lines(of: path).enumerated().filter { !$1.allSatisfy(\.isWhitespace) && !$1.hasPrefix("#") }
            .map { TextTable.Line(number: $0 + 1, text: $1) }
        var source: String?
        let rows: [Row]
        if let separator = TextTable.separator(of: lines, path: path) {
            let table = try TextTable(lines, separator: separator, path: path)
            let columns = try ImageColumns(of: table, path: path, &index)
            (rows, source) = (try columns.rows(of: table, path: path), columns.source)
        } else {
            var found: [Row] = []
            for line in lines {
                let (image, className) = try Self.halves(line.text, &index)
                found.append((line.number, image, className))
            }
            rows = found
        }

        var listed: [(item: ImageFolder.Item, className: String?)] = []
        var missing: [String] = []
        for row in rows {
            if let item = try index.item(row.image) {
                listed.append((item, row.className))
            } else {
                missing.append("\(row.image) (line \(row.line))")
            }
        }
        guard missing.isEmpty else {
            throw Problem(
                "\(path) lists \(missing.count) images that are not there: \(missing.prefix(3).joined(separator: ", "))"
                    + (missing.count > 3 ? " and others" : ""),
                explanation: "a line holds the path of an image from the text file's folder, and its class behind a tab, a blank or in a column of its own",
                remedy: "correct the list, or put the images in their places")
        }
        guard !listed.isEmpty else {
            throw Problem("\(path) lists no images", explanation: "a text file with the path of an image on each line was expected")
        }
        let names = Set(listed.compactMap(\.className)).sorted(by: DirectoryListing.precedes)
        let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        classNames = names
        self.source = source
        items = ImageItems(
            listed.lazy.map { item, className in
                ImageFolder.Item(
                    relativePath: item.relativePath, path: item.path, folder: className.flatMap { indices[$0] }, fileSize: item.fileSize)
            })
    }

    /// Returns the path and the class of a line without tabs: a path may have blanks, the class behind it has none.
    private static func halves(_ line: Substring, _ index: inout ImageIndex) throws(Problem) -> (image: String, className: String?) {
        let whole = String(line)
        if try index.item(whole) != nil { return (whole, nil) }
        let trimmed = line.trimmingSuffix(while: \.isWhitespace)
        if let blank = trimmed.lastIndex(where: \.isWhitespace) {
            let image = String(trimmed[..<blank].trimmingSuffix(while: \.isWhitespace))
            if try index.item(image) != nil { return (image, String(trimmed[trimmed.index(after: blank)...])) }
        }
        return (String(trimmed), nil)
    }
}

extension Substring {
    func trimmingSuffix(while belongs: (Character) -> Bool) -> Substring {
        guard let last = lastIndex(where: { !belongs($0) }) else { return self[startIndex..<startIndex] }
        return self[...last]
    }
}
