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

    /// The strongest images of a unit, by spatial maximum.
    static func strongest(of unit: Int, in accumulator: LayerAccumulator, count: Int) -> ReferenceChoice {
        let strongest = accumulator.strongest(of: unit)
        return ReferenceChoice(
            from: strongest, count: count,
            sentence: "The \(min(count, strongest.count)) images with the strongest activation of the unit, whole.")
    }

    /// Images of a class, drawn with the run's seed; without labels those with the largest logit.
    static func ofClass(
        _ index: Int, labels: [Int?], unreadable: Set<Int>, logits: LayerAccumulator, count: Int, seed: UInt64
    ) -> ReferenceChoice {
        guard labels.contains(where: { $0 != nil }) else {
            let strongest = logits.strongest(of: index)
            return ReferenceChoice(
                from: strongest, count: count,
                sentence: "The \(min(count, strongest.count)) images with the largest logit of the class, since images have no labels.")
        }
        var candidates = labels.indices.filter { labels[$0] == index && !unreadable.contains($0) }
        let total = candidates.count
        var random = RandomSource(seed: seed, stream: "references/class/\(index)")
        candidates.shuffle(using: &random)
        return ReferenceChoice(
            from: candidates, count: count,
            sentence: total > count
                ? "\(count) of the \(total) images of the class, drawn at random." : "All \(total) images of the class.")
    }
}
