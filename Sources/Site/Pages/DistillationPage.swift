import Run

/// What matching templates is worth to the student: teacher and student side by side, and the way to the layers that match.
struct DistillationPage {
    let context: SiteContext
    let distillation: Distillation
    let layers: [TemplateContent]

    static let path = "distillation/index.html"
    /// Classes in the table: those that the templates change most where there are more.
    static let shownClasses = 100

    func write() throws {
        let content = context.content
        let table = AccuracyTable(distillation, className: content.className)
        let shown = table.rows(atMost: Self.shownClasses)
        let done = Set(layers.map(\.name))
        let fields: Fields = [
            "student": content.network.displayName, "teacher": distillation.teacher.map(teacher),
            "method": distillation.method, "hasAccuracy": !table.columns.isEmpty,
            "images": Number.count(distillation.images.reduce(0) { $0 + max(0, $1) }, "image"),
            "totalImages": Number.grouped(distillation.images.reduce(0) { $0 + max(0, $1) }), "columns": table.columns,
            "total": table.total,
            "rows": shown.map { row -> Fields in
                ["class": context.classLink(row.index), "images": row.images, "cells": row.cells, "difference": row.difference]
            },
            "hasDifference": table.hasDifference, "totalDifference": table.totalDifference,
            "hiddenClasses": table.count > shown.count ? Number.grouped(table.count) : nil,
            "layers": try layers.map { try TemplateLayerPage(context: context, content: $0).card() }, "hasLayers": !layers.isEmpty,
            "probes": context.content.linearProbes.flatMap(probes),
            "missing": distillation.layers.filter { !done.contains($0) },
            "hasMissing": distillation.layers.contains { !done.contains($0) },
            "sentences": layers.map { TemplateWords(content: $0, context: context).origin },
            "options": distillation.options.map { ["name": $0.name, "value": $0.value] as Fields },
            "hasOutputs": content.run.exists(.teacher), "hasOptions": !distillation.options.isEmpty, "warnings": warnings, "hasWarnings": !distillation.warnings.isEmpty,
        ]
        try context.write("distillation", fields, to: Self.path, title: "Distillation", section: .distillation)
        if !table.columns.isEmpty { try context.folder.write(table.csv, to: "distillation/accuracy.csv") }
    }

    /// What linear classifiers read before and behind layers; nil where there were too few images, or features too many.
    private func probes(_ probes: LinearProbes) -> Fields? {
        guard probes.tested > 0, !probes.layers.isEmpty else { return nil }
        func share(_ count: Int) -> Float { Float(count) / Float(probes.tested) }
        return [
            "fitted": Number.count(probes.fitted, "image"), "tested": Number.grouped(probes.tested),
            "rows": probes.layers.map { layer -> Fields in
                let change = Double(layer.gained - layer.lost) / Double(probes.tested)
                // Of paired answers only those that differ say anything; with half an image more in each cell a few images do not pass for
                // certainty (Agresti and Min 2005).
                let images = Double(probes.tested + 2), difference = Double(layer.gained - layer.lost)
                let margin = 1.96 * (Double(layer.gained + layer.lost + 1) - difference * difference / images).squareRoot() / images
                return [
                    "layer": layer.layer, "before": Number.percent(share(layer.correctBefore)), "behind": Number.percent(share(layer.correctBehind)),
                    "change": Number.signedPoints(change), "margin": Number.fixed(100 * margin, 1),
                ]
            },
        ]
    }

    /// What the overview says of it.
    func summary() -> Fields {
        let table = AccuracyTable(distillation, className: context.content.className)
        return [
            "href": Self.path, "columns": table.columns, "total": table.total, "hasAccuracy": !table.columns.isEmpty,
            "layers": layers.map { content -> Fields in
                [
                    "layer": content.name, "href": "\(content.folder)/index.html",
                    "count": Number.count(content.count, content.noun), "unused": Number.grouped(content.unused.count),
                ]
            },
        ]
    }

    private func teacher(_ teacher: Distillation.Teacher) -> Fields {
        ["name": teacher.displayName, "file": teacher.fileName, "hash": teacher.sha256.map { String($0.prefix(16)) }]
    }

    private var warnings: [Fields] {
        distillation.warnings.map(\.fields)
    }
}
