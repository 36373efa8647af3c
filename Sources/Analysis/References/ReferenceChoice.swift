import Run
import Tensors

/// The real images that a prototype is matched to.
struct ReferenceChoice: Sendable, Equatable {
    /// Numbers in the listing, in the order in which they were chosen.
    var references: [Int]
    /// A real image of the same kind that is not among them: the natural scale of the loss.
    var heldOut: Int?
    /// How they were chosen, as a sentence.
    var sentence: String

    private init(from candidates: [Int], count: Int, sentence: String) {
        references = Array(candidates.prefix(count))
        heldOut = candidates.count > count ? candidates[count] : nil
        self.sentence = sentence
    }

    /// The strongest images of a unit, by spatial maximum: at most `count` and at most a tenth of all images (three at least),
    /// since what excites a unit must not be everything.
    static func strongest(of unit: Int, in accumulator: LayerAccumulator, count: Int) -> ReferenceChoice {
        let strongest = accumulator.strongest(of: unit)
        let count = min(count, max(3, accumulator.images / 10), strongest.count)
        return ReferenceChoice(
            from: strongest, count: count,
            sentence: "The \(count) images with the strongest activation of the unit, whole.")
    }

    /// Images of a class, drawn with the run's seed; without labels those with the largest logit.
    static func ofClass(
        _ index: Int, labels: [Int?], unreadable: Set<Int>, logits: LayerAccumulator, count: Int, seed: UInt64
    ) -> ReferenceChoice {
        guard labels.contains(where: { $0 != nil }) else {
            let strongest = logits.strongest(of: index)
            let count = min(count, max(3, logits.images / 10), strongest.count)
            return ReferenceChoice(
                from: strongest, count: count,
                sentence: "The \(count) images with the largest logit of the class, since images have no labels.")
        }
        return ofLabelledClass(index, labels: labels, unreadable: unreadable, count: count, seed: seed)
    }

    /// Images of a class whose labels are known, drawn with the run's seed.
    static func ofLabelledClass(_ index: Int, labels: [Int?], unreadable: Set<Int>, count: Int, seed: UInt64) -> ReferenceChoice {
        var candidates = labels.indices.filter { labels[$0] == index && !unreadable.contains($0) }
        let total = candidates.count
        var random = RandomSource(seed: seed, stream: "references/class/\(index)")
        candidates.shuffle(using: &random)
        return ReferenceChoice(
            from: candidates, count: count,
            sentence: total > count
                ? "\(count) of the \(total) images of the class, drawn at random."
                : total == 1 ? "The only image of the class." : "All \(total) images of the class.")
    }
}
