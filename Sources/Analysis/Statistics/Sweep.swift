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
    /// Images done, of the listing.
    private var position = 0
    private var lastSave = ContinuousClock.now

    /// A sweep that keeps the `capacity` strongest images of each unit. `algorithms` as in `Plan.Request`.
    public init(
        network: ImageNetwork, images: RealImages, layers: [String], capacity: Int, threads: Int, algorithms: AlgorithmChoices? = nil,
        precision: Precision = .float32
    ) throws {
        self.network = network
        self.images = images
        self.layers = layers
        self.threads = threads
        self.algorithms = algorithms
        self.precision = precision
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
    public var used: Int { position - skipped.count }

    /// What one batch of images gave.
    private struct Findings: Sendable {
        var summaries: [LayerSummary]
        /// The five best classes of each image.
        var rankings: [[Int]]
    }

    /// Goes on from where it is to the last image. `save` is called every now and then, and at the end, with everything
    /// needed to go on from there.
    public func run(progress: any ProgressReport, save: (@Sendable ([UInt8]) throws -> Void)? = nil) throws {
        let size = MicroBatch.size(for: network.input.shape)
        let plan = try Plan(
            network.graph,
            .init(batch: size, input: network.input.shape, activations: layers + [network.logits], threads: 1, algorithms: algorithms,
                precision: precision))
        progress.begin("Looking at images", total: images.count, done: position)
        defer { progress.end() }
        let (preprocessing, classCount, names) = (images.preprocessing, network.classCount, layers + [network.logits])
        lastSave = .now
        // Only one piece is delivered at a time, and nothing else touches this object meanwhile.
        nonisolated(unsafe) let sweep = self
        try ImageReader(images).forEachBatch(of: position..<images.count, size: size, threads: threads) {
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
            progress.update(sweep.position)
            if let save, sweep.lastSave.duration(to: .now) > .seconds(20), sweep.position % size == 0 {
                try save(sweep.state())
                sweep.lastSave = .now
            }
        }
        try save?(state())
        guard used > 0 else { throw images.noneLeft(skipped) }
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

    private static let stateVersion = "sweep 2"

    /// The size of a saved state.
    var stateBytes: Int { state().count }

    private func state() -> [UInt8] {
        var archive = ByteArchive()
        archive.put(Self.stateVersion)
        archive.put(position)
        archive.put(skipped.count)
        for item in skipped {
            archive.put(item.path)
            archive.put(item.reason)
        }
        tally.save(to: &archive)
        for accumulator in accumulators { accumulator.save(to: &archive) }
        for sample in samples { sample.save(to: &archive) }
        for correlation in correlations { correlation.save(to: &archive) }
        return archive.bytes
    }

    /// Goes back to a state that `run` saved. Throws a `Problem` when it is not one.
    public func restore(_ bytes: [UInt8]) throws {
        var archive = ByteArchive(bytes)
        guard try archive.takeText() == Self.stateVersion else { throw Problem("The saved state is of another version") }
        position = try archive.takeInteger()
        skipped = []
        for _ in 0..<(try archive.takeInteger()) {
            skipped.append(.init(path: try archive.takeText(), reason: try archive.takeText()))
        }
        try tally.load(from: &archive)
        for index in accumulators.indices { try accumulators[index].load(from: &archive) }
        for index in samples.indices { try samples[index].load(from: &archive) }
        for index in correlations.indices { try correlations[index].load(from: &archive) }
    }
}
