public import Dataset
public import Diagnostics
import Foundation
public import Network
public import Run
public import Tensors

/// One pass over all real images: the statistics and the strongest images of all units of the chosen layers, and how well
/// the network does. Images that cannot be read are skipped and listed.
public final class Sweep {
    private let network: ImageNetwork
    private let images: RealImages
    private let layers: [String]
    private let threads: Int
    private let algorithms: AlgorithmChoices?
    private let precision: Precision

    private(set) var accumulators: [LayerAccumulator]
    private(set) var tally: ClassTally
    /// Of the layers without the logits, like `accumulators`.
    private(set) var samples: [SampledMaxima]
    private(set) var correlations: [UnitCorrelation]
    private let sample: ImageSample
    public private(set) var skipped: [ImageSetDescription.Skipped] = []
    private let blocks: SweepBlocks
    /// The images to look at, of the listing, and the next one.
    private let range: Range<Int>
    private var position: Int
    /// Sums over the blocks that are done; those of the present block are in `accumulators` and `correlations`, as in the end all are.
    private var done: SweepSums?
    private var lastSave = ContinuousClock.now

    /// A sweep that keeps the `capacity` strongest images of each unit. `algorithms` as in `Plan.Request`.
    public convenience init(
        network: ImageNetwork, images: RealImages, layers: [String], capacity: Int, threads: Int, algorithms: AlgorithmChoices? = nil,
        precision: Precision = .float32
    ) throws {
        try self.init(
            network: network, images: images, layers: layers, capacity: capacity, threads: threads, algorithms: algorithms, precision: precision,
            blocks: SweepBlocks(of: images.count))
    }

    /// A sweep over the images of `shard`; all without one.
    init(
        network: ImageNetwork, images: RealImages, layers: [String], capacity: Int, threads: Int, algorithms: AlgorithmChoices? = nil,
        precision: Precision = .float32, blocks: SweepBlocks, shard: RunShard? = nil
    ) throws {
        self.network = network
        self.images = images
        self.layers = layers
        self.threads = threads
        self.algorithms = algorithms
        self.precision = precision
        self.blocks = blocks
        range = shard.map(blocks.images) ?? 0..<images.count
        position = range.lowerBound
        let shapes = try network.graph.mapShapes(input: network.input.shape)
        let fields = try network.graph.receptiveFields(input: network.input.shape)
        let classes = images.kinds(for: network)
        accumulators = try (layers + [network.logits]).map { layer in
            let node = try network.graph.node(named: layer)
            return LayerAccumulator(
                layer: layer, shape: shapes[node], field: fields[node], classCount: layer == network.logits ? 0 : classes,
                capacity: capacity)
        }
        tally = ClassTally(classCount: network.classCount, images: images.count)
        let units = accumulators.dropLast().map { $0.shape[0] }
        sample = ImageSample(of: images.count, units: units.reduce(0, +))
        samples = units.map { SampledMaxima(units: $0) }
        correlations = units.map { UnitCorrelation(units: $0) }
    }

    public var top1: Float? { tally.top1 }
    public var top5: Float? { tally.top5 }
    public var correct: Int { tally.correct }
    public var labelled: Int { tally.labelled }
    public var used: Int { position - range.lowerBound - skipped.count }
    /// Images to look at.
    var count: Int { range.count }

    /// What one batch of images gave.
    private struct Findings: Sendable {
        var summaries: [LayerSummary]
        /// The five best classes of each image.
        var rankings: [[Int]]
    }

    /// What images are looked at with.
    private func plan() throws -> Plan {
        try Plan(
            network.graph,
            .init(batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: layers + [network.logits], threads: 1,
                algorithms: algorithms, precision: precision))
    }

    /// Has chosen what is chosen by timing.
    func prepare() throws { _ = try plan() }

    /// Goes on from where it is to the last image. `save` is called every now and then, and at the end, with everything
    /// needed to go on from there. With `keep`, sums of a block are given to it when the block is done; otherwise they are added up.
    public func run(progress: any ProgressReport, save: (@Sendable ([UInt8]) throws -> Void)? = nil) throws {
        try run(progress: progress, save: save, keep: nil)
        guard used > 0 else { throw images.noneLeft(skipped) }
    }

