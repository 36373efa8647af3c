import Run

/// The layers, their units and their concepts. Of each layer a summary remains: a run may have more than fits into memory.
final class LayersPart: SitePart {
    static let entry = SiteEntry(section: .layers, title: "Layers", href: "index.html#layers", hasMore: true)

    /// Pages of units that are rendered together: memory does not grow with a layer.
    private static let pagesAtOnce = 64

    private let layers: [NetworkDescription.Layer]
    /// Of the layers that have statistics, once their pages are written.
    private(set) var summaries: [LayerSummary] = []

    init?(_ content: RunContent) {
        layers = content.reportedLayers
        guard !layers.isEmpty else { return nil }
    }

    func write(_ context: SiteContext, _ report: inout Report) throws {
        for layer in layers {
            guard let layer = try LayerContent(layer, of: context.content.run) else { continue }
            try writePages(of: layer, context)
            report.add(layer, in: context.folder)
            context.search.add(layer, of: context.content)
            summaries.append(LayerSummary(layer))
        }
    }

    private func writePages(of layer: LayerContent, _ context: SiteContext) throws {
        let units = layer.statistics.units
        var drafts: [SiteContext.Draft] = []
        for (place, unit) in units.enumerated() {
            drafts.append(
                try UnitPage(
                    context: context, layer: layer, unit: unit, previous: place > 0 ? units[place - 1].unit : nil,
                    next: place + 1 < units.count ? units[place + 1].unit : nil
                ).draft())
            let record = UnitRecord(context: context, layer: layer, unit: unit)
            try context.folder.write(record.json, to: record.path)
            if drafts.count == Self.pagesAtOnce || place == units.count - 1 {
                try context.write(drafts)
                drafts = []
            }
        }
        if let concepts = layer.concepts {
            for concept in concepts.concepts { try ConceptPage(context: context, layer: layer, concepts: concepts, concept: concept).write() }
        }
        try UnitMapPage(context: context, layer: layer).write()
        try LayerPage(context: context, layer: layer).write()
    }

    // MARK: The overview

    /// The strangest units, and a row of each layer.
    func overview(_ context: SiteContext) throws -> Fields {
        let selective = best(summaries.map(\.mostSelective)) { $0 > $1 }
        let doubtful = best(summaries.map(\.doubtful)) { $0 < $1 }
        let dead = summaries.filter { !$0.dead.isEmpty }
        return [
            "selective": try selective.map { try card($0, $1, value: "selectivity \(Number.short($1.value))", context) },
            "hasSelective": !selective.isEmpty,
            "doubtful": try doubtful.map { try card($0, $1, value: "stronger than \(Number.percent($1.value / 100)) of the images", context) },
            "hasDoubtful": !doubtful.isEmpty,
            "dead": dead.map(Self.dead), "hasDead": !dead.isEmpty,
            "hasStrange": !dead.isEmpty || !selective.isEmpty || !doubtful.isEmpty,
            "layers": rows, "hasLayers": true,
        ]
    }

    /// The first eight of all layers' marks, in order; of equal ones the earlier.
    private func best(_ marks: [[LayerSummary.Mark]], by isBefore: (Float, Float) -> Bool) -> [(LayerSummary, LayerSummary.Mark)] {
        let all = zip(summaries, marks).flatMap { summary, marks in marks.map { (summary, $0) } }
        let sorted = all.enumerated().sorted { first, second in
            let (a, b) = (first.element.1.value, second.element.1.value)
            return a == b ? first.offset < second.offset : isBefore(a, b)
        }
        return sorted.prefix(8).map(\.element)
    }

    private static func dead(_ summary: LayerSummary) -> Fields {
        let shown = summary.dead.prefix(12)
        return [
            "layer": summary.layer.name, "href": "layers/\(summary.key)/index.html", "count": Number.grouped(summary.dead.count),
            "units": shown.map { ["unit": String($0), "href": "layers/\(summary.key)/\($0)/index.html"] as Fields },
            "more": summary.dead.count > shown.count ? Number.grouped(summary.dead.count - shown.count) : nil,
        ]
    }

    private var rows: [Fields] {
        let byName = Dictionary(summaries.map { ($0.layer.name, $0) }) { first, _ in first }
        return layers.map { layer in
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
    private func card(_ summary: LayerSummary, _ mark: LayerSummary.Mark, value: String, _ context: SiteContext) throws -> Fields {
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

extension SiteContext.Section {
    static let layers = Self("Layers")
}
