public import Run

/// A comparison as people read it: a row a method, numbers with few digits. On the page, as text and as Markdown.
public struct ComparisonTable: Sendable {
    public let columns: [String]
    /// The method's name first; `–` where there is no number.
    public let rows: [[String]]
    /// For each column the rows that are best of all methods; none where nothing can be won, or there is a single method.
    let best: [Set<Int>]
    /// What columns hold and what to think of them.
    public let remarks: [String]

    public init(_ comparison: Comparison) {
        let hasJudge = comparison.judge != nil
        // Made before there was one, a comparison has none in any row.
        let hasSurface = comparison.rows.contains { $0.grain != nil }
        let realGrain = comparison.rows.first { $0.method == "real" }?.grain ?? 0
        columns =
            ["method", "pictures", "accuracy", "classes right"] + (hasJudge ? ["transfer"] : [])
            + (hasJudge && hasSurface ? ["probability there"] : []) + ["FID", "logit / real max", "seed agreement"]
            + (hasSurface ? ["grain / real", "colour distance"] : []) + ["s / picture"]
        rows = comparison.rows.map { row in
            func text(_ value: Float?) -> String { value.map { Number.short($0) } ?? "–" }
            var cells = [row.name, Number.grouped(row.pictures), Number.percent(row.accuracy), row.classAccuracy.map(Number.percent) ?? "–"]
            if hasJudge { cells.append(row.transfer.map(Number.percent) ?? "–") }
            if hasJudge, hasSurface { cells.append(text(row.transferProbability)) }
            cells += [row.frechetDistance.map { Number.short($0) } ?? "–", text(row.activation), text(row.seedAgreement)]
            if hasSurface { cells += [text(realGrain > 0 ? row.grain.map { $0 / realGrain } : nil), text(row.colourDistance)] }
            return cells + [row.secondsPerPicture.map { Number.short($0) } ?? "–"]
        }
        best =
            [[], [], Self.best(comparison) { Double($0.accuracy) }, Self.best(comparison) { $0.classAccuracy.map(Double.init) }]
            + (hasJudge ? [Self.best(comparison) { $0.transfer.map(Double.init) }] : [])
            + (hasJudge && hasSurface ? [Self.best(comparison) { $0.transferProbability.map(Double.init) }] : [])
            + [Self.best(comparison) { $0.frechetDistance.map { -$0 } }, [], []]
            + (hasSurface ? [[], Self.best(comparison) { $0.colourDistance.map { -Double($0) } }] : []) + [[]]
        remarks = Self.remarks(comparison)
    }

    /// The rows with the largest `value`. Real images are the ceiling, not a method.
    private static func best(_ comparison: Comparison, _ value: (Comparison.Row) -> Double?) -> Set<Int> {
        let rivals = comparison.rows.enumerated().compactMap { row, entry in
            entry.method == "real" ? nil : value(entry).map { (row: row, value: $0) }
        }
        guard rivals.count > 1, let largest = rivals.map(\.value).max() else { return [] }
        return Set(rivals.filter { $0.value == largest }.map(\.row))
    }

    private static func remarks(_ comparison: Comparison) -> [String] {
        let network = comparison.network.displayName
        var remarks = [
            """
            \(Number.count(comparison.classes.count, "class", "classes")), \(Number.count(comparison.seeds, "picture")) each by every method, \
            \(Number.count(comparison.steps, "forward-backward pass", "forward-backward passes")) a picture; VITAL looks at up to \
            \(Number.count(comparison.references, "real image")) of the class once besides. All is measured on pictures as they are saved, \
            8 bits a colour.
            """,
            "Accuracy: share of pictures that \(network) takes for their class. Classes right: share of classes whose first picture is.",
        ]
        if let judge = comparison.judge {
            remarks.append(
                """
                Transfer: share that \(judge.displayName) takes for their class; it sees the same picture, whole, at the size it takes.
                """)
        }
        if let real = comparison.rows.first {
            let count = comparison.rows.dropFirst().first?.frechetPictures ?? 0
            remarks.append(
                """
                FID: Fréchet distance of the \(Number.count(comparison.features, "feature")) of \(comparison.featureLayer) between \
                \(Number.count(count, "picture")) and the \(Number.count(comparison.realImages, "real image")) of the classes; for real images, \
                of \(Number.grouped(real.frechetPictures)) of them and the others. It falls with the number of pictures\
                \(real.frechetPictures < count ? ", so that the distance of real images is at a disadvantage" : "").
                """)
        }
        remarks.append(
            """
            Logit: the median over pictures, as a multiple of the largest over the real images of their class. Seed agreement: mean cosine of \
            features between pictures of a class. Seconds: wall time, \(Number.count(comparison.threads, "thread")).
            """)
        if comparison.rows.contains(where: { $0.grain != nil }) {
            remarks.append(
                """
                \(comparison.judge == nil ? "" : "Probability there: what the judge gives the picture’s class, on average. ")\
                Grain: the mean difference between neighbouring pixels, as a multiple of that of the real images. Colour distance: the share of \
                pixels that would have to change their colour, of 64, to have those of the class’s real images.
                """)
        }
        remarks += comparison.leftOut.map { "\($0.name) is left out: \($0.reason)." }
        return remarks
    }

    /// For a terminal: columns of equal width, then the remarks.
    public var text: String {
        ([TextTable([columns] + rows).text, ""] + remarks).joined(separator: "\n")
    }

    /// For a document: a table, then the remarks as a list.
    public var markdown: String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let rule = "|" + columns.indices.map { $0 == 0 ? " --- |" : " ---: |" }.joined()
        let lines = rows.enumerated().map { row, cells in
            line(cells.enumerated().map { best[$0].contains(row) ? "**\(PlainText.markdown($1))**" : PlainText.markdown($1) })
        }
        return ([line(columns.map(PlainText.markdown)), rule] + lines + [""] + remarks.map { "- " + PlainText.markdown($0) }).joined(separator: "\n") + "\n"
    }
}
