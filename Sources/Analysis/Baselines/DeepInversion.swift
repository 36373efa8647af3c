import Dataset
import Foundation
import Network
import Run
import Synchronization
import Tensors

/// Pictures by DeepInversion (Yin et al., *Dreaming to Distill: Data-free Knowledge Transfer via DeepInversion*, CVPR 2020), as its
/// authors' code defines it (`deepinversion.py` and, for pictures of up to 64 pixels, `cifar10/deepinversion_cifar10.py`).
///
/// The loss of a batch is its mean cross-entropy, plus `FeatureStatistics` of the batch, plus the total variation (the sum of the
/// Euclidean norms, over the batch, of the differences between neighbours on both axes and both diagonals), plus the mean of the pictures'
/// Euclidean norms, weighted as `DeepInversionSettings` says. Pixels start from N(0, 1) and are moved by Adam.
///
/// Statistics are taken over a batch of pictures, as published, which makes the pictures of a batch one problem. Batches are
/// consecutive targets in the order asked for, `DeepInversionSettings.batch` of them; where targets are fewer, a batch is filled with
/// more pictures of the same targets from other random beginnings, as the published code for CIFAR does, and the first of each is
/// delivered. The same list of targets gives the same pictures whatever the number of threads; another list gives others. (A batch of
/// one class alone, which would not depend on the list, has other statistics than the training images by its nature.)
///
/// Different from the published code: 32 pictures a batch instead of 84 to 256 (1216 in the paper); a unit's target, which the
/// paper does not have, takes the place of the cross-entropy with minus its spatial mean; the variation's L1 variant, whose published
/// coefficient is zero, and the adaptive variant, which needs a second network, are left out.
final class DeepInversion: @unchecked Sendable {
    // Unchecked: threads work on micro-batches of their own, one at a time, and what belongs to all is written between.

    private let studio: BaselineStudio
    private let settings: DeepInversionSettings
    private let statistics: FeatureStatistics
    /// The layers of targets that no batch normalisation reads, in the order of first use.
    private let outputs: [String]
    private let plan: Plan
    private let size: Int
    private let workspaces: WorkspacePool

    /// The part of the loss of each kind, weighted.
    struct Loss: Equatable, Sendable {
        var target = 0.0
        var features = 0.0
        var variation = 0.0
        var norm = 0.0
        var total: Double { target + features + variation + norm }
    }

    /// For batches of `targets`. Above `memoryLimit` bytes features are computed a second time instead of kept. Throws a `Problem` when the network has no statistics of batch normalisation.
    init(
        studio: BaselineStudio, targets: [Prototype.Target], settings: DeepInversionSettings, microBatch: Int? = nil,
        memoryLimit: Int = 1 << 30
    ) throws {
        self.studio = studio
        self.settings = settings
        let network = studio.network
        statistics = try FeatureStatistics(network, firstLayer: settings.weights.firstLayer)
        let graph = network.graph
        let own = Set(try statistics.layers.map { try graph.node(named: $0.name) })
        var outputs: [String] = [], nodes: Set<Int> = []
        for layer in targets.map(studio.layer) {
            let node = try graph.node(named: layer)
            if !own.contains(node), nodes.insert(node).inserted { outputs.append(graph.nodes[node].name) }
        }
        self.outputs = outputs
        size = min(settings.batch, microBatch ?? MicroBatch.size(for: network.input.shape))
        let names = statistics.layers.map(\.name) + outputs
        plan = try Plan(
            graph,
            .init(
                batch: size, input: network.input.shape, activations: names, seeds: names, gradients: [Graph.inputName],
                algorithms: studio.algorithms, precision: studio.precision))
        let count = (settings.batch + size - 1) / size
        workspaces = WorkspacePool(plan, pieces: count, threads: studio.threads, limit: memoryLimit)
    }

