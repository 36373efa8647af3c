import Testing

@testable import Analysis

struct FrechetDistanceTests {
    private struct Golden: Decodable {
        var first: [[Float]]
        var second: [[Float]]
        var distance: Double
        var mean: [Double]
        var covariance: [Double]
    }

    private func distribution(_ vectors: [[Float]]) -> FeatureDistribution {
        var result = FeatureDistribution(features: vectors[0].count)
        for vector in vectors { result.add(vector) }
        return result
    }

    @Test func agreesWithNumPy() throws {
        for golden in try goldenFile("frechet", as: [Golden].self) {
            let (first, second) = (distribution(golden.first), distribution(golden.second))
            #expect(zip(first.mean, golden.mean).allSatisfy { abs($0 - $1) < 1e-12 })
            #expect(zip(first.covariance, golden.covariance).allSatisfy { abs($0 - $1) < 1e-12 })
            let there = try #require(try FrechetDistance(to: second)?.distance(of: first))
            let back = try #require(try FrechetDistance(to: first)?.distance(of: second))
            #expect(abs(there - golden.distance) < 1e-6 * golden.distance, "\(there), \(golden.distance)")
            #expect(abs(there - back) < 1e-6 * golden.distance)
        }
    }

    @Test func piecesJoinedAreTheWhole() throws {
        let vectors = try goldenFile("frechet", as: [Golden].self)[1].first
        var joined = distribution(Array(vectors.prefix(11)))
        joined.add(distribution(Array(vectors.dropFirst(11))))
        let whole = distribution(vectors)
        #expect(joined.count == whole.count && zip(joined.mean, whole.mean).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(zip(joined.covariance, whole.covariance).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(try #require(try FrechetDistance(to: whole)?.distance(of: joined)) < 1e-5)
    }

    @Test func oneVectorIsNoDistribution() throws {
        let one = distribution([[1, 2]]), two = distribution([[1, 2], [3, 5]])
        #expect(try FrechetDistance(to: one) == nil)
        #expect(try FrechetDistance(to: two)?.distance(of: one) == nil)
    }
}
