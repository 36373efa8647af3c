import Run

/// The units of the layer that go together with a unit, and those that go against it.
enum SimilarSection: CardSection {
    /// Of either kind; as many as stand in a row.
    private static let shown = 5

    static func fields(of card: Card) throws -> Fields {
        guard case .unit(_, let unit) = card.target, let similarity = card.layer.similarity, similarity.units.indices.contains(unit)
        else { return [:] }
        let entry = similarity.units[unit]
        func list(_ matches: [LayerSimilarity.Match]) throws -> [Fields] {
            try matches.prefix(shown).filter { similarity.units.indices.contains($0.unit) }.map { match in
                var fields: Fields = [
                    "unit": String(match.unit), "href": card.layer.page(of: match.unit), "correlation": Number.correlation(match.correlation),
                    "isRedundant": match.correlation >= similarity.redundant.threshold,
                ]
                if let path = try card.context.unitPicture(match.unit, of: card.layer) { fields["picture"] = card.context.picture(path, alt: "", .tiny) }
                return fields
            }
        }
        let similar = try list(entry.similar), opposite = try list(entry.opposite)
        return [
            "similarity": [
                "similar": similar, "hasSimilar": !similar.isEmpty, "opposite": opposite, "hasOpposite": !opposite.isEmpty,
                "isConstant": similar.isEmpty && opposite.isEmpty, "images": Number.count(similarity.images, "image"),
                "map": UnitMap.hasPlaces(similarity) ? UnitMapPage.path(card.layer, part: UnitMap(similarity).part(of: unit)) : nil,
                "threshold": Number.plain(Double(similarity.redundant.threshold)),
                "hasRedundant": entry.similar.contains { $0.correlation >= similarity.redundant.threshold },
            ] as Fields
        ]
    }
}

extension SiteContext {
    /// The picture that stands for a unit among others: its prototype, else the real image that excites it most; nil for none.
    func unitPicture(_ unit: Int, of layer: LayerContent) throws -> String? {
        if let prototype = layer.prototypes[unit], let path = try prototypePath(prototype, at: UnitPage.picturePath(layer, unit)) { return path }
        guard layer.statistics.units.indices.contains(unit), let first = layer.statistics.units[unit].strongest.first else { return nil }
        return try imagePath(first.image)
    }
}
