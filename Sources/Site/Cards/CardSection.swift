/// A section of the cards of units and concepts: from what the run knows to the fields that the templates `unit` and `concept` show.
///
/// The next section: a file beside `OppositeSection.swift`, a line in `CardSections.all`, and a part of the template in `templates/parts`
/// that the cards which show it include. A document that only it needs is read by it.
protocol CardSection: SendableMetatype {
    /// Nothing where the run has nothing of it.
    static func fields(of card: Card) throws -> Fields
}

enum CardSections {
    static let all: [any CardSection.Type] = [
        NumbersSection.self,
        PrototypeSection.self,
        TrustSection.self,
        NoteSection.self,
        LineUpSection.self,
        OppositeSection.self,
        WordSection.self,
        StrongestSection.self,
        RangeSection.self,
        SimilarSection.self,
        PathSection.self,
        FacetSection.self,
        FlowSection.self,
        CitationSection.self,
    ]
}
