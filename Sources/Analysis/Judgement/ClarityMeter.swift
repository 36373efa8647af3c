import Dataset
import Diagnostics
import Images
import Network
import Run
import Tensors

/// Whether the references of units look alike to a network, against as many random images.
struct ClarityMeter {
    /// The network whose eyes count; the judge's description where it is one.
    let network: ImageNetwork
    let judge: Comparison.Network?
    let images: RealImages
    let seed: UInt64
    let threads: Int

    /// References of a unit that are looked at, at most: the best.
    static let shown = 30
    /// Random images, and sets of them.
    static let random = 128, sets = 200

    /// A unit with its references, best first.
    struct Wish: Sendable {
        var unit: Int
        var references: [Reference]
    }

    /// How alike the references of `layer`'s units are. `readable` are the images that can be drawn; `done` is told how many units there are
    /// yet. Throws a `Problem` when an image cannot be read.
    func clarity(of layer: String, _ wishes: [Wish], readable: [Int], done: @escaping (_ units: Int) -> Void = { _ in }) throws -> LayerClarity {
        let embedding = try PictureEmbedding(network), images = images
        let drawn = Self.drawn(readable, as: wishes)
        let vectors = try Self.vectors(of: drawn, images, embedding, Workspace(embedding.plan)), scale = EmbeddingScale(vectors)
        let table = LikenessTable(vectors.map { Self.joined(scale.scaled($0)) })
        // One unit is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var units: [LayerClarity.Unit] = [], baselines: [Int: [Double]] = [:]
        nonisolated(unsafe) let tell = done
        try OrderedWork.run(0..<wishes.count, threads: threads) {
            try Workspace(embedding.plan)
        } piece: { workspace, number -> (LikenessTable, Double, Double) in
            let own = LikenessTable(
                try Self.vectors(of: Array(wishes[number].references.prefix(Self.shown)), images, embedding, workspace).map { Self.joined(scale.scaled($0)) })
            return (own, own.clarity(of: Array(0..<own.count)), own.polysemanticity)
        } deliver: { number, found in
            let (own, clarity, polysemanticity) = found
            let baseline = baselines[own.count] ?? Self.baseline(own.count, table, seed: seed, layer: layer)
            baselines[own.count] = baseline
            let below = baseline.reduce(0.0) { $0 + ($1 < clarity ? 1 : $1 == clarity ? 0.5 : 0) }
            units.append(
                .init(
                    unit: wishes[number].unit, images: own.count, clarity: Float(clarity), polysemanticity: Float(polysemanticity),
                    consistency: baseline.isEmpty ? nil : Float(below / Double(baseline.count)),
                    randomClarity: baseline.isEmpty ? nil : Float(baseline.reduce(0, +) / Double(baseline.count))))
            tell(number + 1)
        }
        return LayerClarity(layer: layer, judge: judge, compared: embedding.layers, random: drawn.count, sets: Self.sets, units: units)
    }

    /// Images spread evenly, each cut as a reference is.
    private static func drawn(_ readable: [Int], as wishes: [Wish]) -> [Reference] {
        let windows = wishes.flatMap { $0.references.prefix(shown).map(\.window) }, count = min(readable.count, random)
        return (0..<count).map { Reference(image: readable[$0 * readable.count / count], window: windows.isEmpty ? nil : windows[$0 * windows.count / count]) }
    }

    /// The clarity of random sets of `count` images; none where there are not twice as many to draw from.
    private static func baseline(_ count: Int, _ table: LikenessTable, seed: UInt64, layer: String) -> [Double] {
        guard count > 1, table.count >= 2 * count else { return [] }
        var random = RandomSource(seed: seed, stream: "clarity/\(layer)/\(count)")
        return (0..<sets).map { _ in
            var order = Array(0..<table.count)
            for place in 0..<count { order.swapAt(place, random.integer(in: place...table.count - 1)) }
            return table.clarity(of: Array(order.prefix(count)))
        }
    }

    private static func vectors(
        of references: [Reference], _ images: RealImages, _ embedding: PictureEmbedding, _ workspace: Workspace
    ) throws -> [PictureEmbedding.Vector] {
        try embedding.vectors(of: references.map { try images.picture($0) }, workspace)
    }

    /// Layers behind one another, each of length 1: the cosine of two is the mean of their layers' cosines.
    private static func joined(_ vector: PictureEmbedding.Vector) -> [Float] {
        vector.flatMap { layer -> [Float] in
            let length = layer.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            return length > 0 ? layer.map { $0 / length } : layer
        }
    }
}
