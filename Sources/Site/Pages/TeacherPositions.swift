import Run

/// What a teacher assigns at each position of an image, and what it confuses that with: the positions as numbers that lead to their rows of
/// the score matrix, which stand as bars.
struct TeacherPositions {
    let content: TemplateContent
    let palette: ClassPalette
    let className: (Int) -> String

    /// Sub-classes of an image whose rows are shown, those at the most positions.
    private static let most = 40
    /// Entries of a row that are shown, the largest.
    private static let entries = 5

    /// The section of an image's page; nil where the teacher is not known, or nothing of what it confuses.
    ///
    /// - Parameter listed: positions at most that are listed one by one.
    func fields(_ map: TemplateMaps.Map, of maps: TemplateMaps, listed: Int) -> Fields? {
        guard let teacher = map.teacher, let matrix = content.matrix else { return nil }
        var counts: [Int: Int] = [:]
        for template in teacher { counts[template, default: 0] += 1 }
        let order = counts.filter { matrix.rows.indices.contains($0.key) }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !order.isEmpty else { return nil }
        let shown = order.prefix(Self.most), hasRow = Set(shown.map(\.key))
        let width = maps.grid[1]
        let grid = teacher.count > listed ? [] : (0..<maps.grid[0]).map { row -> Fields in
            [
                "row": String(row),
                "cells": (row * width..<(row + 1) * width).map { place -> Fields in
                    ["number": String(teacher[place]), "hasRow": hasRow.contains(teacher[place])]
                },
            ]
        }
        return [
            "grid": grid, "hasGrid": !grid.isEmpty, "left": order.count > shown.count ? Number.grouped(order.count - shown.count) : nil,
            "smallest": matrix.smallest > 0 ? Number.percent(matrix.smallest) : nil,
            "rows": shown.map { template, positions -> Fields in
                [
                    "template": link(template), "number": String(template), "positions": Number.grouped(positions),
                    "swatch": SVGWriter().ornament(palette.swatch(content.classOf(template)), style: "swatch"),
                    "entries": entries(of: template, in: matrix),
                ]
            },
        ]
    }

    private func entries(of template: Int, in matrix: ScoreMatrix) -> [Fields] {
        let row = matrix.rows[template]
        let ranked = zip(row.templates, row.shares).filter { $0.1.isFinite }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        return ranked.prefix(Self.entries).map { other, share -> Fields in
            [
                "template": link(other), "isOwn": other == template, "value": Number.percent(share), "bar": ShareBar.ornament(share, width: 96),
            ]
        }
    }

    /// A template as a link, if it has a page, with its class.
    private func link(_ index: Int) -> Fields {
        ["number": String(index), "href": content.page(of: index), "className": content.classOf(index).map(className)]
    }
}
