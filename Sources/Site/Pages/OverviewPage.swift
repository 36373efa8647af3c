import Run

/// The first page: which network, which images, what was found, what to be careful with.
struct OverviewPage {
    let context: SiteContext
    let summaries: [LayerSummary]
    let parts: [any SitePart]

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
            "preprocessing": network.preprocessing.weakest.map {
                ["source": $0.source, "parts": $0.parts.joined(separator: ", ")] as Fields
            },
            "images": Number.grouped(images.used), "skipped": images.skipped.isEmpty ? nil : Number.grouped(images.skipped.count),
            "imagePath": images.path,
            "top1": table?.top1.map(Number.percent),
            "top5": (table?.classes.count ?? 0) > 5 ? table?.top5.map(Number.percent) : nil,
            "classCount": Number.grouped(network.classCount),
            "blocks": blocks,
        ]
        if let note = content.notes.site { fields.add(note.fields) }
        let warnings = self.warnings
        fields["warnings"] = warnings
        fields["hasWarnings"] = !warnings.isEmpty
        for part in parts { fields.add(try part.overview(context)) }
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
                    summary: "\(Number.count(without, "unit")) that images activate \(without == 1 ? "has" : "have") no prototype",
                    explanation: content.presentation.realImages == .none
                        ? "Their cards show no picture." : "A card without a prototype shows its top-activating image instead.",
                    remedy: "Finish the run and make the site again."))
        }
        let classes = content.classes?.classes.count ?? 0
        if content.manifest.options.classes == "all", content.classPrototypes.count < classes {
            warnings.append(
                .init(
                    summary: "\(Number.count(classes - content.classPrototypes.count, "class", "classes")) without a prototype",
                    explanation: "The run asks for all classes.", remedy: "Finish the run and make the site again."))
        }
        let unused = content.notes.unused
        if !unused.isEmpty {
            warnings.append(
                .init(
                    summary: "\(Number.count(unused.count, "note")) \(unused.count == 1 ? "belongs" : "belong") to no page",
                    explanation: unused.prefix(5).map { "\($0.path): \($0.reason)" }.joined(separator: "; ") + (unused.count > 5 ? "; …" : "."),
                    remedy: "Rename the files, and make the site again."))
        }
        return warnings.map(\.fields)
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
}
