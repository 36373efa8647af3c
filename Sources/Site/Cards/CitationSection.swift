/// How to cite it and to make it again.
enum CitationSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        let manifest = card.context.content.manifest
        let subject = card.subject.prefix(1).uppercased() + card.subject.dropFirst()
        return [
            "page": "\(card.folder)/index.html", "command": manifest.options.command,
            "record": card.recordPath, "figure": figure(of: card),
            "bibTeX": Citation.bibTeX(manifest, subject: subject, key: card.key, author: card.context.content.presentation.author, url: card.context.content.presentation.baseURL),
        ]
    }

    /// The command that makes a figure of a unit; nil for others.
    private static func figure(of card: Card) -> String? {
        guard case .unit(let layer, let unit) = card.target else { return nil }
        let kind = card.prototype == nil ? HistogramFigure.kind : UnitFigure.kind
        return "vitrine figure \(kind) --run RUN --layer \(ShellText.word(layer)) --units \(unit) --venue cvpr --out figures"
    }
}