    /// Optimises one batch: up to `settings.batch` of the targets. Returns the values of a picture for each.
    func make(_ targets: [Prototype.Target], step: @Sendable (Int) -> Void) throws -> [[Float]] {
        var batch = Batch(targets: [], pictures: [])
        for number in 0..<settings.batch {
            let target = targets[number % targets.count]
            batch.targets.append(target)
            batch.pictures.append(
                InvertedPicture(
                    size: studio.size, settings: settings, mean: studio.network.input.unitMean,
                    deviation: studio.network.input.unitDeviation,
                    random: studio.random(for: target, copy: number / targets.count)))
        }
        for number in 0..<studio.steps {
            for picture in batch.pictures { picture.draw() }
            let rate = settings.rate(at: number, of: studio.steps)
            try self.step(batch) { $0.descend($1, rate: rate) }
            step(targets.count)
        }
        return batch.pictures.prefix(targets.count).map(\.pixels)
    }

    /// Pictures that are one problem, with the target of each.
    struct Batch {
        var targets: [Prototype.Target]
        var pictures: [InvertedPicture]
    }

    /// What one micro-batch adds to the loss and to what its gradient depends on.
    private struct Share: Sendable {
        /// By layer of the statistics, as `FeatureStatistics.sums`.
        var sums: [[Double]]
        /// Sums of squares of the four kinds of differences.
        var variation: [Double]
        /// Each picture's Euclidean norm.
        var norms: [Double]
        /// The sum of the pictures' main losses.
        var target: Double
    }

    /// Runs a batch forward and backward, and calls `descend` with each picture and the gradient at what the network saw of it.
    /// Returns the loss.
    @discardableResult
    func step(_ batch: Batch, descend: @escaping @Sendable (InvertedPicture, UnsafePointer<Float>) -> Void) throws -> Loss {
        let count = batch.pictures.count
        let parts = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
        let batch = Unchecked(value: batch)

        var whole = Share(
            sums: statistics.layers.map { Array(repeating: 0, count: 2 * $0.channels) }, variation: [0, 0, 0, 0], norms: [], target: 0)
        for share in try parallel(parts.count, { try self.look(batch.value, parts[$0], piece: $0) }) {
            for (layer, sums) in share.sums.enumerated() {
                for i in sums.indices { whole.sums[layer][i] += sums[i] }
            }
            for i in 0..<4 { whole.variation[i] += share.variation[i] }
            whole.norms += share.norms
            whole.target += share.target
        }
        let slopes = zip(statistics.layers, whole.sums).map { FeatureStatistics.slope($1, pictures: count, layer: $0) }
        let lengths = whole.variation.map { $0.squareRoot() }, norms = whole.norms
        _ = try parallel(parts.count) { number in
            try self.pullback(batch.value, parts[number], piece: number, slopes: slopes, lengths: lengths, norms: norms, descend: descend)
        }
        return Loss(
            target: whole.target / Double(count), features: Double(settings.weights.features) * slopes.reduce(0) { $0 + $1.loss },
            variation: Double(settings.weights.variation) * lengths.reduce(0, +),
            norm: Double(settings.weights.norm) * norms.reduce(0, +) / Double(count))
    }

    /// Results of `work` on micro-batches, in order.
    private func parallel<Result: Sendable>(_ count: Int, _ work: @escaping @Sendable (Int) throws -> Result) throws -> [Result] {
        let results = Mutex<[Result]>([])
        try OrderedWork.run(0..<count, threads: studio.threads) {
        } piece: { _, number in
            try work(number)
        } deliver: { _, result in
            results.withLock { $0.append(result) }
        }
        return results.withLock { $0 }
    }

    private var input: Shape { studio.network.input.shape }

    /// Writes a micro-batch and runs it forward.
    private func forward(_ batch: Batch, _ part: Range<Int>, _ workspace: Workspace) throws {
        for slot in 0..<size {
            let target = workspace.input + slot * input.count
            if slot < part.count {
                batch.pictures[part.lowerBound + slot].write(into: target)
            } else {
                target.update(from: workspace.input, count: input.count)
            }
        }
        try workspace.forward()
    }

