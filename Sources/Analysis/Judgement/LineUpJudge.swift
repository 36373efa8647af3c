import Dataset
import Diagnostics
import Images
import Network
import Run
import Tensors

/// Has another network answer line-ups: of an image that excites a unit and one that does not it picks the one that is more like the unit's
/// prototype, or more like real images that excite the unit and that the line-up does not show.
///
/// As machines answer the two-choice task of people in Zimmermann, Klindt and Brendel 2024, "Measuring Mechanistic Interpretability at Scale
/// Without Humans" (there with a model of perceived likeness; images that excite a unit least are not shown here).
struct LineUpJudge {
    let judge: Judge
    let images: RealImages
    let threads: Int

    /// Real images that answers are given by, at most.
    static let shown = 9
    /// Pictures that say what is usual, at most.
    private static let usual = 512

    /// A unit with all that is needed to answer its line-up.
    struct Wish: Sendable {
        var question: LineUp.Question
        var prototype: Picture
        /// Real images that excite the unit, best first: those that the line-up does not show are used.
        var references: [Reference]
    }

    /// The answers to the line-ups of `layer`; `done` is told how many there are yet. Throws a `Problem` when an image cannot be read.
    func judgement(of layer: String, _ wishes: [Wish], done: @escaping (_ wishes: Int) -> Void = { _ in }) throws -> LayerJudgement {
        let embedding = try PictureEmbedding(judge.network), images = images
        let scale = EmbeddingScale(try usual(wishes, embedding))
        // One unit is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var units: [LayerJudgement.Unit] = []
        nonisolated(unsafe) let tell = done
        try OrderedWork.run(0..<wishes.count, threads: threads) {
            try Workspace(embedding.plan)
        } piece: { workspace, number in
            try Self.answer(wishes[number], images, embedding, scale, workspace)
        } deliver: { number, unit in
            if let unit { units.append(unit) }
            tell(number + 1)
        }
        return LayerJudgement(
            layer: layer, judge: judge.description, judgeLayers: embedding.layers, units: units, byPrototype: Self.mean(units.map(\.byPrototype)),
            byImages: Self.mean(units.map(\.byImages)))
    }

    /// Pictures of line-ups, spread evenly.
    private func usual(_ wishes: [Wish], _ embedding: PictureEmbedding) throws -> [PictureEmbedding.Vector] {
        let all = wishes.flatMap(\.question.pictures), count = min(all.count, Self.usual)
        let workspace = try Workspace(embedding.plan)
        var vectors: [PictureEmbedding.Vector] = []
        for begin in stride(from: 0, to: count, by: 64) {
            let pictures = try (begin..<min(begin + 64, count)).map { try images.picture(Self.reference(all[$0 * all.count / count])) }
            vectors += try embedding.vectors(of: pictures, workspace)
        }
        return vectors
    }

    private static func reference(_ shown: LineUp.Shown) -> Reference { Reference(image: shown.image, window: shown.window) }

    /// Nil where there is no other real image.
    private static func answer(
        _ wish: Wish, _ images: RealImages, _ embedding: PictureEmbedding, _ scale: EmbeddingScale, _ workspace: Workspace
    ) throws -> LayerJudgement.Unit? {
        let taken = Set(wish.question.pictures.map(\.image))
        let references = wish.references.filter { !taken.contains($0.image) }.prefix(shown)
        guard !references.isEmpty else { return nil }
        let pictures = try [wish.prototype] + wish.question.pictures.map { try images.picture(reference($0)) }
            + references.map { try images.picture($0) }
        let vectors = try embedding.vectors(of: pictures, workspace).map(scale.scaled)
        let shown = Array(vectors[1...wish.question.pictures.count]), real = EmbeddingScale.mean(Array(vectors.dropFirst(1 + shown.count)))
        func share(_ query: PictureEmbedding.Vector) -> LayerJudgement.Share {
            let likeness = zip(wish.question.pictures, shown).map { (excites: $0.excites, value: EmbeddingScale.likeness(query, $1)) }
            let right = likeness.filter(\.excites).map(\.value), wrong = likeness.filter { !$0.excites }.map(\.value)
            var won = 0.0
            for one in right { for other in wrong { won += one > other ? 1 : one == other ? 0.5 : 0 } }
            let answered = won / Double(max(1, right.count * wrong.count)), pairs = min(right.count, wrong.count)
            // All pairs are looked at, but only so many of them are independent of each other.
            return Self.share(answered, of: pairs)
        }
        return LayerJudgement.Unit(unit: wish.question.unit, byPrototype: share(vectors[0]), byImages: share(real), images: references.count)
    }

    private static func share(_ right: Double, of count: Int) -> LayerJudgement.Share {
        let interval = Interval95.ofShare(right * Double(count), of: count)
        return .init(right: Float(right), interval: [Float(interval.lower), Float(interval.upper)])
    }

    /// Units are what was drawn: the interval is over them.
    private static func mean(_ shares: [LayerJudgement.Share]) -> LayerJudgement.Share? {
        shares.isEmpty ? nil : share(shares.reduce(0) { $0 + Double($1.right) } / Double(shares.count), of: shares.count)
    }
}
