public import Dataset
import Diagnostics
import Foundation
public import Network
import Relevance
public import Tensors

/// Times one step of the work, as the product does it: the batch is shared out over threads in micro-batches; a single
/// image gets all threads inside its operations.
public struct Benchmark {
    /// A prototype is a step of a class's picture; `inner` is one of an inner unit's, guided by relevance; `learning` is forward
    /// and the gradients of all learned values.
    public enum Work: String, Sendable, CaseIterable { case forward, gradient, learning, prototype, inner, sweep }

    /// Names as scripts read them.
    public struct Result: Codable, Sendable {
        public var median_ms: Double
        public var min_ms: Double
        public var runs: Int
        public var peak_rss_mb: Double
    }

    private let network: ImageNetwork
    private let work: Work
    private let batch: Int
    private let threads: Int
    private let algorithms: AlgorithmChoices?
    private let precision: Precision
    private let sweep: (images: RealImages, layers: [String])?

    /// `algorithms` as in `Plan.Request`; `batch` does not matter to a sweep, which needs `sweep`.
    public init(
        network: ImageNetwork, work: Work, batch: Int, threads: Int, algorithms: AlgorithmChoices?, precision: Precision = .float32,
        sweep: (images: RealImages, layers: [String])? = nil
    ) {
        self.network = network
        self.work = work
        self.batch = batch
        self.threads = threads
        self.algorithms = algorithms
        self.precision = precision
        self.sweep = sweep
    }

    /// The median over runs until two seconds have passed, three at least and `limit` at most.
    public func run(atMost limit: Int) throws -> Result {
        var step: () throws -> Void
        if let sweep {
            // All of it, planning included: decoding, the network, statistics and the strongest 50 images of every unit.
            step = { [self] in
                try Sweep(
                    network: network, images: sweep.images, layers: sweep.layers, capacity: 50, threads: threads,
                    algorithms: algorithms, precision: precision
                ).run(progress: SilentProgress())
            }
            try step()
        } else {
            let prepared = try BenchmarkStep(network: network, work: work, batch: batch, threads: threads, algorithms: algorithms, precision: precision)
            step = prepared.run
            for _ in 0..<3 { try step() }
        }
        var times: [Double] = []
        let begin = ContinuousClock.now
        while times.count < limit, times.count < 3 || begin.duration(to: .now) < .seconds(2) {
            let duration = try ContinuousClock().measure { try step() }
            times.append(Double(duration.components.attoseconds) * 1e-15 + Double(duration.components.seconds) * 1000)
        }
        times.sort()
        func rounded(_ x: Double) -> Double { (x * 1000).rounded() / 1000 }
        return Result(
            median_ms: rounded(times[times.count / 2]), min_ms: rounded(times[0]), runs: times.count,
            peak_rss_mb: rounded(Double(ProcessMemory.peak) / Double(1 << 20)))
    }
}

/// One step on as many threads as wanted, everything prepared.
private final class BenchmarkStep: @unchecked Sendable {
    private let network: ImageNetwork
    private let work: Benchmark.Work
    /// A piece of the batch: its workspace, and for prototypes the pictures and what they are matched to.
    private final class Piece {
        let workspace: Workspace
        let matching: MatchingBatch?
        var pictures: PictureBatch?
        var objectives: [MatchingBatch.Objective] = []
        let images: Int

        init(_ plan: Plan, images: Int, layers: [PrototypeTask.Layer]?, guide: String?) throws {
            matching = try layers.map { try MatchingBatch(plan, layers: $0, guide: guide, inner: .published) }
            workspace = try matching?.workspace ?? Workspace(plan)
            self.images = images
        }
    }

    /// Pieces by thread: a thread runs its own one after the other, in one workspace each.
    private var pieces: [[Piece]] = []
    private let guide: String?

