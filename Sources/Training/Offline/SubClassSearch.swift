public import Diagnostics
import Tensors

/// K-means in every class at once: each pass over the stream projects the rows and serves the class of each.
public struct SubClassSearch: Sendable {
    public var perClass: Int
    /// Passes at most; it ends before when no prototype moves.
    public var iterations: Int
    public var seed: UInt64
    public var threads: Int

    public init(perClass: Int = 8, iterations: Int = 50, seed: UInt64 = 0, threads: Int = 1) {
        self.perClass = perClass
        self.iterations = iterations
        self.seed = seed
        self.threads = threads
    }

    /// Where a search is: enough to go on from there.
    public struct State: Sendable, Equatable {
        /// Classes * perClass x components.
        public var centres: [Float]
        public var iteration: Int
        public var hasSettled: Bool
    }

    /// Returns the sub-classes of `source`'s labelled rows. `save` is called after the choice of the first prototypes and after every
    /// iteration.
    ///
    /// - Throws: `Problem` that names the classes with too few different rows for their sub-classes; what `source` and `save` throw.
    public func run(
        _ source: some FeatureSource, _ discriminants: DiscriminantAnalysis, from earlier: State? = nil,
        progress: any ProgressReport = SilentProgress(), save: (State) throws -> Void = { _ in }
    ) throws -> SubClasses {
        try check()
        progress.begin("Finding sub-classes", total: iterations + 2, done: earlier.map { $0.iteration + 1 } ?? 0)
        defer { progress.end() }
        var state: State
        if let earlier {
            state = earlier
        } else {
            state = try begin(source, discriminants)
            try save(state)
        }
        let size = perClass * discriminants.components
        while state.iteration < iterations, !state.hasSettled {
            progress.update(state.iteration + 1)
            let sums = try pass(source, discriminants, state)
            let centres = sums.enumerated().flatMap { label, sum in
                sum.means(insteadOf: Array(state.centres[label * size..<(label + 1) * size]))
            }
            state.hasSettled = centres == state.centres
            state.centres = centres
            state.iteration += 1
            try save(state)
        }
        progress.update(iterations + 1)
        let sums = try pass(source, discriminants, state)
        return SubClasses(
            perClass: perClass, dimension: discriminants.components, centres: state.centres, counts: sums.flatMap(\.counts),
            inertias: sums.map(\.inertia), iterations: state.iteration)
    }

    /// Throws a usage `Problem` when the settings make no sense.
    private func check() throws {
        guard (1...4096).contains(perClass), iterations > 0 else {
            throw Problem(
                "\(perClass) sub-classes a class in \(iterations) iterations make no sense",
                explanation: "1 to 4096 sub-classes and one iteration or more are possible.", kind: .usage)
        }
    }

    /// Throws a usage `Problem` that names the classes with too few rows for their sub-classes, or when the settings make no sense.
    func check(_ classNames: [String], rows: [Int]) throws {
        try check()
        let short = classNames.indices.filter { rows[$0] < perClass }
        if let first = short.first { throw tooFew(classNames, short, "has \(rows[first]) positions in its images") }
    }

    private func begin(_ source: some FeatureSource, _ discriminants: DiscriminantAnalysis) throws -> State {
        let classes = source.classNames.count, components = discriminants.components
        try check(source.classNames, rows: discriminants.counts)
        // Some ten megabytes for all classes together.
        let capacity = max(16 * perClass, min(4096, (1 << 22) / max(1, classes * components)))
        var samples = (0..<classes).map { label in
            RowSample(
                capacity: capacity, dimension: components, random: RandomSource(seed: seed, stream: "sub-classes/sample/\(label)"))
        }
        let projection = try Projection(discriminants, of: source, threads: threads)
        try projection.forEachChunk { rows, chunk in
            for row in 0..<chunk.rows where chunk.labels[row] >= 0 { samples[Int(chunk.labels[row])].add(rows.row(row)) }
        }
        OneDNN.useThreads(threads)
        var centres: [Float] = []
        for label in 0..<classes {
            var random = RandomSource(seed: seed, stream: "sub-classes/first/\(label)")
            let own = try FirstCentres.choose(perClass, of: samples[label], random: &random)
            guard own.count == perClass * components else {
                throw tooFew(source.classNames, [label], "has \(own.count / components) different feature vectors")
            }
            centres += own
        }
        return State(centres: centres, iteration: 0, hasSettled: false)
    }

    private func tooFew(_ names: [String], _ classes: [Int], _ what: String) -> Problem {
        let others = classes.dropFirst().prefix(5).map { "'\(names[$0])'" }.joined(separator: ", ")
        return Problem(
            "Class '\(names[classes[0]])' \(what), too few for \(perClass) sub-classes",
            explanation: others.isEmpty ? nil : "So have \(others)\(classes.count > 6 ? " and others" : "").",
            remedy: "Add images of the class, leave it out, or ask for fewer sub-classes.", kind: .usage)
    }

    private func pass(_ source: some FeatureSource, _ discriminants: DiscriminantAnalysis, _ state: State) throws -> [CentreSums] {
        let classes = source.classNames.count, components = discriminants.components, size = perClass * components
        let centres = try (0..<classes).map {
            try NearestCentres(Array(state.centres[$0 * size..<($0 + 1) * size]), dimension: components)
        }
        let sums = (0..<classes).map { _ in CentreSums(count: perClass, dimension: components) }
        let projection = try Projection(discriminants, of: source, threads: threads)
        try projection.forEachChunk { rows, chunk in
            for (label, range) in chunk.runs {
                try projection.assignment.find(centres[label], range)
                sums[label].add(
                    rows, range, numbers: projection.assignment.numbers, distances: projection.assignment.distances)
            }
        }
        return sums
    }
}
