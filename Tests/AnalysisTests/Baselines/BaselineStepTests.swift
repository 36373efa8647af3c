import Network
import Run
import Synchronization
import Tensors
import Testing

@testable import Analysis

/// One step of each method against PyTorch in float64.
struct BaselineStepTests {
    /// Shows the network what a test says, in place of what chance does.
    private final class Told: MaximisedPicture {
        let passes = 1
        let show: (UnsafeMutablePointer<Float>) -> Void
        let taken: (UnsafePointer<Float>) -> Void
        var seen: [Float] = []
        private let count: Int

        init(
            count: Int, show: @escaping (UnsafeMutablePointer<Float>) -> Void, taken: @escaping (UnsafePointer<Float>) -> Void
        ) {
            (self.count, self.show, self.taken) = (count, show, taken)
        }

        func write(into target: UnsafeMutablePointer<Float>) {
            show(target)
            seen += UnsafeBufferPointer(start: target, count: count)
        }

        func collect(_ gradient: UnsafePointer<Float>) { taken(gradient) }
        func descend() {}
        func finished() -> [Float] { [] }
    }

    private func worker(_ network: ImageNetwork, _ layer: String) throws -> MaximisationWorker {
        try MaximisationWorker(
            plan: Plan(
                network.graph,
                .init(batch: 2, input: network.input.shape, activations: [layer], seeds: [layer], gradients: [Graph.inputName])),
            layer: layer)
    }

    @Test func optimisersStepAsInPyTorch() throws {
        let golden = try goldenFile("baselines", as: BaselineGoldens.self).optimisers
        for (expected, rate, optimiser) in [
            (golden.adam, 0.05 as Float, Adam(count: 6)), (golden.nadam, 1, Adam(count: 6, epsilon: 1e-7, decay: 0.004)),
        ] {
            var optimiser = optimiser, values = [Float](repeating: 0, count: 6)
            for (gradient, expected) in zip(golden.gradients, expected) {
                optimiser.descend(&values, gradient, rate: rate)
                #expect(relativeDistance(values, expected) < 1e-5)
            }
        }
    }

    @Test func fourier() throws {
        let goldens = try goldenFile("baselines", as: BaselineGoldens.self), golden = goldens.fourier
        let network = goldens.imageNetwork(), input = network.input
        let picture = FourierPicture(
            transform: RealFourierTransform(height: input.size[0], width: input.size[1]), mean: input.mean,
            deviation: input.standardDeviation, random: RandomSource(seed: 1))
        picture.parameters = golden.parameters
        picture.extent = .init(padding: golden.padding, first: golden.first, second: golden.second)
        for expected in golden.cases {
            let draw = FourierPicture.Draw(first: expected.first, scale: expected.scale, angle: expected.angle, second: expected.second)
            let told = Told(count: input.shape.count, show: { picture.write(draw, into: $0) }, taken: picture.collect)
            let loss = try worker(network, expected.unit == nil ? "logits" : "layer2")
                .pass([(channel: expected.unit ?? golden.channel, picture: told)], weight: 1)
            #expect(relativeDistance(told.seen, expected.seen) < 5e-5)
            #expect(abs(loss[0] - expected.loss) < 1e-4 * max(1, abs(expected.loss)))
            #expect(relativeDistance(picture.gradient, expected.gradient) < 1e-4)
        }
    }

    @Test func maco() throws {
        try SmallDataSet.with { set in
            let goldens = try goldenFile("baselines", as: BaselineGoldens.self), golden = goldens.maco
            let studio = try goldens.studio(set, .maco), network = studio.network
            let picture = MagnitudeConstrainedPicture(
                magnitudes: golden.magnitudes, transform: RealFourierTransform(height: golden.size[0], width: golden.size[1]),
                preprocessing: studio.images.preprocessing, passes: 2, steps: 1, random: RandomSource(seed: 1))
            picture.phases = golden.phases
            let worker = try worker(network, "logits")
            var seen: [Float] = [], loss: Float = 0
            for box in golden.boxes {
                let box = MagnitudeConstrainedPicture.Box(centre: SIMD2(box.centre[0], box.centre[1]), side: box.side)
                let told = Told(count: network.input.shape.count, show: { picture.write(box, into: $0) }, taken: picture.collect)
                loss += try worker.pass([(channel: golden.channel, picture: told)], weight: 0.5)[0]
                seen += told.seen
            }
            picture.updateGradient()
            #expect(relativeDistance(seen, golden.seen) < 1e-4)
            #expect(abs(loss - golden.loss) < 1e-4 * max(1, abs(golden.loss)))
            #expect(relativeDistance(picture.gradient, golden.gradient) < 1e-4)
        }
    }