    func run(
        progress: any ProgressReport, save: (@Sendable ([UInt8]) throws -> Void)?, keep: (@Sendable (_ block: Int, SweepSums) throws -> Void)?
    ) throws {
        let size = MicroBatch.size(for: network.input.shape)
        let plan = try plan()
        progress.begin("Looking at images", total: range.count, done: position - range.lowerBound)
        defer { progress.end() }
        let (preprocessing, classCount, names) = (images.preprocessing, network.classCount, layers + [network.logits])
        lastSave = .now
        // Only one piece is delivered at a time, and nothing else touches this object meanwhile.
        nonisolated(unsafe) let sweep = self
        try ImageReader(images).forEachBatch(of: position..<range.upperBound, size: size, threads: threads) {
            try Workspace(plan)
        } look: { workspace, batch in
            batch.write(preprocessing, into: workspace.input)
            try workspace.forward()
            let summaries = try names.map {
                LayerSummary(try workspace.activation(of: $0), images: batch.count, shape: try plan.shape(of: $0))
            }
            // A class's logit is the maximum of its 1 x 1 map.
            let logits = summaries[names.count - 1].maximum
            let rankings = (0..<batch.count).map { slot in
                Self.best(5, of: Array(logits[slot * classCount..<(slot + 1) * classCount]))
            }
            return Findings(summaries: summaries, rankings: rankings)
        } deliver: { batch, findings in
            for slot in 0..<batch.count { sweep.add(findings, slot: slot, image: batch.numbers[slot], failure: batch.failures[slot]) }
            let read = (0..<batch.count).filter { batch.failures[$0] == nil }
            for index in sweep.correlations.indices { sweep.correlations[index].add(findings.summaries[index], slots: read) }
            let block = sweep.blocks.block(of: batch.numbers[0])
            if sweep.position == sweep.blocks.images(of: block).upperBound { try sweep.close(block, keep) }
            progress.update(sweep.position - sweep.range.lowerBound)
            if let save, sweep.lastSave.duration(to: .now) > .seconds(20), sweep.position % size == 0 {
                try save(sweep.state.bytes)
                sweep.lastSave = .now
            }
        }
        try save?(state.bytes)
    }

    /// Adds the sums of the block that is done to those before it, or gives them away.
    private func close(_ block: Int, _ keep: ((_ block: Int, SweepSums) throws -> Void)?) throws {
        if let keep {
            try keep(block, sums)
            sums = empty
        } else if position < range.upperBound || done != nil {
            if done == nil { done = sums } else { done?.append(sums) }
            sums = empty
            if position == range.upperBound, let all = done { (sums, done) = (all, nil) }
        }
    }

    /// Of no image. Not kept: it would take as much memory again.
    private var empty: SweepSums {
        SweepSums(
            layers: accumulators.map { LayerSums(units: $0.counts.units, classCount: $0.counts.classImages.count) },
            correlations: samples.map { UnitCorrelation(units: $0.units) })
    }

    private var sums: SweepSums {
        get { SweepSums(layers: accumulators.map(\.sums), correlations: correlations) }
        set {
            for index in accumulators.indices { accumulators[index].sums = newValue.layers[index] }
            correlations = newValue.correlations
        }
    }

    private func add(_ findings: Findings, slot: Int, image: Int, failure: Problem?) {
        position = image + 1
        if let failure { return skipped.append(images.skipped(image, failure)) }
        let label = images.labels[image]
        for index in accumulators.indices {
            accumulators[index].add(findings.summaries[index], index: slot, image: image, label: label)
        }
        tally.add(image: image, ranking: findings.rankings[slot], label: label)
        guard sample.contains(image) else { return }
        for index in samples.indices { samples[index].add(findings.summaries[index], index: slot, image: image) }
    }

    /// The indices of the `count` largest values, largest first, ties by index.
    static func best(_ count: Int, of values: [Float]) -> [Int] {
        var result: [Int] = []
        for (index, value) in values.enumerated() {
            if result.count == count, let last = result.last, values[last] >= value { continue }
            let place = result.firstIndex { values[$0] < value } ?? result.count
            result.insert(index, at: place)
            if result.count > count { result.removeLast() }
        }
        return result
    }

    // MARK: State

    /// The size of a saved state.
    var stateBytes: Int { state.bytes.count }

    private var state: SweepState {
        SweepState(
            range: range, images: images.count, position: position, skipped: skipped, tally: tally, counts: accumulators.map(\.counts),
            samples: samples, done: done, sums: sums)
    }

    /// Goes back to a state that `run` saved. Throws a `Problem` when it is not one.
    public func restore(_ bytes: [UInt8]) throws {
        let kept = try SweepState(bytes), own = state
        guard kept.range == range, kept.images == own.images, kept.tally.isLike(tally), kept.sums.isLike(own.sums),
            kept.counts.count == accumulators.count, zip(kept.counts, own.counts).allSatisfy({ $0.isLike($1) })
        else { throw Problem("The saved state is that of another pass over images") }
        (position, skipped, tally, samples, done) = (kept.position, kept.skipped, kept.tally, kept.samples, kept.done)
        for index in accumulators.indices { accumulators[index].counts = kept.counts[index] }
        sums = kept.sums
    }
}
