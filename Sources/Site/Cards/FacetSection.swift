import Run

/// Prototypes of the clusters that a unit's references fall into, side by side, and the numbers that say whether it needed them.
enum FacetSection: CardSection {
    /// References beside each.
    private static let shown = 8

    static func fields(of card: Card) throws -> Fields {
        guard case .unit(_, let unit) = card.target, let found = card.layer.facets[unit], let test = found.test else { return [:] }
        let likeness = card.layer.facetLikeness[unit]
        let facets = try found.facets.indices.map { try facet($0, of: found, likeness, card) }
        return [
            "facets": [
                "facets": facets, "hasFacets": !facets.isEmpty, "references": Number.count(found.references, "reference"),
                "clusters": Number.count(test.clusters, "cluster"), "silhouette": Number.correlation(test.silhouette),
                "nullMean": Number.correlation(test.nullMean), "nullLargest": Number.correlation(test.nullLargest),
                "reached": test.reached > 0 ? Number.grouped(test.reached) : nil, "draws": Number.grouped(test.draws),
                "isSmall": test.reached == 0, "explained": Number.percent(test.explained), "nullExplained": Number.percent(test.nullExplained),
                "ordinary": likeness.flatMap { ordinary($0.prototype) },
            ] as Fields
        ]
    }

    private static func facet(_ index: Int, of unit: LayerFacets.Unit, _ likeness: FacetLikeness.Unit?, _ card: Card) throws -> Fields {
        let context = card.context, facet = unit.facets[index]
        let real = try facet.references.prefix(shown).compactMap { reference -> Fields? in
            guard var fields = try context.realImage(reference.image, .tiny) else { return nil }
            fields["window"] = context.frame(reference.window)
            return fields
        }
        var fields: Fields = [
            "number": String(index + 1), "references": Number.count(facet.references.count, "reference"), "real": real, "hasReal": !real.isEmpty,
        ]
        let target = Prototype.Target.facet(layer: card.layer.name, unit: unit.unit, index: index)
        if let prototype = try context.content.run.read(Prototype.self, from: .prototype(target)) {
            if let path = try context.prototypePath(prototype, at: "\(card.folder)/facet-\(index + 1).png") {
                fields["picture"] = context.picture(path, alt: "Prototype of facet \(index + 1) of \(card.subject)", .medium)
            }
            fields["activation"] = Number.short(prototype.trust.activation)
            fields["multiple"] = prototype.trust.multipleOfLargest.map { Number.short($0) }
        }
        if let likeness, likeness.facets.indices.contains(index), likeness.facets[index].indices.contains(index) {
            let row = likeness.facets[index], others = row.indices.filter { $0 != index }.map { row[$0] }
            fields["own"] = Number.correlation(row[index])
            fields["other"] = others.max().map(Number.correlation)
            fields["ownOfReal"] = Number.correlation(likeness.references[index][index])
            fields["isMistaken"] = (others.max() ?? -1) >= row[index]
        }
        return fields
    }

    /// Which facet the ordinary prototype is most like.
    private static func ordinary(_ cosines: [Float]) -> Fields? {
        guard let nearest = cosines.indices.max(by: { cosines[$0] < cosines[$1] }) else { return nil }
        return ["number": String(nearest + 1), "cosines": cosines.map(Number.correlation).joined(separator: ", ")]
    }
}
