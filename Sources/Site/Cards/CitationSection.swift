/// How to cite it and to make it again.
enum CitationSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        let manifest = card.context.content.manifest
        let subject = card.subject.prefix(1).uppercased() + card.subject.dropFirst()
        return [
            "page": "\(card.folder)/index.html", "command": manifest.options.command,
            "record": card.recordPath,
            "bibTeX": Citation.bibTeX(manifest, subject: subject, key: card.key, author: card.context.content.presentation.author),
        ]
    }
}
