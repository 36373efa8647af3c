import FoundationEssentials
import Run

/// Methods side by side: the table of numbers, and for every class a real image beside the picture of each method.
struct ComparisonPage {
    let context: SiteContext
    let comparison: Comparison

    static let path = "compare/index.html"
    /// Classes whose pictures are on the page.
    static let shownClasses = 200

    func write() throws {
        let shown = comparison.classes.indices.prefix(Self.shownClasses)
        let hidden = comparison.classes.count - shown.count
        let table = ComparisonTable(comparison)
        let fields: Fields = [
            "classes": Number.count(comparison.classes.count, "class", "classes"), "network": comparison.network.displayName,
            "methods": comparison.rows.dropFirst().map(\.name).joined(separator: ", "),
            "steps": Number.count(comparison.steps, "forward-backward pass", "forward-backward passes"),
            "judge": comparison.judge?.displayName, "command": comparison.command,
            "table": Self.table(table, of: comparison), "remarks": table.remarks, "heads": comparison.rows.map(\.name),
            "paths": paths, "gallery": try shown.map(gallery), "hidden": hidden > 0 ? Number.count(hidden, "more class", "more classes") : nil,
        ]
        try context.write("compare", fields, to: Self.path, title: "Compare", section: .compare)
        try context.folder.write(table.markdown, to: "compare/table.md")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try context.folder.write([UInt8](encoder.encode(comparison)) + [UInt8(ascii: "\n")], to: "compare/comparison.json")
    }

    /// Rank correlations with real images, layer by layer; nil where they were not computed.
    private var paths: Fields? {
        guard let layers = comparison.pathLayers else { return nil }
        func isWhole(_ values: [Float?]) -> Bool { values.count == layers.count }
        let methods = comparison.rows.dropFirst().enumerated().compactMap { number, row in
            row.paths.flatMap { isWhole($0) ? LineChart.Series(name: row.name, values: $0, style: "curve dash-\(number % 5)") : nil }
        }
        let real = comparison.rows.first?.paths.flatMap { isWhole($0) ? LineChart.Series(name: "real images", values: $0, style: "real") : nil }
        let others = comparison.pathsOfOthers.flatMap { isWhole($0) ? LineChart.Series(name: "other classes", values: $0, style: "quiet") : nil }
        let series = [others, real].compactMap { $0 } + methods.reversed()
        guard let chart = LineChart(places: layers, axis: "rank correlation", series: series).chart(id: "paths-chart", title: "Rank correlations with real images, by layer")
        else { return nil }
        return [
            "chart": chart, "names": series.reversed().map(\.name),
            "rows": layers.enumerated().map { place, layer in
                ["layer": layer, "values": series.reversed().map { $0.values[place].map(Number.correlation) ?? "–" }] as Fields
            },
        ]
    }

    /// The numbers, a row a method: for this page and the overview.
    static func table(_ table: ComparisonTable, of comparison: Comparison) -> Fields {
        [
            "columns": table.columns.enumerated().map { ["text": $1, "isNumber": $0 > 0] as Fields },
            "rows": table.rows.enumerated().map { row, cells -> Fields in
                [
                    "name": cells[0], "isReal": comparison.rows[row].method == "real",
                    "cells": cells.enumerated().dropFirst().map { ["text": $1, "isBest": table.best[$0].contains(row)] as Fields },
                ]
            },
        ]
    }

    /// One class's pictures, a method a cell.
    private func gallery(_ place: Int) throws -> Fields {
        let entry = comparison.classes[place]
        return [
            "class": [
                "name": entry.name, "href": context.content.hasPage(class: entry.index) ? "classes/\(entry.index)/index.html" : nil,
            ] as Fields,
            "entries": try comparison.rows.map { row -> Fields in
                guard row.classes.indices.contains(place) else { return ["picture": nil, "count": "", "seenAs": nil, "judgedAs": nil, "hasOthers": false] }
                let result = row.classes[place], first = result.kept.first
                var fields: Fields = [
                    "count": "\(Number.grouped(result.correct)) of \(Number.grouped(result.pictures)) right"
                        + (result.judgedCorrect.map { ", judge \(Number.grouped($0))" } ?? ""),
                    "seenAs": first.flatMap { $0.predicted == entry.index ? nil : name($0.predicted) },
                    "judgedAs": first?.judged.flatMap { $0 == entry.index ? nil : name($0) }, "picture": nil,
                ]
                let folder = "compare/\(RunPath.key(for: row.method))"
                if let first, let path = try picture(first, of: row, at: "\(folder)/\(entry.index).png") {
                    fields["picture"] = context.picture(path, alt: "\(row.name): \(entry.name)", .medium)
                }
                let others = try result.kept.enumerated().dropFirst().compactMap { number, kept -> Fields? in
                    try picture(kept, of: row, at: "\(folder)/\(entry.index)-\(number).png").map {
                        ["picture": context.picture($0, alt: "\(row.name): \(entry.name)", .tiny)]
                    }
                }
                fields["others"] = others
                fields["hasOthers"] = !others.isEmpty
                fields["otherCount"] = Number.count(others.count, "more picture")
                return fields
            },
        ]
    }

    private func picture(_ kept: Comparison.Kept, of row: Comparison.Row, at path: String) throws -> String? {
        row.method == "real" ? try context.realPicture(kept.picture, at: path) : try context.runPicture(kept.picture, at: path)
    }

    private func name(_ index: Int) -> String {
        comparison.classes.first { $0.index == index }?.name ?? context.content.className(index)
    }
}
