import Run

/// What captions say of prototypes: how they were made, and whether they hold.
enum PrototypeWords {
    /// `, at most 50 each`; nothing where that is not known.
    static func references(_ prototypes: [Prototype]) -> String {
        let most = prototypes.map(\.references.count).max() ?? 0
        return most > 0 ? ", at most \(most) each" : ""
    }

    /// `200 steps`, `150 to 200 steps`.
    static func steps(_ prototypes: [Prototype]) -> String {
        let steps = prototypes.map(\.steps)
        guard let least = steps.min(), let most = steps.max() else { return "0 steps" }
        return least == most ? Number.count(most, "step") : "\(Number.grouped(least)) to \(Number.count(most, "step"))"
    }

    /// Whether a prototype holds, as sentences: against real images, what the network sees, whether seeds agree.
    static func trust(_ prototype: Prototype, largest: Float, className: (Int) -> String) -> [String] {
        let trust = prototype.trust
        var sentences: [String] = []
        let above = trust.percentile.map { "above \(Number.percent($0 / 100)) of the real images" }
        if let multiple = trust.multipleOfLargest {
            sentences.append(
                "The prototype reaches \(Number.short(trust.activation)), \(Number.short(multiple)) × the strongest real image "
                    + "(\(Number.short(largest)))\(above.map { ", \($0)" } ?? "").")
        } else {
            sentences.append("The prototype reaches \(Number.short(trust.activation))\(above.map { ", \($0)" } ?? "").")
        }
        if let predicted = trust.predicted {
            sentences.append("The network sees \(className(predicted))\(trust.predictedProbability.map { " (\(Number.percent($0)))" } ?? "").")
        }
        if let agreement = trust.seedAgreement {
            sentences.append("\(prototype.otherSeeds.count + 1) seeds agree to \(Number.short(agreement)).")
        }
        return sentences
    }
}
