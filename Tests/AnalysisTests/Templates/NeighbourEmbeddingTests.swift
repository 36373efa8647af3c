import Tensors
import Testing

@testable import Analysis

struct NeighbourEmbeddingTests {
    /// Sixty vectors of ten values around three centres, by the rule of `Fixtures/semantic_vectors.py`.
    private static let vectors: [Float] = (0..<60).flatMap { point in
        (0..<10).map { place in
            let noise = Float((point * point * 31 + place * place * 57 + point * place * 13) % 97) / 97 - 0.5
            return noise + (place == point % 3 ? 1 : 0)
        }
    }

    /// scikit-learn's divergence is 0.346 from the principal axes, 0.343, 0.358 and 0.367 from three random beginnings.
    @Test func `neighbourhoods are kept as well as scikit-learn keeps them`() throws {
        var random = RandomSource(seed: 1, stream: "embedding")
        let vectors = try #require(SemanticVectors(columns: Self.columns, count: 60))
        let start = try #require(try vectors.principalComponents())
        let found = NeighbourEmbedding(of: Self.vectors, count: 60, start: start.places, perplexity: 10, random: &random)
        #expect((0.33...0.37).contains(found.divergence))
        #expect(abs(found.places.reduce(0, +)) < 0.1)
        var again = RandomSource(seed: 1, stream: "embedding")
        #expect(NeighbourEmbedding(of: Self.vectors, count: 60, start: start.places, perplexity: 10, random: &again).places == found.places)
    }

    @Test func `vectors that are all the same stay finite`() {
        var random = RandomSource(seed: 1, stream: "embedding")
        let found = NeighbourEmbedding(of: Array(repeating: 1, count: 27), count: 9, start: nil, steps: 100, random: &random)
        #expect(found.places.count == 18 && found.places.allSatisfy(\.isFinite) && found.divergence.isFinite)
    }

    private static var columns: [Float] { (0..<10).flatMap { place in (0..<60).map { vectors[$0 * 10 + place] } } }

    @Test func `principal axes are those of scikit-learn`() throws {
        let vectors = try #require(SemanticVectors(columns: Self.columns, count: 60))
        let found = try #require(try vectors.principalComponents())
        // sklearn.decomposition.PCA(2): explained_variance_ratio_, and the first point's coordinates up to sign.
        #expect(zip(found.shares, [0.28552908, 0.25988182] as [Float]).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(abs((found.places[0] * found.places[0] + found.places[1] * found.places[1]).squareRoot() - 0.48972324) < 1e-3)
    }

    @Test func `neighbours have the largest cosines`() throws {
        // Columns (1, 0), (2, 0.2), (0, 1), (-1, 0), (0, 0).
        let vectors = try #require(SemanticVectors(columns: [1, 2, 0, -1, 0, 0, 0.2, 1, 0, 0], count: 5))
        let found = try vectors.neighbours(of: [0, 4, 2], atMost: 2, threads: 2)
        #expect(found.map { $0.map(\.template) } == [[1, 2], [], [1, 0]])
        #expect(abs((found[0].first?.cosine ?? 0) - 2 / Float(4.04).squareRoot()) < 1e-6 && found[0].last?.cosine == 0)
    }
}