    private func look(_ batch: Batch, _ part: Range<Int>, piece: Int) throws -> Share {
        let workspace = try workspaces.take(piece)
        defer { workspaces.giveBack(workspace, piece) }
        try forward(batch, part, workspace)
        var share = Share(sums: [], variation: [0, 0, 0, 0], norms: [], target: 0)
        for layer in statistics.layers {
            share.sums.append(
                FeatureStatistics.sums(try workspace.activation(of: layer.name), pictures: part.count, layer: layer))
        }
        for slot in 0..<part.count {
            let values = workspace.input + slot * input.count
            let variation = TotalVariation.squares(values, size: studio.size, channels: input[0])
            for i in 0..<4 { share.variation[i] += variation[i] }
            share.norms.append((0..<input.count).reduce(0.0) { $0 + Double(values[$1]) * Double(values[$1]) }.squareRoot())
            share.target += try target(batch.targets[part.lowerBound + slot], slot: slot, workspace, seedWeight: nil)
        }
        return share
    }

    private func pullback(
        _ batch: Batch, _ part: Range<Int>, piece: Int, slopes: [FeatureStatistics.Slope], lengths: [Double], norms: [Double],
        descend: (InvertedPicture, UnsafePointer<Float>) -> Void
    ) throws {
        let workspace = try workspaces.take(piece)
        defer { workspaces.giveBack(workspace, piece) }
        // What was kept of the forward pass may belong to another micro-batch by now.
        if !workspaces.keepsEach { try forward(batch, part, workspace) }
        let count = Float(batch.pictures.count)
        for (layer, slope) in zip(statistics.layers, slopes) {
            let seed = try workspace.seed(at: layer.name)
            FeatureStatistics.seed(
                slope, weight: settings.weights.features, try workspace.activation(of: layer.name), pictures: part.count, layer: layer, into: seed)
            (seed + part.count * layer.stride).update(repeating: 0, count: (size - part.count) * layer.stride)
        }
        for layer in outputs {
            let stride = Layout.blocked.count(batch: 1, try plan.shape(of: layer))
            try workspace.seed(at: layer).update(repeating: 0, count: size * stride)
        }
        for slot in 0..<part.count {
            _ = try target(batch.targets[part.lowerBound + slot], slot: slot, workspace, seedWeight: 1 / count)
        }
        try workspace.backward()
        let gradient = try workspace.gradient(of: Graph.inputName)
        for slot in 0..<part.count {
            let values = workspace.input + slot * input.count, slopes = gradient + slot * input.count
            TotalVariation.addGradient(
                values, size: studio.size, channels: input[0], lengths: lengths, weight: settings.weights.variation, to: slopes)
            let norm = norms[part.lowerBound + slot]
            let pull = norm > 0 ? settings.weights.norm / (count * Float(norm)) : 0
            for i in 0..<input.count { slopes[i] += pull * values[i] }
            descend(batch.pictures[part.lowerBound + slot], slopes)
        }
    }

    /// A picture's main loss. Adds `seedWeight` times its gradient to the layer's seed, if given.
    private func target(_ target: Prototype.Target, slot: Int, _ workspace: Workspace, seedWeight: Float?) throws -> Double {
        let layer = studio.layer(of: target), shape = try plan.shape(of: layer)
        let offset = slot * Layout.blocked.count(batch: 1, shape)
        let loss: TargetLoss = if case .classOutput = target { .crossEntropy } else { .spatialMean }
        return loss.value(
            of: studio.channel(of: target), try workspace.activation(of: layer) + offset, shape: shape,
            seed: try seedWeight.map { _ in try workspace.seed(at: layer) + offset }, seedWeight: seedWeight ?? 0)
    }

    /// Handed to several threads that keep off each other's parts.
    private struct Unchecked: @unchecked Sendable {
        let value: Batch
    }
}
