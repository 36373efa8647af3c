import Run

/// The first page: which network, which images, what was found, what to be careful with.
struct OverviewPage {
    let context: SiteContext
    let summaries: [LayerSummary]
    let distillation: DistillationPage?

    /// Classes shown here; the rest is one click away.
    static let shownClasses = 60

    func write() throws {
        let content = context.content
        let network = content.network
        let images = content.manifest.images
        let table = content.classes
        var fields: Fields = [
            "title": content.manifest.title,
            "network": network.displayName, "architecture": network.architecture,
            "checkpoint": network.checkpoint.fileName, "format": network.checkpoint.format,
            "shortHash": String(network.checkpoint.sha256.prefix(8)),
            "parameters": Number.grouped(network.parameters), "input": Number.shape(network.inputShape),
            "images": Number.grouped(images.used), "skipped": images.skipped.isEmpty ? nil : Number.grouped(images.skipped.count),
            "imagePath": images.path,
            "top1": table?.top1.map(Number.percent),
            "top5": (table?.classes.count ?? 0) > 5 ? table?.top5.map(Number.percent) : nil,
            "classCount": Number.grouped(network.classCount),
            "blocks": blocks,
        ]
        let warnings = self.warnings
        fields["warnings"] = warnings
        fields["hasWarnings"] = !warnings.isEmpty
        if let table {
            let cards = try content.shownClasses.prefix(Self.shownClasses).map {
                try ClassPage.card($0, table.classes[$0], in: context)
            }
            fields["classCards"] = cards
            fields["hasClasses"] = !cards.isEmpty
            fields["moreClasses"] = table.classes.count > cards.count ? Number.grouped(table.classes.count) : nil
            fields["hasClassPrototypes"] = !content.classPrototypes.isEmpty
        }
        let selective = summaries.flatMap { summary in summary.mostSelective.map { (summary, $0) } }
            .enumerated().sorted { ($1.element.1.value, $0.offset) < ($0.element.1.value, $1.offset) }.prefix(8).map(\.element)
        fields["selective"] = try selective.map { try card($0, $1, value: "selectivity \(Number.short($1.value))") }
        fields["hasSelective"] = !selective.isEmpty
        let doubtful = summaries.flatMap { summary in summary.doubtful.map { (summary, $0) } }
            .enumerated().sorted { ($0.element.1.value, $0.offset) < ($1.element.1.value, $1.offset) }.prefix(8).map(\.element)
        fields["doubtful"] = try doubtful.map { try card($0, $1, value: "stronger than \(Number.percent($1.value / 100)) of the images") }
        fields["hasDoubtful"] = !doubtful.isEmpty
        let dead = summaries.filter { !$0.dead.isEmpty }
        fields["dead"] = dead.map { summary -> Fields in
            let shown = summary.dead.prefix(12)
            return [
                "layer": summary.layer.name, "href": "layers/\(summary.key)/index.html",
                "count": Number.grouped(summary.dead.count),
                "units": shown.map { ["unit": String($0), "href": "layers/\(summary.key)/\($0)/index.html"] as Fields },
                "more": summary.dead.count > shown.count ? Number.grouped(summary.dead.count - shown.count) : nil,
            ]
        }
        fields["hasDead"] = !dead.isEmpty
        fields["hasStrange"] = !dead.isEmpty || !selective.isEmpty || !doubtful.isEmpty
        let rows = rows
        fields["layers"] = rows
        fields["hasLayers"] = !rows.isEmpty
        if !content.lineUp.isEmpty {
            fields["lineUp"] = ["href": LineUpPage.path, "count": Number.count(content.lineUp.count, "prototype")] as Fields
        }
        if let comparison = content.comparison {
            fields["methods"] = ComparisonPage.table(ComparisonTable(comparison), of: comparison)
            fields["comparisonPage"] = ComparisonPage.path
            // A run of `compare` alone has no statistics to show.
            fields["isOnlyComparison"] = rows.isEmpty && table == nil
        }
        fields["distillation"] = distillation?.summary()
        try context.write("overview", fields, to: "index.html", title: content.manifest.title, section: .overview)
    }

