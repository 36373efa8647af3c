import Run

/// Images in two halves by their paths: labels are chosen on one and measured on the other, since what was looked for on some images is found
/// on them. An image lies in the same half of every run that knows it by the same path: in the first if the SHA-256 of the path, in UTF-8, ends
/// with an even digit.
struct LabelHalves {
    /// Rows of a table.
    let choosing, measuring: [Int]

    init(_ paths: [String]) {
        let isFirst = paths.map { path in
            (FileHash.sha256(Array(path.utf8)).last?.hexDigitValue ?? 0).isMultiple(of: 2)
        }
        choosing = paths.indices.filter { isFirst[$0] }
        measuring = paths.indices.filter { !isFirst[$0] }
    }
}
