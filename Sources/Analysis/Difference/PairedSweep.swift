public import Dataset
public import Diagnostics
public import Network
public import Run
import Tensors

/// One pass over images through two networks: how the units of their layers go together.
public struct PairedSweep: Sendable {
    /// A network and the images as it wants them.
    public struct Side: Sendable {
        public var network: ImageNetwork
        public var images: RealImages

        public init(network: ImageNetwork, images: RealImages) {
            self.network = network
            self.images = images
        }
    }

    /// A layer of either network.
    public struct Pair: Sendable, Hashable {
        public var first: String
        public var second: String

        public init(first: String, second: String) {
            self.first = first
            self.second = second
        }
    }

    /// What a pass gave.
    public struct Result: Sendable {
        /// Of each pair of layers.
        let matrices: [CorrelationMatrix]
        /// Images that both networks saw.
        public let images: Int
        public let skipped: [ImageSetDescription.Skipped]
    }

    private let first: Side
    private let second: Side
    private let pairs: [Pair]
    private let threads: Int

    /// - Parameters:
    ///   - first, second: of the same images, in the same order.
    ///   - pairs: layers to compare, none of more than `mostUnits` units.
    public init(_ first: Side, _ second: Side, pairs: [Pair], threads: Int) {
        precondition(first.images.count == second.images.count, "two networks see the same images")
        self.first = first
        self.second = second
        self.pairs = pairs
        self.threads = threads
    }

    /// Units that a layer may have.
    public static var mostUnits: Int { CrossCorrelation.most }

    /// Throws a `Problem` when a layer is not there or no image can be read.
    public func run(progress: any ProgressReport) throws -> Result {
        let forward = try PairedForward(first, second, layers: (pairs.map(\.first), pairs.map(\.second)))
        let (one, other) = (forward.first, forward.second)
        let sums = Sums(try pairs.map { CrossCorrelation(units: try one.shape(of: $0.first)[0], and: try other.shape(of: $0.second)[0]) })
        progress.begin("Comparing units on images", total: first.images.count, done: 0)
        defer { progress.end() }
        let (first, pairs) = (first, pairs)
        try ImageReader(first.images).forEachBatch(of: 0..<first.images.count, size: forward.size, threads: threads) {
            try forward.spaces()
        } look: { spaces, batch -> [(LayerSummary, LayerSummary)] in
            try forward.run(spaces, on: batch)
            return try pairs.map { pair in
                (
                    LayerSummary(try spaces.first.activation(of: pair.first), images: batch.count, shape: try one.shape(of: pair.first)),
                    LayerSummary(try spaces.second.activation(of: pair.second), images: batch.count, shape: try other.shape(of: pair.second))
                )
            }
        } deliver: { batch, summaries in
            for slot in 0..<batch.count {
                if let failure = batch.failures[slot] {
                    sums.skipped.append(first.images.skipped(batch.numbers[slot], failure))
                } else {
                    for (place, pair) in summaries.enumerated() { sums.correlations[place].add(pair.0, pair.1, slot: slot) }
                    sums.images += 1
                }
            }
            progress.update((batch.numbers.last ?? 0) + 1)
        }
        guard sums.images > 0 else { throw first.images.noneLeft(sums.skipped) }
        guard sums.images > 1 else {
            throw Problem("Units are correlated over images, and only one could be read", remedy: "Give a folder with more images.")
        }
        return Result(matrices: sums.correlations.map { $0.matrix() }, images: sums.images, skipped: sums.skipped)
    }

    /// What has come; batches are delivered one at a time.
    private final class Sums: @unchecked Sendable {
        var correlations: [CrossCorrelation]
        var images = 0
        var skipped: [ImageSetDescription.Skipped] = []

        init(_ correlations: [CrossCorrelation]) { self.correlations = correlations }
    }
}