    /// In micro-batches and in one, with what was kept and with what is computed again.
    @Test(arguments: [1, 3], [0, 1 << 30]) func deepInversion(threads: Int, memoryLimit: Int) throws {
        try SmallDataSet.with { set in
            let goldens = try goldenFile("baselines", as: BaselineGoldens.self), golden = goldens.deepInversion
            let studio = try goldens.studio(set, .deepInversion, threads: threads)
            let targets = golden.classes.map { Prototype.Target.classOutput(index: $0) } + [.unit(layer: "layer2", unit: golden.unit)]
            var settings = DeepInversionSettings.cifar
            (settings.weights.features, settings.weights.firstLayer) = (golden.weights.features, golden.weights.firstLayer)
            (settings.weights.variation, settings.weights.norm) = (golden.weights.variation, golden.weights.norm)
            settings.batch = 5
            for microBatch in [5, 2] {
                let inversion = try DeepInversion(
                    studio: studio, targets: targets, settings: settings, microBatch: microBatch, memoryLimit: memoryLimit)
                let pictures = golden.pixels.enumerated().map { number, pixels in
                    let picture = InvertedPicture(
                        size: goldens.size, settings: settings, mean: [0, 0, 0], deviation: [1, 1, 1],
                        random: RandomSource(seed: 1, stream: "\(number)"))
                    picture.pixels = pixels
                    picture.roll = (golden.rolls[number][0], golden.rolls[number][1])
                    picture.isMirrored = golden.mirrored[number]
                    return picture
                }
                let found = Mutex<[ObjectIdentifier: [Float]]>([:])
                let loss = try inversion.step(.init(targets: targets, pictures: pictures)) { picture, gradient in
                    let values = Array(UnsafeBufferPointer(start: gradient, count: 3 * goldens.size[0] * goldens.size[1]))
                    found.withLock { $0[ObjectIdentifier(picture)] = values }
                }
                for (value, expected) in [
                    (loss.target, golden.target), (loss.features, golden.features), (loss.variation, golden.variation),
                    (loss.norm, golden.norm),
                ] {
                    #expect(abs(value - expected) < 1e-5 * max(1, abs(expected)))
                }
                for (picture, expected) in zip(pictures, golden.gradients) {
                    let gradient = found.withLock { $0[ObjectIdentifier(picture)] ?? [] }
                    #expect(relativeDistance(gradient, expected) < 1e-4)
                }
            }
        }
    }

    @Test func aRolledAndMirroredGradientComesBackToItsPixel() {
        var settings = DeepInversionSettings.cifar
        (settings.jitter, settings.flips) = (3, true)
        for trial in 0..<20 {
            let picture = InvertedPicture(
                size: [5, 4], settings: settings, mean: [0, 0, 0], deviation: [1, 1, 1], random: RandomSource(seed: 1, stream: "\(trial)"))
            picture.draw()
            var seen = [Float](repeating: .nan, count: 60), slopes = [Float](repeating: 0, count: 60)
            picture.write(into: &seen)
            #expect(seen.sorted() == picture.pixels.sorted())
            let before = picture.pixels, place = trial * 7 % 60
            slopes[place] = 1
            picture.descend(slopes, rate: 0.1)
            let changed = before.indices.filter { before[$0] != picture.pixels[$0] }
            #expect(changed.count == 1 && changed.first.map { before[$0] } == seen[place])
        }
    }
}
