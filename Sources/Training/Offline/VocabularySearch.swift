public import Diagnostics
import Tensors

/// K-means over a stream of features: k-means++ on a random sample of rows, then Lloyd's algorithm over the whole stream, exactly:
/// only sums and counts are kept from chunk to chunk.
///
/// The result depends on the features and the settings alone, not on the number of threads, the source's batches, or how often the
/// search was interrupted.
public struct VocabularySearch: Sendable {
    /// How many clusters; letKD has 4096.
    public var words: Int
    /// Passes over the features after which the words are final, unless none moved before.
    public var iterations: Int
    public var seed: UInt64
    /// Rows that the first words are chosen from.
    public var sample: Int
    public var threads: Int

    public init(words: Int = 4096, iterations: Int = 20, seed: UInt64 = 0, sample: Int? = nil, threads: Int = 1) {
        self.words = words
        self.iterations = iterations
        self.seed = seed
        self.sample = sample ?? max(32_768, 8 * words)
        self.threads = threads
    }

    /// Where a search is: enough to go on from there.
    public struct State: Sendable, Equatable {
        /// The mean of all features, which is taken off them so that sums round less.
        public var mean: [Float]
        /// Words x dimension, less the mean.
        public var centres: [Float]
        public var iteration: Int
        public var hasSettled: Bool
    }

    /// Returns the words of `source`. `save` is called after the choice of the first words and after every iteration.
    ///
    /// - Throws: `Problem` when there are fewer different rows than words, a feature is not finite, or the settings make no sense;
    ///   what `source` and `save` throw.
    public func run(
        _ source: some FeatureSource, from earlier: State? = nil, progress: any ProgressReport = SilentProgress(),
        save: (State) throws -> Void = { _ in }
    ) throws -> Vocabulary {
        guard (1...1 << 20).contains(words), iterations > 0, (words...1 << 24).contains(sample) else {
            throw Problem(
                "A vocabulary of \(words) words in \(iterations) iterations, chosen from \(sample) rows, makes no sense",
                explanation: "1 to 1048576 words, one iteration or more, and a sample of at least as many rows as words are possible.",
                kind: .usage)
        }
        progress.begin("Finding \(words) words", total: iterations + 2, done: earlier.map { $0.iteration + 1 } ?? 0)
        defer { progress.end() }
        var state: State
        if let earlier {
            state = earlier
        } else {
            state = try begin(source)
            try save(state)
        }
        while state.iteration < iterations, !state.hasSettled {
            progress.update(state.iteration + 1)
            let sums = try pass(source, state)
            let centres = sums.means(insteadOf: state.centres)
            state.hasSettled = centres == state.centres
            state.centres = centres
            state.iteration += 1
            try save(state)
        }
        progress.update(iterations + 1)
        let sums = try pass(source, state)
        return Vocabulary(
            dimension: source.dimension,
            centres: state.centres.indices.map { state.centres[$0] + state.mean[$0 % source.dimension] }, counts: sums.counts,
            inertia: sums.inertia, iterations: state.iteration)
    }

    /// One pass for the mean and the sample, and the choice of the first words.
    private func begin(_ source: some FeatureSource) throws -> State {
        let dimension = source.dimension
        var sample = RowSample(capacity: sample, dimension: dimension, random: RandomSource(seed: seed, stream: "vocabulary/sample"))
        var sums = [Double](repeating: 0, count: dimension)
        try source.forEachBatch { batch in
            for row in 0..<batch.rows {
                let values = batch.values + row * dimension
                for column in 0..<dimension { sums[column] += Double(values[column]) }
                sample.add(values)
            }
        }
        guard sums.allSatisfy(\.isFinite) else { throw FeatureProblem.notFinite }
        guard sample.seen >= words else { throw tooFew("The images have \(sample.seen) positions") }
        let mean = sums.map { Float($0 / Double(sample.seen)) }
        sample.subtract(mean)
        OneDNN.useThreads(threads)
        var random = RandomSource(seed: seed, stream: "vocabulary/first words")
        let centres = try FirstCentres.choose(words, of: sample, random: &random)
        guard centres.count == words * dimension else {
            throw tooFew("A sample of \(sample.rows) positions has \(centres.count / dimension) different feature vectors")
        }
        return State(mean: mean, centres: centres, iteration: 0, hasSettled: false)
    }

    private func tooFew(_ what: String) -> Problem {
        Problem(
            "\(what), too few for \(words) words", explanation: "Every word is the mean of feature vectors of its own.",
            remedy: "Ask for fewer words, or give more images.", kind: .usage)
    }

    private func pass(_ source: some FeatureSource, _ state: State) throws -> CentreSums {
        let dimension = source.dimension
        let centres = try NearestCentres(state.centres, dimension: dimension)
        let sums = CentreSums(count: words, dimension: dimension)
        let size = Self.chunkRows(of: source)
        let assignment = try Assignment(capacity: size, dimension: dimension, threads: threads)
        try source.forEachChunk(of: size) { chunk in
            OneDNN.useThreads(threads)
            assignment.rows.take(chunk.values, rows: chunk.rows, less: state.mean)
            try assignment.find(centres, 0..<chunk.rows)
            sums.add(assignment.rows, 0..<chunk.rows, numbers: assignment.numbers, distances: assignment.distances)
        }
        return sums
    }

    private static func chunkRows<Source: FeatureSource>(of source: Source) -> Int {
        Source.chunkRows(stride: PreparedRows.stride(for: source.dimension))
    }
}
