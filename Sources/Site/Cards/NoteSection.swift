/// What a researcher wrote about a unit.
enum NoteSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        guard case .unit(let layer, let unit) = card.target else { return [:] }
        return card.context.content.notes.units[layer]?[unit]?.fields ?? [:]
    }
}
