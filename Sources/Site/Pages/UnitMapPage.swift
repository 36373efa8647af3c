import Run

/// Which units of a layer go together: a map whose points are links, pairs that are redundant, and the same as a table. In parts, where
/// there are many.
struct UnitMapPage {
    let context: SiteContext
    let layer: LayerContent

    static func path(_ layer: LayerContent, part: Int = 0) -> String {
        "\(layer.folder)/map/" + (part > 0 ? "\(part + 1)/" : "") + "index.html"
    }

    /// Writes the pages; nothing where the run has nothing of it.
    func write() throws {
        guard let similarity = layer.similarity, !similarity.units.isEmpty else { return }
        let map = UnitMap(similarity)
        for part in 0..<map.parts { try write(part, of: map, similarity) }
    }

    private func write(_ part: Int, of map: UnitMap, _ similarity: LayerSimilarity) throws {
        // From the page to the layer's folder.
        let up = part > 0 ? "../../" : "../"
        let units = map.units(of: part)
        let chart = map.chart(part, id: "map", title: "Map of the units of \(layer.name)", up: up) { unit in
            "unit \(unit)" + (topClass(unit).map { ", \($0)" } ?? "")
        }
        func match(_ match: LayerSimilarity.Match?) -> Fields? {
            match.map { ["unit": String($0.unit), "correlation": Number.correlation($0.correlation)] }
        }
        let redundant = similarity.redundant
        let hasClasses = units.contains { topClass($0.unit) != nil }
        try context.write(
            "unit-map",
            [
                "layer": layer.name, "layerPage": "\(layer.folder)/index.html", "up": up, "chart": chart,
                "images": Number.count(similarity.images, "image"), "count": Number.count(map.count, "unit"),
                "left": similarity.units.count > map.count && chart != nil
                    ? Number.count(similarity.units.count - map.count, "unit is", "units are") : nil,
                "threshold": Number.plain(Double(redundant.threshold)),
                "pairCount": redundant.count > 0 ? Number.count(redundant.count, "pair") : nil,
                "isCut": redundant.pairs.count < redundant.count, "listed": Number.grouped(redundant.pairs.count),
                "pairs": try part > 0 ? [] : redundant.pairs.filter { $0.units.count == 2 }.map(pair),
                "isFirst": part == 0, "hasClasses": hasClasses,
                "parts": map.parts > 1
                    ? (0..<map.parts).map { number -> Fields in
                        let range = map.units(of: number)
                        return [
                            "name": "\(range.first?.unit ?? 0)–\(range.last?.unit ?? 0)", "isHere": number == part,
                            "href": Self.path(layer, part: number),
                        ]
                    } : nil,
                "range": map.parts > 1 ? "\(units.first?.unit ?? 0) to \(units.last?.unit ?? 0)" : nil,
                "rows": units.map { unit -> Fields in
                    [
                        "unit": String(unit.unit), "class": hasClasses ? topClass(unit.unit) ?? "–" : nil, "similar": match(unit.similar.first),
                        "opposite": match(unit.opposite.first),
                    ]
                },
            ], to: Self.path(layer, part: part),
            title: "\(layer.name) · map of its units" + (part > 0 ? " \(part + 1)" : ""), section: .layers)
    }

    private func topClass(_ unit: Int) -> String? {
        guard layer.statistics.units.indices.contains(unit) else { return nil }
        return layer.statistics.units[unit].topClasses(1).first.map { context.content.className($0.index) }
    }

    private func pair(_ pair: LayerSimilarity.Pair) throws -> Fields {
        [
            "correlation": Number.correlation(pair.correlation),
            "units": try pair.units.map { unit -> Fields in
                var fields: Fields = ["unit": String(unit)]
                if let path = try context.unitPicture(unit, of: layer) { fields["picture"] = context.picture(path, alt: "", .tiny) }
                return fields
            },
        ]
    }
}
