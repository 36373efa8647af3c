import Run

/// Real images from the whole range of a unit, weakest first.
enum RangeSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        guard case .unit(_, let unit) = card.target, let range = card.layer.range, range.units.indices.contains(unit),
            case let quantiles = range.units[unit].quantiles, quantiles.count > 1
        else { return [:] }
        let context = card.context
        let figures = try quantiles.compactMap { quantile -> Fields? in
            guard var fields = try context.realImage(quantile.exemplar.image, .small) else { return nil }
            fields["activation"] = Number.short(quantile.exemplar.activation)
            fields["window"] = context.frame(quantile.exemplar.window)
            fields["share"] = Number.percent(quantile.share)
            return fields
        }
        let histogram = card.statistics.histogram
        return [
            "range": [
                "figures": figures, "count": Number.grouped(figures.count),
                "sample": range.sample < range.images ? Number.grouped(range.sample) : nil, "images": Number.grouped(range.images),
                "zero": histogram.zero > 0 ? Number.percent(Float(histogram.zero) / Float(max(1, histogram.count))) : nil,
            ] as Fields
        ]
    }
}