    init(
        network: ImageNetwork, work: Benchmark.Work, batch: Int, threads: Int, algorithms: AlgorithmChoices?, precision: Precision
    ) throws {
        self.network = network
        self.work = work
        // Units of the deepest layer that a class is matched at: the most to go through.
        let guide = work == .inner ? network.matched.last?.layer : nil
        self.guide = guide
        let layers: [PrototypeTask.Layer]? =
            switch work {
            case .inner: try InnerMatching.published.layers(before: guide ?? network.logits, in: network)
            case .prototype: network.matched.map { .init(name: $0.layer, weight: $0.weight) }
            default: nil
            }
        // Batch normalisation learns from all of a batch: it is not shared out.
        let workers = work == .learning ? 1 : min(threads, batch)
        let micro = work == .learning ? batch : min(MicroBatch.size(for: network.input.shape), (batch + workers - 1) / workers)
        let inside = max(1, threads / workers)
        let plan =
            try layers.map {
                try MatchingBatch.plan(
                    network, layers: $0, guide: guide, composite: .vital, batch: micro, threads: inside, algorithms: algorithms,
                    precision: precision)
            }
            ?? Plan(
                network.graph,
                .init(
                    batch: micro, input: network.input.shape, activations: [network.logits],
                    seeds: work == .forward ? [] : [network.logits], gradients: work == .gradient ? [Graph.inputName] : [],
                    threads: inside, algorithms: algorithms, precision: precision,
                    learned: work == .learning ? LearnedValues(network.graph) : nil))
        let count = (batch + micro - 1) / micro
        pieces = try (0..<workers).map { worker in
            // One workspace a thread, as in the product; its pieces take turns in it.
            let own = (0..<count).filter { $0 % workers == worker }
            return try own.prefix(1).map { _ in try Piece(plan, images: micro, layers: layers, guide: guide) }
        }
        repeats = (0..<workers).map { worker in (0..<count).filter { $0 % workers == worker }.count }
        var random = RandomSource(seed: 0, stream: "benchmark")
        for piece in pieces.joined() { try prepare(piece, &random) }
    }

    private let repeats: [Int]

    private func prepare(_ piece: Piece, _ random: inout RandomSource) throws {
        for i in 0..<piece.images * network.input.shape.count { piece.workspace.input[i] = random.normal() }
        guard work != .forward else { return }
        if work == .gradient || work == .learning {
            let seed = try piece.workspace.seed(at: network.logits)
            for image in 0..<piece.images { seed[image * Layout.blocks(network.classCount) * 16] = 1 }
            return
        }
        guard let matching = piece.matching else { return }
        let start = guide.map { _ in RelevanceStart.map(unit: 0) }
        let pixels = (0..<network.input.shape.count).map { _ in random.normal() }
        // Pictures of one class share what they are matched to, whoever makes them.
        let references =
            try pieces.joined().lazy.compactMap(\.objectives.first).first?.references
            ?? matching.references(1, start: start) { _, target in target.update(from: pixels, count: pixels.count) }
        piece.objectives = (0..<piece.images).map { _ in .init(references: references, start: start) }
        let states = (0..<piece.images).map { image in
            PixelState(
                size: network.input.size, schedule: OptimisationSchedule(steps: 1_000_000, size: network.input.size),
                mean: network.input.unitMean, deviation: network.input.unitDeviation,
                random: RandomSource(seed: 1, stream: "\(image)"))
        }
        piece.pictures = PictureBatch(states, priors: states.map { _ in .none })
    }

    func run() throws {
        if pieces.count == 1 { return try step(0) }
        let failure = FirstFailure()
        DispatchQueue.concurrentPerform(iterations: pieces.count) { worker in failure.catching { try step(worker) } }
        try failure.rethrow()
    }

    private func step(_ worker: Int) throws {
        for piece in pieces[worker] {
            for _ in 0..<repeats[worker] { try step(piece) }
        }
    }

    private func step(_ piece: Piece) throws {
        if let matching = piece.matching {
            _ = try piece.pictures?.step(matching, piece.objectives, pooling: PicturePooling(size: network.input.size, factor: 1))
        } else {
            try piece.workspace.forward()
            if work != .forward { try piece.workspace.backward() }
        }
    }
}