    /// The run's own warnings, then what is missing from it.
    private var warnings: [Fields] {
        let content = context.content
        var warnings = content.manifest.warnings
        let done = Set(summaries.map(\.layer.name))
        let missing = content.reportedLayers.map(\.name).filter { !done.contains($0) }
        if !missing.isEmpty {
            warnings.append(
                .init(
                    summary: "The run is not complete: no statistics of \(missing.joined(separator: ", "))",
                    explanation: "This page shows what was there when it was made.",
                    remedy: "Finish the run and make the site again."))
        }
        let without = summaries.reduce(0) { $0 + $1.withoutPrototype }
        if without > 0, content.manifest.options.units == "all" {
            warnings.append(
                .init(
                    summary: "\(Number.count(without, "unit")) that images excite \(without == 1 ? "has" : "have") no prototype",
                    explanation: "A card without a prototype shows the strongest real image instead.",
                    remedy: "Finish the run and make the site again."))
        }
        let classes = content.classes?.classes.count ?? 0
        if content.manifest.options.classes == "all", content.classPrototypes.count < classes {
            warnings.append(
                .init(
                    summary: "\(Number.count(classes - content.classPrototypes.count, "class", "classes")) without a prototype",
                    explanation: "The run asks for all classes.", remedy: "Finish the run and make the site again."))
        }
        return warnings.map { ["summary": $0.summary, "explanation": $0.explanation, "remedy": $0.remedy] }
    }

    /// The network's landmarks as blocks, from the input on.
    private var blocks: [Fields] {
        let network = context.content.network
        let done = Set(summaries.map(\.layer.name))
        var entries: [(name: String, kind: String, shape: [Int], depth: Int, href: String?)] = [
            ("input", "image", network.inputShape, 0, nil)
        ]
        var depth = 0
        for layer in network.layers {
            if layer.parameters > 0, !layer.isLandmark { depth += 1 }
            guard layer.isLandmark else { continue }
            entries.append(
                (
                    layer.name, layer.kind, layer.shape, max(depth, 1),
                    done.contains(layer.name) ? "layers/\(RunPath.key(for: layer.name))/index.html" : nil
                ))
            depth = 0
        }
        let largest = entries.map { $0.shape.count > 1 ? $0.shape[1] : 1 }.max() ?? 1
        let deepest = entries.map(\.depth).max() ?? 1
        return entries.map { entry in
            [
                "name": entry.name, "kind": entry.kind, "shape": Number.shape(entry.shape), "href": entry.href,
                "slab": Slab.ornament(shape: entry.shape, largest: largest, depth: entry.depth, deepest: deepest),
            ]
        }
    }

    private var rows: [Fields] {
        let byName = Dictionary(summaries.map { ($0.layer.name, $0) }) { first, _ in first }
        return context.content.reportedLayers.map { layer in
            guard let summary = byName[layer.name] else { return ["layer": layer.name, "shape": Number.shape(layer.shape)] }
            return [
                "layer": layer.name, "href": "layers/\(summary.key)/index.html", "shape": Number.shape(layer.shape),
                "summary": [
                    "units": Number.grouped(summary.units), "prototypes": Number.grouped(summary.prototypes),
                    "dead": Number.grouped(summary.dead.count), "activity": Number.percent(summary.meanActivity),
                    "activityBar": ShareBar.ornament(summary.meanActivity, width: 64),
                    "selectivity": summary.medianSelectivity.map { Number.short($0) },
                ] as Fields,
            ]
        }
    }

    /// A unit worth a look, with the number that makes it so.
    private func card(_ summary: LayerSummary, _ mark: LayerSummary.Mark, value: String) throws -> Fields {
        var fields: Fields = [
            "layer": summary.layer.name, "unit": String(mark.unit), "href": "layers/\(summary.key)/\(mark.unit)/index.html",
            "value": value,
        ]
        let picture = "layers/\(summary.key)/\(mark.unit)/prototype.png"
        if context.folder.contains(picture) {
            fields["picture"] = context.picture(picture, alt: "", .small)
        } else if let image = mark.strongest, let path = try context.imagePath(image) {
            fields["picture"] = context.picture(path, alt: "", .small)
        }
        return fields
    }
}
