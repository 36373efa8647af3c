import Diagnostics
import Testing

@testable import Training

@Suite struct SubClassTests {
    /// Analysis, clusters from the same start and the score matrix, as scikit-learn and NumPy compute them.
    @Test func theWholeChainIsThatOfScikitLearn() throws {
        let golden = try OfflineGolden("sub_classes"), features = golden.features(batch: 50)
        let perClass = try #require(golden.per_class), first = try #require(golden.first)
        let analysis = try DiscriminantAnalysis(features)
        let found = try SubClassSearch(perClass: perClass, iterations: 100, threads: 2).run(
            features, analysis, from: .init(centres: first, iteration: 0, hasSettled: false))
        #expect(difference(found.centres, try #require(golden.centres)) < 1e-4)
        #expect(found.counts == golden.counts)
        #expect(found.iterations < 100)
        let scores = try ScoreMatrix(features, analysis, found, threads: 2)
        #expect(difference(scores.values, try #require(golden.scores)) < 1e-6)
        #expect((0..<scores.count).allSatisfy { row in
            abs(scores.values[row * scores.count..<(row + 1) * scores.count].reduce(0, +) - 1) < 1e-5
        })
        let own = scores.shareInClass(perClass: perClass)
        #expect(zip(own, scores.diagonal).allSatisfy { $0 >= $1 && $0 <= 1.00001 })
    }

    @Test func doesNotDependOnThreadsOrOrderOfBatches() throws {
        let (values, dimension) = VocabularyTests.manyRows()
        // Some rows have no class.
        let labels = (0..<9000).map { (row: Int) -> Int32 in row % 11 == 0 ? -1 : Int32(row * 7 % 30 % 5) }
        func features(_ batch: Int) -> MemoryFeatures {
            MemoryFeatures(values: values, dimension: dimension, labels: labels, classNames: ["a", "b", "c", "d", "e"], batch: batch)
        }
        let analysis = try DiscriminantAnalysis(features(4096))
        let one = try SubClassSearch(perClass: 3, seed: 2, threads: 1).run(features(4096), analysis)
        let two = try SubClassSearch(perClass: 3, seed: 2, threads: 2).run(features(37), analysis)
        #expect(one == two)
        #expect(one.counts.reduce(0, +) == labels.count { $0 >= 0 })
        #expect(try ScoreMatrix(features(1), analysis, one) == ScoreMatrix(features(5000), analysis, one, threads: 2))
    }

    @Test func aClassWithTooFewPositionsIsNamed() throws {
        let (values, dimension) = VocabularyTests.manyRows()
        let labels = (0..<9000).map { Int32($0 < 4 ? 1 : $0 < 7 ? 2 : 0) }
        let features = MemoryFeatures(values: values, dimension: dimension, labels: labels, classNames: ["cat", "dog", "frog"])
        let analysis = try DiscriminantAnalysis(features)
        let problem = #expect(throws: Problem.self) { try SubClassSearch(perClass: 8).run(features, analysis) }
        #expect(problem?.summary == "Class 'dog' has 4 positions in its images, too few for 8 sub-classes")
        #expect(problem?.explanation == "So have 'frog'.")
        #expect(problem?.kind == .usage && problem?.remedy != nil)

        // Enough rows, but the same over and over.
        let equal = values.indices.map { (place: Int) -> Float in
            let row = place / dimension
            return values[row % 3 * dimension + place % dimension] + (row < 4500 ? 0 : 1)
        }
        let repeated = MemoryFeatures(
            values: equal, dimension: dimension, labels: (0..<9000).map { $0 < 4500 ? 0 : 1 }, classNames: ["cat", "dog"])
        let other = #expect(throws: Problem.self) {
            try SubClassSearch(perClass: 8).run(repeated, DiscriminantAnalysis(repeated))
        }
        #expect(other?.summary.contains("Class 'cat' has 3 different feature vectors") == true)
    }
}
