import Run

/// What switching something off did to images, class by class.
struct EffectTally: Sendable {
    private var classes: [Counts]

    private struct Counts: Sendable {
        var images: Int32 = 0
        var before: Int32 = 0
        var lost: Int32 = 0
        var gained: Int32 = 0
        /// Of the rise of the cross-entropy.
        var loss = 0.0
        var squares = 0.0

        static func += (sum: inout Counts, other: Counts) {
            sum.images += other.images
            sum.before += other.before
            sum.lost += other.lost
            sum.gained += other.gained
            sum.loss += other.loss
            sum.squares += other.squares
        }
    }

    init(classCount: Int) { classes = Array(repeating: Counts(), count: classCount) }

    /// Adds an image of class `label`.
    mutating func add(_ label: Int, before: AblationPass.Outcome, after: AblationPass.Outcome) {
        let wasRight = before.predicted == label, isRight = after.predicted == label, loss = after.loss - before.loss
        classes[label].images += 1
        if wasRight { classes[label].before += 1 }
        if wasRight, !isRight { classes[label].lost += 1 }
        if !wasRight, isRight { classes[label].gained += 1 }
        // Images that a broken network gives no probability at all have no finite loss.
        guard loss.isFinite else { return }
        classes[label].loss += loss
        classes[label].squares += loss * loss
    }

    /// The mean rise of the cross-entropy of a class's images; nil without images.
    func meanLoss(of label: Int) -> Double? { classes[label].images > 0 ? classes[label].loss / Double(classes[label].images) : nil }

    var effect: Ablation.Effect {
        let present = classes.indices.filter { classes[$0].images > 0 }
        let worst = present.map { (index: $0, loss: meanLoss(of: $0) ?? 0) }.sorted { ($1.loss, $0.index) < ($0.loss, $1.index) }
        return Ablation.Effect(
            all: Self.change(present.reduce(into: Counts()) { $0 += classes[$1] }),
            classes: worst.prefix(Ablation.Effect.mostClasses).map { .init(index: $0.index, change: Self.change(classes[$0.index])) })
    }

    private static func change(_ counts: Counts) -> Ablation.Change {
        let images = Int(counts.images), before = Int(counts.before), lost = Int(counts.lost), gained = Int(counts.gained)
        let accuracy = Interval95.ofChange(before: before, lost: lost, gained: gained, of: images)
        let loss = Interval95.ofMean(sum: counts.loss, squares: counts.squares, count: images)
        return Ablation.Change(
            images: images, before: before, lost: lost, gained: gained, interval: [Float(accuracy.lower), Float(accuracy.upper)],
            loss: Float(counts.loss / Double(max(1, images))), lossInterval: loss.map { [Float($0.lower), Float($0.upper)] })
    }
}
