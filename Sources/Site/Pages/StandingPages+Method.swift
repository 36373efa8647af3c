import Run

/// What the method page says of findings that cards show in sections of their own.
extension StandingPages {
    func sectionMethods() -> Fields {
        var fields: Fields = [:]
        if let range = summaries.lazy.compactMap(\.range).first {
            fields["wholeRange"] =
                ["sample": range.sample < range.images ? Number.grouped(range.sample) : nil, "steps": Number.grouped(range.steps)] as Fields
        }
        if let similarity = summaries.lazy.compactMap(\.similarity).first {
            fields["similarity"] =
                [
                    "images": Number.count(similarity.images, "image"), "threshold": Number.plain(Double(similarity.threshold)),
                    "hasMap": summaries.contains { $0.similarity?.hasMap ?? false }, "seed": String(context.content.manifest.options.seed),
                ] as Fields
        }
        if let clarity = summaries.lazy.compactMap(\.clarity).first {
            fields["clarity"] = ["judge": clarity.judge, "random": Number.grouped(clarity.random)] as Fields
        }
        let flows = summaries.compactMap(\.flow)
        if let flow = flows.first {
            let classImages = context.content.classFlow?.classes.flatMap { $0.layers.map(\.images) }.max() ?? 0
            let unitImages = flows.map(\.unitImages).max() ?? 0
            fields["flow"] =
                [
                    "composite": flow.composite, "unitImages": unitImages > 0 ? Number.grouped(unitImages) : nil,
                    "classImages": classImages > 0 ? Number.grouped(classImages) : nil,
                    "hasRelevantImages": flows.contains { $0.hasRelevantImages },
                ] as Fields
        }
        return fields
    }
}
