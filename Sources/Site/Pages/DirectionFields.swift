import Run

/// What the page of a layer of directions says of them.
enum DirectionFields {
    /// - Parameter units: the statistics of the layer's units.
    static func fields(_ directions: LayerDirections, _ units: [LayerStatistics.Unit], of layer: String) -> Fields {
        var fields: Fields = [
            "isDictionary": directions.reconstruction != nil, "summary": summary(directions), "file": directions.fileName,
            "hasRemarks": !directions.remarks.isEmpty, "remarks": directions.remarks,
        ]
        if let found = directions.reconstruction {
            fields["reconstruction"] = [
                "behind": directions.behind, "images": Number.count(found.images, "image"), "rows": rows(found, directions),
                "density": ShareChart.chart(
                    units.map(\.activePositions), id: "density", title: "Density of the latents of \(layer)",
                    axis: "share of positions at which it is active"),
            ] as Fields
        }
        return fields
    }

    private static func summary(_ directions: LayerDirections) -> String {
        let activation = directions.activation == "linear" ? "" : ", then \(directions.activation)"
        let what = directions.kind == "directions" ? "" : " (\(directions.kind))"
        return "Each unit is a direction\(what) among the \(Number.grouped(directions.channels)) channels of \(directions.behind): at every position the "
            + "product with its channels, and an offset\(activation). \(Number.count(directions.count, "direction")) in all; nothing else in the network "
            + "reads them."
    }

    private static func rows(_ found: LayerDirections.Reconstruction, _ directions: LayerDirections) -> [Fields] {
        var rows: [(String, String)] = [
            ("explained variance", found.explainedVariance.map(Number.signedPercent) ?? "undefined: it has one value everywhere"),
            ("latents active at a position, on average", "\(Number.short(found.active)) of \(Number.grouped(directions.count))"),
            ("dead latents, which no image activates", "\(Number.grouped(found.dead)) (\(Number.percent(Float(found.dead) / Float(max(1, directions.count)))))"),
        ]
        if let before = found.accuracy, let after = found.accuracyReconstructed {
            rows.append(("accuracy of the network as it is", Number.percent(before)))
            rows.append(("accuracy with the reconstruction put in", Number.percent(after)))
        }
        if let agreement = found.agreement { rows.append(("images that keep their class with it", Number.percent(agreement))) }
        return rows.map { ["name": $0.0, "value": $0.1] }
    }
}
