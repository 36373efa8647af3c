import Run

/// Does the prototype hold? In facts rather than grades: against the strongest real image, against all of them.
enum TrustSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        guard let prototype = card.prototype else { return [:] }
        let trust = prototype.trust, isConstant = card.statistics.isConstant
        return [
            "trust": [
                "verdict": isConstant ? "Constant: nothing activates it more than anything else" : verdict(trust),
                "isAbove": !isConstant && (trust.multipleOfLargest ?? 0) >= 1, "isDoubtful": isConstant || trust.isDoubtful,
                "activation": Number.short(trust.activation), "largest": Number.short(card.statistics.maximum),
                "multiple": trust.multipleOfLargest.map { Number.short($0) },
                "agreement": trust.seedAgreement.map { Number.short($0) }, "seeds": String(prototype.otherSeeds.count + 1),
                "predicted": trust.predicted.map(card.context.classLink),
                "predictedProbability": trust.predictedProbability.map(Number.percent), "judged": judged(card), "clarity": clarity(card),
            ] as Fields
        ]
    }

    /// How another network answers the unit's line-up.
    private static func judged(_ card: Card) -> Fields? {
        guard case .unit(_, let unit) = card.target, let judgement = card.layer.judgement, let judged = card.layer.judged[unit] else { return nil }
        return [
            "judge": judgement.judge.displayName, "byPrototype": JudgementWords.share(judged.byPrototype),
            "byImages": JudgementWords.share(judged.byImages), "images": Number.count(judged.images, "real image"),
        ]
    }

    /// Whether the references look alike to a network.
    private static func clarity(_ card: Card) -> Fields? {
        guard case .unit(_, let unit) = card.target, let found = card.layer.clarity, let own = found.units[unit] else { return nil }
        return [
            "judge": found.judge?.displayName, "images": String(own.images), "clarity": Number.short(own.clarity),
            "random": own.randomClarity.map { Number.short($0) }, "consistency": own.consistency.map { Number.percent($0) },
            "polysemanticity": Number.short(own.polysemanticity),
        ]
    }

    private static func verdict(_ trust: Prototype.Trust) -> String {
        switch (trust.multipleOfLargest, trust.percentile) {
        case (let multiple?, _) where multiple >= 1: "Stronger than every real image"
        case (_, let percentile?): "Stronger than \(Number.percent(percentile / 100)) of the real images"
        case (.some, nil): "Weaker than the strongest real image"
        default: "No real image to compare it with"
        }
    }
}
