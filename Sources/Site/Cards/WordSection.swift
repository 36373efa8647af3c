import Run

/// The words that go with a unit, and how well labels tell on held-out images where it is active.
enum WordSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        guard case .unit(_, let unit) = card.target else { return [:] }
        var fields = Fields()
        if let words = card.layer.words, let own = card.layer.words(of: unit) { fields.add(Self.words(words, own)) }
        if let checks = card.layer.checks, let own = card.layer.checked[unit], !own.isEmpty {
            fields["checks"] = [
                "chosenOn": Number.count(checks.chosenOn, "image"), "measuredOn": Number.count(checks.measuredOn, "other image"),
                "labels": own.map(check), "draws": Number.grouped(checks.draws),
            ] as Fields
        }
        return fields
    }

    private static func words(_ words: LayerWords, _ own: LayerWords.Unit) -> Fields {
        let fitting = own.fitting
        var fields: Fields = [
            "words": [
                "best": own.best.map { word in
                    [
                        "word": PlainText.clipped(word.word), "correlation": Number.correlation(word.correlation),
                        "bar": ShareBar.ornament(max(0, word.correlation), width: 64), "isAbove": own.level.map { word.correlation > $0 } ?? false,
                    ] as Fields
                },
                "level": own.level.map(Number.correlation), "noneFits": fitting.isEmpty && !own.best.isEmpty, "isConstant": own.best.isEmpty,
                "encoder": words.encoder.displayName, "count": Number.count(words.words, "word"), "images": Number.count(words.images, "image"),
            ] as Fields
        ]
        if !fitting.isEmpty { fields["goesWith"] = fitting.prefix(3).map { "“\(PlainText.clipped($0.word))”" }.joined(separator: ", ") }
        return fields
    }

    private static func check(_ check: LayerChecks.Check) -> Fields {
        func interval(_ values: [Float], _ text: (Float) -> String) -> String { values.map(text).joined(separator: " to ") }
        func share(_ value: Float) -> String { Number.fixed(Double(value), 2) }
        return [
            "label": PlainText.clipped(check.label), "kind": check.kind.word, "chosen": share(check.chosen), "area": share(check.area),
            "areaInterval": interval(check.areaInterval, share), "difference": Number.short(check.difference),
            "differenceInterval": interval(check.differenceInterval) { Number.short($0) }, "with": Number.grouped(check.with),
            "without": Number.grouped(check.without),
            // An interval that reaches down to chance tells nothing.
            "isDoubtful": (check.areaInterval.first ?? 0) <= 0.5,
        ]
    }
}

extension LayerChecks.Kind {
    /// As a table calls it.
    var word: String {
        switch self {
        case .word: "word"
        case .imageClass: "class"
        case .attribute: "attribute"
        }
    }
}
