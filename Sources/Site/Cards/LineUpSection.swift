import Run

/// The real images to pick by a unit's prototype.
enum LineUpSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        guard card.prototype != nil, case .unit(let layer, let unit) = card.target, let question = card.layer.lineUps[unit] else { return [:] }
        return ["question": try LineUpQuestion(context: card.context, layer: layer, question: question).fields()]
    }
}
