import Run

/// The prototype: its picture, the masked one, those of other seeds, maps of relevance, how it was made and of what.
enum PrototypeSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        guard let prototype = card.prototype else { return [:] }
        return try fields(
            of: prototype, subject: card.subject, curve: card.name, in: card.folder, fileName: "\(card.key).png", references: .tiny, card.context)
    }

    /// The same of any prototype, that of a class among them.
    ///
    /// - Parameters:
    ///   - subject: what it is of, as among all: `unit 3 of layer2`. The loss curve calls it `curve`.
    ///   - folder: the place of its pictures in the site.
    ///   - fileName: as which its picture is offered for download.
    ///   - size: of the references.
    static func fields(
        of prototype: Prototype, subject: String, curve: String, in folder: String, fileName: String, references size: SiteContext.Size,
        _ context: SiteContext
    ) throws -> Fields {
        let others = try context.otherSeeds(prototype, of: subject, in: folder)
        var fields: Fields = [
            "otherSeeds": others, "hasOtherSeeds": !others.isEmpty,
            "masked": try context.masked(prototype, of: subject, in: folder), "heatMaps": try context.heatMaps(prototype, in: folder),
            "matching": context.matching(prototype),
            "lossCurve": LossCurve.chart(prototype.lossCurve, id: "loss", subject: "the prototype of \(curve)"),
            "references": prototype.references.isEmpty ? nil : try context.references(prototype, size),
        ]
        if let path = try context.prototypePath(prototype, at: "\(folder)/prototype.png") {
            fields["prototype"] = context.picture(path, alt: "Prototype of \(subject)", .large, isLazy: false)
            fields["fileName"] = fileName
        }
        return fields
    }
}
