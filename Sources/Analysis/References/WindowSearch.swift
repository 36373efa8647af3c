import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors

/// The best window of every candidate image of every unit, all units of all layers in one pass: each image is looked at once, its
/// windows go through the network, and every unit that has the image among its candidates takes the window with the largest mean
/// over positions of its activation (VITAL's two-step search for references).
///
/// Nothing of the images is kept but the place and the score of the best windows.
final class WindowSearch {
    private let network: ImageNetwork
    private let images: RealImages
    private let candidates: [ReferenceCandidates]
    private let layers: [String]
    private let grid: WindowGrid
    private let threads: Int
    private let algorithms: AlgorithmChoices?
    private let precision: Precision
    /// Images that are candidates, ascending, of a shard its share of them, and for each what wants it.
    private let listing: [(image: Int, wishes: [Wish])]

    /// Images done, of the listing.
    private var position = 0
    /// By `Wish.place`; -1 where nobody has looked yet.
    private var windows: [Int32]
    private var scores: [Float]
    private var lastSave = ContinuousClock.now

    /// A unit that has an image among its candidates.
    private struct Wish: Sendable {
        /// Of the layer.
        var layer: Int
        var unit: Int
        /// Where the answer goes.
        var place: Int
    }

    private struct Answer: Sendable {
        var place: Int
        var window: Int
        var score: Float
    }

    /// A search in `grid` for all `candidates`, or in the share of their images that `shard` has. `algorithms` as in `Plan.Request`.
    init(
        network: ImageNetwork, images: RealImages, candidates: [ReferenceCandidates], grid: WindowGrid, threads: Int,
        algorithms: AlgorithmChoices? = nil, precision: Precision = .float32, shard: RunShard? = nil
    ) {
        self.network = network
        self.images = images
        self.candidates = candidates
        self.grid = grid
        self.threads = threads
        self.algorithms = algorithms
        self.precision = precision
        var layers: [String] = []
        var wishes: [Int: [Wish]] = [:]
        var place = 0
        for candidate in candidates {
            if layers.last != candidate.layer { layers.append(candidate.layer) }
            for reference in candidate.references {
                wishes[reference.image, default: []].append(.init(layer: layers.count - 1, unit: candidate.unit, place: place))
                place += 1
            }
        }
        self.layers = layers
        let all = wishes.sorted { $0.key < $1.key }.map { (image: $0.key, wishes: $0.value) }
        listing = shard?.share(of: all) ?? all
        windows = Array(repeating: -1, count: place)
        scores = Array(repeating: 0, count: place)
    }

    /// Chooses what is chosen by timing.
    func prepare() throws {
        if !listing.isEmpty { _ = try plan() }
    }

    private func plan() throws -> Plan {
        try Plan(
            network.graph,
            .init(
                batch: min(MicroBatch.size(for: network.input.shape), grid.windows.count), input: network.input.shape,
                activations: Array(Set(layers)).sorted(), threads: 1, algorithms: algorithms, precision: precision))
    }

    /// Goes on from where it is to the last image. `save` is called every now and then, and at the end if anything was done, with
    /// everything needed to go on from there. Throws a `Problem` when an image cannot be read.
    func run(progress: any ProgressReport, save: (@Sendable ([UInt8]) throws -> Void)? = nil) throws {
        guard position < listing.count else { return }
        let plan = try plan()
        let shapes = try layers.map { try plan.shape(of: $0) }
        progress.begin("Looking for the best windows (images)", total: listing.count, done: position)
        defer { progress.end() }
        lastSave = .now
        let (images, grid, listing, layers) = (images, grid, listing, layers)
        // Only one piece is delivered at a time, and nothing else touches this object meanwhile.
        nonisolated(unsafe) let search = self
        try OrderedWork.run(position..<listing.count, threads: threads) {
            try Workspace(plan)
        } piece: { workspace, number -> [Answer] in
            let (image, wishes) = listing[number]
            let whole = try images.picture(image)
            var best = wishes.map { Answer(place: $0.place, window: 0, score: -.infinity) }
            try workspace.forEachBatch(of: grid.windows.indices) { window, target in
                try images.write(grid.windows[window], of: whole, number: image, into: target)
            } look: { part in
                var summaries: [Int: LayerSummary] = [:]
                for (index, wish) in wishes.enumerated() {
                    let shape = shapes[wish.layer]
                    let summary = try summaries[wish.layer] ?? LayerSummary(
                        try workspace.activation(of: layers[wish.layer]), images: part.count, shape: shape)
                    summaries[wish.layer] = summary
                    for (slot, window) in part.enumerated() {
                        let mean = Float(summary.sum[slot * summary.units + wish.unit] / Double(shape[1] * shape[2]))
                        // The first of equals.
                        if mean > best[index].score { best[index] = .init(place: wish.place, window: window, score: mean) }
                    }
                }
            }
            return best
        } deliver: { number, answers in
            for answer in answers {
                search.windows[answer.place] = Int32(truncatingIfNeeded: answer.window)
                search.scores[answer.place] = answer.score
            }
            search.position = number + 1
            progress.update(search.position)
            if let save, search.lastSave.duration(to: .now) > .seconds(20) {
                try save(search.state())
                search.lastSave = .now
            }
        }
        try save?(state())
    }

    /// The candidates with their best windows, best first; of equals the one whose image is stronger. To be asked after `run`.
    func found() -> [ReferenceCandidates] {
        var place = 0
        return candidates.map { candidate in
            var result = candidate
            for index in result.references.indices {
                let window = grid.windows[Int(windows[place])]
                let isWhole = window == [0, 0, network.input.size[0], network.input.size[1]]
                result.references[index].window = isWhole ? nil : window
                result.references[index].score = scores[place]
                place += 1
            }
            result.references = result.references.enumerated()
                .sorted { ($1.element.score ?? 0, $0.offset) < ($0.element.score ?? 0, $1.offset) }.map(\.element)
            return result
        }
    }

    private func state() -> [UInt8] { FoundWindows(images: position, windows: windows, scores: scores).bytes }

    /// Goes back to a state that `run` saved. Throws a `Problem` when it is not one of this search.
    func restore(_ bytes: [UInt8]) throws {
        let found = try FoundWindows(bytes)
        guard (0...listing.count).contains(found.images), found.windows.count == windows.count,
            found.windows.allSatisfy({ $0 == -1 || grid.windows.indices.contains(Int($0)) })
        else { throw Problem("The saved state is that of another search for windows") }
        (position, windows, scores) = (found.images, found.windows, found.scores)
    }
}
