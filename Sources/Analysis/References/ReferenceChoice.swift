import Run
import Tensors

/// The real images, or windows of them, that a prototype is matched to.
struct ReferenceChoice: Sendable, Equatable {
    /// In the order in which they were chosen.
    var references: [Reference]
    /// Candidates that were not taken, best first: a few, for those who want to see others of the same kind.
    var others: [Reference]
    /// A real image of the same kind that is not among them: the natural scale of the loss.
    var heldOut: Reference? { others.first }
    /// How they were chosen, as a sentence.
    var sentence: String

    private static let keptOthers = 8

    /// The first `count` of `candidates`; the next one is held out.
    init(from candidates: [Reference], count: Int, sentence: String) {
        references = Array(candidates.prefix(count))
        others = Array(candidates.dropFirst(count).prefix(Self.keptOthers))
        self.sentence = sentence
    }

    /// Images of a class, drawn with the run's seed; without labels those with the largest logit.
    static func ofClass(
        _ index: Int, labels: [Int?], unreadable: Set<Int>, logits: LayerAccumulator, settings: ReferenceSettings, seed: UInt64
    ) -> ReferenceChoice {
        guard labels.contains(where: { $0 != nil }) else {
            let strongest = logits.strongest(of: index)
            let count = min(settings.count(among: logits.images), strongest.count)
            return ReferenceChoice(
                from: strongest, count: count,
                sentence: "The \(count) images with the largest logit of the class, since images have no labels.")
        }
        return ofLabelledClass(index, labels: labels, unreadable: unreadable, count: settings.count, seed: seed)
    }

    /// Images of a class whose labels are known, drawn with the run's seed.
    static func ofLabelledClass(_ index: Int, labels: [Int?], unreadable: Set<Int>, count: Int, seed: UInt64) -> ReferenceChoice {
        var candidates = labels.indices.filter { labels[$0] == index && !unreadable.contains($0) }
        let total = candidates.count
        var random = RandomSource(seed: seed, stream: "references/class/\(index)")
        candidates.shuffle(using: &random)
        return ReferenceChoice(
            from: candidates.map { Reference(image: $0) }, count: count,
            sentence: total > count
                ? "\(count) of the \(total) images of the class, drawn at random."
                : total == 1 ? "The only image of the class." : "All \(total) images of the class.")
    }
}
