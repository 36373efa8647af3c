import Run

/// Whether the network treats the prototype as it treats real images, layer by layer.
enum PathSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        guard card.prototype != nil, let entry = card.layer.paths[card.target] else { return [:] }
        return fields(of: entry, at: card.layer.name, subject: card.subject, other: card.recordPath == nil ? "concepts" : "units")
    }

    /// The same of any prototype, that of a class among them.
    ///
    /// - Parameters:
    ///   - layer: where the target lies; nil for a class.
    ///   - other: what other targets of its kind are called.
    static func fields(of entry: PathSimilarity.Entry, at layer: String?, subject: String, other: String) -> Fields {
        let own = layer.map { NegatedLayer.original(of: $0) ?? $0 }
        let known = entry.points.filter { $0.prototype != nil }
        guard let chart = LineChart(entry).chart(id: "paths-chart", title: "Rank correlations of the prototype of \(subject)"),
            let point = known.first(where: { $0.layer == own }) ?? known.last
        else { return [:] }
        return [
            "paths": [
                "chart": chart, "images": Number.count(entry.images.count, "image"), "areReferences": entry.areReferences, "others": other,
                "otherImages": Number.count(entry.otherImages, "image"), "layer": point.layer,
                "prototype": correlation(point.prototype), "real": correlation(point.real), "range": range(point.realRange),
                "other": correlation(point.others),
                "rows": entry.points.map { point -> Fields in
                    [
                        "layer": point.layer, "prototype": correlation(point.prototype), "real": correlation(point.real),
                        "range": range(point.realRange), "other": correlation(point.others),
                    ]
                },
            ] as Fields
        ]
    }

    private static func correlation(_ value: Float?) -> String? { value.map(Number.correlation) }

    private static func range(_ range: [Float]?) -> String? {
        range.map { $0.map(Number.correlation).joined(separator: " to ") }
    }
}
