import FoundationEssentials
import Run

/// Methods side by side: the table of numbers, and for every class a real image beside the picture of each method.
struct ComparisonPage {
    let context: SiteContext
    let comparison: Comparison

    func write() throws {
        let table = ComparisonTable(comparison)
        let fields: Fields = [
            "classes": Number.count(comparison.classes.count, "class", "classes"), "network": comparison.network.displayName,
            "methods": comparison.rows.dropFirst().map(\.name).joined(separator: ", "),
            "steps": Number.count(comparison.steps, "forward-backward pass", "forward-backward passes"),
            "judge": comparison.judge?.displayName, "command": comparison.command,
            "columns": table.columns.enumerated().map { ["text": $1, "isNumber": $0 > 0] as Fields },
            "rows": table.rows.map { ["name": $0[0], "cells": Array($0.dropFirst())] as Fields },
            "remarks": table.remarks, "heads": comparison.rows.map(\.name),
            "gallery": try comparison.classes.indices.map(gallery),
        ]
        try context.write("compare", fields, to: "compare/index.html", title: "Compare", section: .compare)
        try context.folder.write(table.markdown, to: "compare/table.md")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try context.folder.write([UInt8](encoder.encode(comparison)) + [UInt8(ascii: "\n")], to: "compare/comparison.json")
    }

    /// One class's pictures, a method a cell.
    private func gallery(_ place: Int) throws -> Fields {
        let entry = comparison.classes[place]
        return [
            "class": [
                "name": entry.name, "href": context.content.hasPage(class: entry.index) ? "classes/\(entry.index)/index.html" : nil,
            ] as Fields,
            "entries": try comparison.rows.map { row -> Fields in
                guard row.classes.indices.contains(place) else { return ["picture": nil, "count": "", "seenAs": nil, "judgedAs": nil] }
                let result = row.classes[place], first = result.kept.first
                var fields: Fields = [
                    "count": "\(Number.grouped(result.correct)) of \(Number.grouped(result.pictures)) right"
                        + (result.judgedCorrect.map { ", judge \(Number.grouped($0))" } ?? ""),
                    "seenAs": first.flatMap { $0.predicted == entry.index ? nil : name($0.predicted) },
                    "judgedAs": first?.judged.flatMap { $0 == entry.index ? nil : name($0) }, "picture": nil,
                ]
                if let first, let path = try context.runPicture(first.picture, at: "compare/\(RunPath.key(for: row.method))/\(entry.index).png") {
                    fields["picture"] = context.picture(path, alt: "\(row.name): \(entry.name)", .medium)
                }
                return fields
            },
        ]
    }

    private func name(_ index: Int) -> String {
        comparison.classes.first { $0.index == index }?.name ?? context.content.className(index)
    }
}
