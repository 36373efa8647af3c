import Diagnostics
import Tensors
import Testing

@testable import Training

@Suite struct VocabularyTests {
    /// The same start as scikit-learn's: the same words.
    @Test func lloydsIterationsAreThoseOfScikitLearn() throws {
        let golden = try OfflineGolden("k_means"), features = golden.features()
        let first = try #require(golden.first), words = first.count / golden.dimension
        let mean = (0..<golden.dimension).map { column in
            stride(from: column, to: golden.rows.count, by: golden.dimension).reduce(0) { $0 + golden.rows[$1] } * 5 / Float(golden.rows.count)
        }
        let state = VocabularySearch.State(
            mean: mean, centres: first.indices.map { first[$0] - mean[$0 % golden.dimension] }, iteration: 0, hasSettled: false)
        let found = try VocabularySearch(words: words, iterations: try #require(golden.iterations)).run(features, from: state)
        #expect(difference(found.centres, try #require(golden.centres)) < 1e-4)
        #expect(found.counts == golden.counts)
        #expect(abs(found.inertia / (try #require(golden.inertia)) - 1) < 1e-5)
    }

    /// From starts of our own, over many seeds, clusters are as tight as scikit-learn's.
    @Test func inertiaIsThatOfScikitLearn() throws {
        let golden = try OfflineGolden("k_means"), features = golden.features()
        let inertias = try (0..<40).map { seed in
            try VocabularySearch(words: try #require(golden.words), seed: UInt64(seed)).run(features).inertia
        }
        let ratio = inertias.reduce(0, +) / 40 / (try #require(golden.mean_inertia))
        #expect(ratio > 0.95 && ratio < 1.01, "\(ratio)")
    }

    /// Neither the threads nor the batches nor a sample smaller than the data change more than they should.
    @Test(arguments: [(1, 4096), (2, 100), (3, 1)]) func doesNotDependOnThreadsOrBatches(threads: Int, batch: Int) throws {
        let (values, dimension) = Self.manyRows()
        let search = VocabularySearch(words: 70, iterations: 3, seed: 4, sample: 1000)
        let reference = try search.run(MemoryFeatures(values: values, dimension: dimension))
        var other = search
        other.threads = threads
        #expect(try other.run(MemoryFeatures(values: values, dimension: dimension, batch: batch)) == reference)
        #expect(reference.rows == 9000 && reference.counts.count == 70)
    }

    @Test func anInterruptedSearchGoesOn() throws {
        let (values, dimension) = Self.manyRows()
        let features = MemoryFeatures(values: values, dimension: dimension)
        let search = VocabularySearch(words: 40, iterations: 6, seed: 1)
        let whole = try search.run(features)
        var last: VocabularySearch.State?
        #expect(throws: ShortLivedFeatures.Stopped.self) {
            try search.run(ShortLivedFeatures(features, passes: 4)) { last = $0 }
        }
        #expect(last?.iteration == 3)
        #expect(try search.run(features, from: last) == whole)
    }

    /// A crowd and two points away from it, and two words so far off that no row is nearest to them.
    @Test func aWordWithoutRowsIsPutWhereRowsAreFarFromTheirs() throws {
        var values: [Float] = []
        for row in 0..<100 { values += [Float(row % 10) * 0.01, 0] }
        values += [100, 0, 0, 100]
        let features = MemoryFeatures(values: values, dimension: 2)
        let state = VocabularySearch.State(mean: [0, 0], centres: [0, 0, 500, 500, 0, -300], iteration: 0, hasSettled: false)
        let found = try VocabularySearch(words: 3, iterations: 10, sample: 10).run(features, from: state)
        #expect(found.unused.isEmpty)
        #expect(found.counts.sorted() == [1, 1, 100])
    }

    @Test func theNearestOfManyIsTheFirstOfEqualOnes() throws {
        var random = RandomSource(seed: 8, stream: "nearest")
        for (count, dimension) in [(1, 3), (15, 1), (17, 16), (64, 5), (600, 7), (1030, 33)] {
            var centres = (0..<count * dimension).map { _ in random.normal() }
            // The last is the first again.
            if count > 1 { centres.replaceSubrange((count - 1) * dimension..<count * dimension, with: centres[..<dimension]) }
            let rows = (0..<300 * dimension).map { $0 < dimension ? centres[$0] : random.normal() }
            let assignment = try Assignment(capacity: 300, dimension: dimension, threads: 2)
            assignment.rows.take(rows, rows: 300, less: Array(repeating: 0, count: dimension))
            try assignment.find(NearestCentres(centres, dimension: dimension), 0..<300)
            for row in 0..<300 {
                let distances = (0..<count).map { centre in
                    (0..<dimension).reduce(0.0) {
                        let difference = Double(rows[row * dimension + $1] - centres[centre * dimension + $1])
                        return $0 + difference * difference
                    }
                }
                let least = distances.min() ?? 0, found = Int(assignment.numbers[row])
                #expect(distances[found] <= least + 1e-5 * Double(dimension), "\(count) x \(dimension), row \(row)")
                #expect(abs(Double(assignment.distances[row]) - distances[found]) < 1e-5 * Double(dimension))
                #expect(count == 1 || found < count - 1, "the first of two equal ones")
            }
        }
    }

    @Test func theSampleTakesEveryRowAlike() {
        var hits = [Int](repeating: 0, count: 40)
        for seed in 0..<2000 {
            var sample = RowSample(capacity: 10, dimension: 1, random: RandomSource(seed: UInt64(seed)))
            for row in 0..<40 { withUnsafePointer(to: Float(row)) { sample.add($0) } }
            #expect(sample.rows == 10 && Set(sample.values).count == 10)
            for value in sample.values { hits[Int(value)] += 1 }
        }
        // 500 each, with a standard deviation of 19.
        #expect(hits.allSatisfy { abs($0 - 500) < 100 }, "\(hits)")
    }

    @Test func tooFewDifferentRowsAreRefused() throws {
        let few = MemoryFeatures(values: [1, 2, 3], dimension: 1)
        let equal = MemoryFeatures(values: (0..<100).map { Float($0 % 3) + 0.1 }, dimension: 1)
        for (features, expected) in [(few, "have 3 positions"), (equal, "has 3 different feature vectors")] {
            let problem = #expect(throws: Problem.self) { try VocabularySearch(words: 5).run(features) }
            #expect(problem?.summary.contains(expected) == true && problem?.kind == .usage, "\(String(describing: problem))")
        }
        #expect(throws: Problem.self) { try VocabularySearch(words: 0).run(few) }
        #expect(throws: Problem.self) { try VocabularySearch(words: 2).run(MemoryFeatures(values: [1, .nan, 3], dimension: 1)) }
    }

    /// 9000 rows, more than one chunk, in 20 channels.
    static func manyRows() -> (values: [Float], dimension: Int) {
        var random = RandomSource(seed: 5, stream: "rows")
        let middles = (0..<30 * 20).map { _ in 3 * random.normal() }
        return ((0..<9000).flatMap { row in (0..<20).map { middles[row * 7 % 30 * 20 + $0] + random.normal() } }, 20)
    }
}
