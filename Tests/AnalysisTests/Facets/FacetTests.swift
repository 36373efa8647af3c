import Foundation
import Run
import Tensors
import Testing

@testable import Analysis

struct FacetTests {
    private struct Golden: Decodable {
        var vectors: [[Float]]
        /// Along the first eight principal axes.
        var variances: [Double]
        var found: [Found]

        struct Found: Decodable {
            var count: Int
            var labels: [Int]
            var silhouette: Double
            var explained: Double
        }
    }

    @Test func `clusters and silhouettes are scikit-learn's`() throws {
        let cases: [Golden] = try goldenFile("facets")
        #expect(cases.map(\.found.count) == [1, 1, 2, 3])
        for golden in cases {
            let points = try #require(try FacetTest.principalAxes(of: golden.vectors))
            #expect(points.count == golden.vectors.count && points.dimension == 8)
            for (axis, variance) in golden.variances.enumerated() {
                let own = (0..<points.count).reduce(0.0) { $0 + pow(points.values[$1 * 8 + axis], 2) } / Double(points.count - 1)
                #expect(abs(own - variance) < 1e-6 * golden.variances[0])
            }
            for wanted in golden.found {
                var random = RandomSource(seed: 3, stream: "\(wanted.count)")
                let found = Clusters(of: points, wanted.count, restarts: 200, random: &random)
                #expect(abs(found.explained - wanted.explained) < 1e-6 && abs(found.silhouette(of: points) - wanted.silhouette) < 1e-6)
                // The same parts, whatever they are called.
                #expect(Set(zip(found.labels, wanted.labels).map { [$0, $1] }).count == wanted.count)
            }
        }
    }

    /// Vectors of unit length around `centres` directions of `dimension`, as many around each.
    private static func vectors(_ count: Int, around centres: Int, spread: Float, seed: UInt64, dimension: Int = 32) -> [[Float]] {
        var random = RandomSource(seed: seed, stream: "vectors")
        let directions = (0..<centres).map { _ in (0..<dimension).map { _ in random.normal() } }
        return (0..<count).map { number in
            let vector = directions[number % centres].map { $0 + spread * random.normal() }
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 / length }
        }
    }

    private static func test(_ vectors: [[Float]]) throws -> FacetTest? {
        var random = RandomSource(seed: 1, stream: "facets")
        return try FacetTest(of: vectors, random: &random)
    }

    @Test(arguments: [2, 3, 4])
    func `as many clusters are found as there are`(count: Int) throws {
        let found = try #require(try Self.test(Self.vectors(48, around: count, spread: 0.5, seed: 7)))
        #expect(found.needsFacets && found.found.clusters == count && found.found.reached == 0 && found.found.draws == 99)
        #expect(found.found.silhouette > found.found.nullLargest && found.found.explained > found.found.nullExplained)
        #expect(found.labels == (0..<48).map { $0 % count })
    }

    @Test func `one cluster is one cluster`() throws {
        var reached = 0
        for seed in 0..<20 {
            let found = try #require(try Self.test(Self.vectors(50, around: 1, spread: 1, seed: UInt64(seed))))
            #expect(!found.needsFacets)
            reached += found.found.reached
        }
        // Of one cluster at least as many draws lie above as below: their variances are those found, which are too different from each other.
        #expect(reached > 900, "\(reached)")
    }

    @Test func `what cannot be split has no test`() throws {
        #expect(try Self.test(Self.vectors(9, around: 2, spread: 0.1, seed: 1)) == nil)
        #expect(try Self.test(Array(repeating: [0.6, 0.8], count: 30)) == nil)
        #expect(try Self.test(Array(repeating: [0, 0], count: 30)) == nil)
        // Four strays are no cluster.
        let strays = Self.vectors(46, around: 1, spread: 0.3, seed: 2) + Self.vectors(4, around: 1, spread: 0.01, seed: 3)
        let found = try Self.test(strays)
        #expect(found.map { Set($0.labels).count == $0.found.clusters } ?? true)
        #expect(!(found?.needsFacets ?? false))
    }

    @Test func `references and other candidates go to the facet that they are of`() throws {
        let vectors = Self.vectors(34, around: 2, spread: 0.4, seed: 5)
        let choice = ReferenceChoice(from: (0..<34).map { Reference(image: 100 + $0, window: [0, 0, 8, 8]) }, count: 30, sentence: "")
        let unit = try FacetStage.facets(4, choice, vectors, seed: 0, name: "layer/4")
        #expect(unit.unit == 4 && unit.references == 30 && unit.facets.count == 2)
        for (number, facet) in unit.facets.enumerated() {
            #expect(facet.references.map(\.image) == (0..<15).map { 100 + 2 * $0 + number } && facet.others.map(\.image) == [130 + number, 132 + number])
            let mean = (0..<32).map { place in (0..<15).reduce(Float(0)) { $0 + vectors[2 * $1 + number][place] } / 15 }
            #expect(zip(facet.centre, mean).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }
}
