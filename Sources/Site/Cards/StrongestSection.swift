import Run

/// The real images that excite it most.
enum StrongestSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        let context = card.context
        let strongest = try card.statistics.strongest.enumerated().compactMap { place, exemplar -> Fields? in
            guard var fields = try context.realImage(exemplar.image, .medium) else { return nil }
            fields["rank"] = String(place + 1)
            fields["activation"] = Number.short(exemplar.activation)
            fields["window"] = context.frame(exemplar.window)
            return fields
        }
        return ["strongest": strongest, "hasStrongest": !strongest.isEmpty]
    }
}
