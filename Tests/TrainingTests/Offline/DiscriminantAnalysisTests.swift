import Diagnostics
import Tensors
import Testing

@testable import Training

@Suite struct DiscriminantAnalysisTests {
    @Test func isThatOfScikitLearn() throws {
        let golden = try OfflineGolden("discriminants")
        let found = try DiscriminantAnalysis(golden.features())
        #expect(found.components == 3)
        #expect(difference(found.mean, try #require(golden.mean)) < 1e-5)
        #expect(difference(found.scalings, try #require(golden.scalings)) < 1e-5)
        #expect(zip(found.shares, try #require(golden.shares)).allSatisfy { abs($0 - $1) < 1e-6 })
        // Fewer components are the first ones.
        let two = try DiscriminantAnalysis(golden.features(), components: 2)
        let firstTwo = found.scalings.indices.filter { $0 % 3 < 2 }.map { found.scalings[$0] }
        #expect(two.scalings == firstTwo)
        #expect(two.shares == found.shares)
    }

    /// A channel that is a sum of two others, and one that is constant: as scikit-learn's `svd` solver, up to signs.
    @Test func aSingularScatterWithinClasses() throws {
        let golden = try OfflineGolden("discriminants")
        let dimension = try #require(golden.singular_dimension), rows = try #require(golden.singular)
        let features = MemoryFeatures(
            values: rows, dimension: dimension, labels: try #require(golden.labels), classNames: ["a", "b", "c", "d"])
        let found = try DiscriminantAnalysis(features), expected = try #require(golden.singular_projected)
        #expect(found.components == 3)
        for component in 0..<3 {
            let projected = (0..<20).map { row in
                (0..<dimension).reduce(Float(0)) {
                    $0 + (rows[row * dimension + $1] - found.mean[$1]) * found.scalings[$1 * 3 + component]
                }
            }
            let theirs = (0..<20).map { expected[$0 * 3 + component] }
            #expect(min(difference(projected, theirs), difference(projected, theirs.map { -$0 })) < 1e-3)
        }
    }

    /// Within classes, projected rows have the unit matrix as covariance.
    @Test func projectedRowsAreWhiteWithinClasses() throws {
        let (values, dimension) = VocabularyTests.manyRows()
        let labels = (0..<9000).map { Int32($0 * 7 % 30 % 5) }
        let features = MemoryFeatures(values: values, dimension: dimension, labels: labels, classNames: ["a", "b", "c", "d", "e"])
        let found = try DiscriminantAnalysis(features)
        let projection = try Projection(found, of: features, threads: 2)
        var scatter = ClassScatter(classes: 5, dimension: found.components)
        try projection.forEachChunk { rows, chunk in
            let packed = (0..<chunk.rows).flatMap { row in (0..<found.components).map { rows.row(row)[$0] } }
            try packed.withUnsafeBufferPointer { packed in
                guard let first = packed.baseAddress else { return }
                try scatter.add(FeatureBatch(values: first, labels: chunk.labels, rows: chunk.rows))
            }
        }
        let (mean, within, between) = scatter.covariances()
        #expect(mean.allSatisfy { abs($0) < 1e-5 })
        for row in 0..<4 {
            for column in 0..<4 {
                #expect(abs(within[row * 4 + column] - (row == column ? 1 : 0)) < 1e-4)
                #expect(abs(between[row * 4 + column] - (row == column ? found.eigenvalues[row] : 0)) < 1e-4 * found.eigenvalues[0])
            }
        }
    }

    @Test func whatCannotBeAnalysedIsRefused() throws {
        func problem(_ labels: [Int32], _ names: [String], components: Int? = nil, values: [Float]? = nil) -> Problem? {
            let values = values ?? (0..<labels.count * 2).map { Float($0 * $0 % 7) }
            return #expect(throws: Problem.self) {
                try DiscriminantAnalysis(
                    MemoryFeatures(values: values, dimension: 2, labels: labels, classNames: names), components: components)
            }
        }
        #expect(problem([0, 0, 0], ["cat"])?.summary.contains("two classes") == true)
        #expect(problem([0, 0, 2, 2], ["cat", "dog", "frog"])?.summary.contains("'dog'") == true)
        #expect(problem([0, 0, 1, 1], ["cat", "dog"], components: 2)?.explanation?.contains("1 at most") == true)
        #expect(problem([0, 0, 1, 1], ["cat", "dog"], values: [1, 1, 1, 1, 2, 1, 2, 1])?.remedy?.contains("another layer") == true)
        #expect(problem([0, 0, 1, 1], ["cat", "dog"], values: [1, 1, .infinity, 1, 2, 1, 2, 1])?.summary.contains("not finite") == true)
    }
}
