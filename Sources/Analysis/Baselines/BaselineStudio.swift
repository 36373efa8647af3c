import Dataset
import Diagnostics
import Images
import Network
import Run
import Tensors

/// Makes the pictures of a method that VITAL is compared with, at the same cost: as many looks of the network at each picture,
/// forward and backward, as a prototype takes steps.
struct BaselineStudio {
    /// In usual colours while it works.
    private(set) var network: ImageNetwork
    /// Read by MACO alone, for the magnitude spectrum.
    private(set) var images: RealImages
    let method: Baseline
    /// Forward and backward passes for each picture.
    let steps: Int
    let seed: UInt64
    let threads: Int
    /// As in `Plan.Request`.
    var algorithms: AlgorithmChoices?
    /// What convolutions multiply.
    var precision = Precision.float32
    var maco = MagnitudeConstrainedPicture.Settings()
    /// Nil for the published ones.
    var deepInversion: DeepInversionSettings?

    /// Makes a picture of the network's size for each of `targets` and hands it to `deliver` as soon as it and those before it
    /// are done; the order is the targets' own, but `.fourier` and `.maco` make those of one layer together. `step` is told of every pass of
    /// every picture, from any thread.
    ///
    /// A picture of `.fourier` and `.maco` depends on its target and the seed alone. DeepInversion is about a batch: its pictures
    /// depend on the whole list of targets as well, though not on the number of threads (see `DeepInversion`).
    ///
    /// Throws a `Problem` for a target that the network does not have, when no image can be read (MACO), and when the network
    /// keeps no statistics of batch normalisation (DeepInversion).
    func run(
        _ targets: [Prototype.Target], step: @escaping @Sendable (_ passes: Int) -> Void = { _ in },
        deliver: @escaping @Sendable (Prototype.Target, Picture) throws -> Void
    ) throws {
        for target in targets { try check(target) }
        var studio = self
        (studio.network, studio.images) = try images.inUsualColours(of: network)
        if method == .deepInversion { return try studio.invert(targets, step: step, deliver: deliver) }
        try studio.maximise(targets, step: step, deliver: deliver)
    }

    /// True where `.fourier` and `.maco` make no pictures: their colours are a basis of those of photographs.
    static func needsColours(_ method: Baseline, _ network: ImageNetwork) -> Bool {
        method != .deepInversion && network.input.channels != 3
    }

    private func maximise(
        _ targets: [Prototype.Target], step: @escaping @Sendable (_ passes: Int) -> Void,
        deliver: @escaping @Sendable (Prototype.Target, Picture) throws -> Void
    ) throws {
        guard !Self.needsColours(method, network) else {
            throw Problem(
                "\(method.rawValue) makes pictures of red, green and blue, and the network takes \(network.input.channelOrder.rawValue)",
                remedy: "Leave that method out.", kind: .usage)
        }
        var groups: [(layer: String, targets: [Prototype.Target])] = []
        for target in targets {
            let layer = layer(of: target)
            if let index = groups.firstIndex(where: { $0.layer == layer }) {
                groups[index].targets.append(target)
            } else {
                groups.append((layer, [target]))
            }
        }
        let maker = try maker()
        for group in groups { try maximise(group.targets, at: group.layer, maker: maker, step: step, deliver: deliver) }
    }

    private func invert(
        _ targets: [Prototype.Target], step: @escaping @Sendable (Int) -> Void,
        deliver: @escaping @Sendable (Prototype.Target, Picture) throws -> Void
    ) throws {
        guard !targets.isEmpty else { return }
        let settings = deepInversion ?? .published(steps: steps, size: size)
        let inversion = try DeepInversion(studio: self, targets: targets, settings: settings)
        for begin in stride(from: 0, to: targets.count, by: settings.batch) {
            let batch = Array(targets[begin..<min(begin + settings.batch, targets.count)])
            for (target, values) in zip(batch, try inversion.make(batch, step: step)) { try deliver(target, picture(values)) }
        }
    }

    private func maker() throws -> MaximisedPictureMaker {
        guard method == .maco else {
            return MaximisedPictureMaker(studio: self, transform: RealFourierTransform(height: size[0], width: size[1]), magnitudes: [])
        }
        let size = maco.size(for: size)
        let transform = RealFourierTransform(height: size[0], width: size[1])
        let magnitudes = try MagnitudeSpectrum.mean(of: images, count: 256, transform: transform, threads: threads)
        return MaximisedPictureMaker(studio: self, transform: transform, magnitudes: magnitudes)
    }

    private func maximise(
        _ targets: [Prototype.Target], at layer: String, maker: MaximisedPictureMaker, step: @escaping @Sendable (Int) -> Void,
        deliver: @escaping @Sendable (Prototype.Target, Picture) throws -> Void
    ) throws {
        let batch = MicroBatch.size(for: network.input.shape)
        let plan = try Plan(
            network.graph,
            .init(
                batch: batch, input: network.input.shape, activations: [layer], seeds: [layer], gradients: [Graph.inputName],
                algorithms: algorithms, precision: precision))
        let batches = stride(from: 0, to: targets.count, by: batch).map { Array(targets[$0..<min($0 + batch, targets.count)]) }
        let steps = steps
        try OrderedWork.run(0..<batches.count, threads: threads) {
            try MaximisationWorker(plan: plan, layer: layer)
        } piece: { worker, number in
            try worker.make(batches[number].map { (channel(of: $0), maker.picture(for: $0)) }, steps: steps, step: step)
        } deliver: { number, results in
            for (target, values) in zip(batches[number], results) { try deliver(target, picture(values)) }
        }
    }

    var size: [Int] { network.input.size }

    /// The picture with the given normalised values, 3 x H x W.
    func picture(_ values: [Float]) -> Picture {
        values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { preconditionFailure("a picture has pixels") }
            return images.preprocessing.picture(fromNormalised: base, height: size[0], width: size[1])
        }
    }

    func layer(of target: Prototype.Target) -> String {
        target.layer ?? network.logits
    }

    func channel(of target: Prototype.Target) -> Int {
        switch target {
        case .unit(_, let unit), .facet(_, let unit, _): unit
        case .concept(_, let index): index
        case .classOutput(let index): index
        }
    }

    /// The random stream of a target's picture; `copy` tells several of the same target apart.
    func random(for target: Prototype.Target, copy: Int = 0) -> RandomSource {
        RandomSource(seed: seed, stream: "baseline/\(method.rawValue)/\(target.streamName)" + (copy == 0 ? "" : "/\(copy)"))
    }

    private func check(_ target: Prototype.Target) throws {
        if case .concept(let layer, let index) = target {
            throw Problem("\(method.rawValue) makes no picture of concept \(index) of \(layer)", explanation: "It knows units and classes.", kind: .usage)
        }
        let shapes = try network.graph.shapes(input: network.input.shape)
        let layer = layer(of: target)
        let shape = shapes[try network.graph.node(named: layer)]
        let (channel, count) = (channel(of: target), (shape.map ?? shape)[0])
        guard (0..<count).contains(channel) else {
            let what = if case .unit = target { ("unit \(channel) of layer \(layer)", "units") } else { ("class \(channel)", "classes") }
            throw Problem(
                "There is no \(what.0)", explanation: "There are \(count) \(what.1), counted from 0.",
                remedy: "`vitrine inspect` lists what there is.", kind: .usage)
        }
    }
}
