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
        let facets = summaries.compactMap(\.facets)
        if !facets.isEmpty {
            fields["facets"] =
                [
                    "units": Number.count(facets.reduce(0) { $0 + $1.units }, "unit"), "split": Number.grouped(facets.reduce(0) { $0 + $1.split }),
                    "draws": Number.grouped(facets.map(\.draws).max() ?? 0),
                ] as Fields
        }
        fields["paths"] = summaries.contains(where: \.hasPaths) || !context.content.classPaths.isEmpty
        if let words = summaries.lazy.compactMap(\.words).first {
            fields["words"] =
                [
                    "count": Number.count(words.words, "word"), "encoder": words.encoder.displayName, "preparation": words.preparation,
                    "images": Number.count(words.images, "image"), "shuffles": Number.grouped(words.shuffles),
                    "quantile": Number.plain(Double(words.quantile) * 100), "shuffled": words.shuffledImages < words.images ? Number.grouped(words.shuffledImages) : nil,
                ] as Fields
        }
        if let checks = summaries.lazy.compactMap(\.checks).first {
            func tried(_ kind: LayerChecks.Kind) -> String? { checks.tried.first { $0.kind == kind }.map { Number.grouped($0.count) } }
            fields["checks"] =
                [
                    "chosenOn": Number.grouped(checks.chosenOn), "measuredOn": Number.grouped(checks.measuredOn), "draws": Number.grouped(checks.draws),
                    "words": tried(.word), "classes": tried(.imageClass), "attributes": tried(.attribute),
                ] as Fields
        }
        return fields
    }
}
