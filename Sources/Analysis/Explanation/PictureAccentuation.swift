import Foundation
import Images
import Network
import Run
import Tensors

/// Pushes a real picture towards a unit, and changes what an early layer sees as little as may be (Hamblin et al. 2024, "Feature accentuation:
/// revealing 'what' features respond to in natural images").
///
/// What is optimised is the change, as coefficients of frequencies, each divided by its frequency: `-a(x) / s + k |F(x) - F(x0)|^2 / |F(x0)|^2`,
/// with the unit's mean activation a as a share of its largest over real images, s, and the features F of the layer that is kept. At every
/// step both pictures are rolled alike at random. Adam, its rate falling with a cosine; colours stay within what can be shown. The authors write the picture itself in Fourier
/// phases and magnitudes, and crop and blur it at random.
struct PictureAccentuation: Sendable {
    /// How far, and how much of the picture is kept.
    struct Settings: Sendable, Equatable {
        var steps = 100
        var rate: Float = 0.05
        /// k: what a change of all of the kept features costs, in activations as large as the largest.
        var keep: Float = 1
        var seed: UInt64 = 0
    }

    let layer: String
    /// Whose features are kept: the network's first matched layer before the unit's, or the image.
    let kept: String
    private let settings: Settings
    private let network: ImageNetwork
    private let plan: Plan
    private let basis: FourierBasis
    private let preprocessing: Preprocessing

    init(network: ImageNetwork, layer: String, settings: Settings) throws {
        self.network = network
        self.layer = layer
        self.settings = settings
        let size = network.input.size, channels = network.input.shape[0]
        kept = network.graph.layers(network.matched.map(\.layer), before: layer).first ?? Graph.inputName
        preprocessing = try Preprocessing(network.input)
        basis = FourierBasis(transform: RealFourierTransform(height: size[0], width: size[1]), channels: channels) { 1 / $0 }
        let read = kept == Graph.inputName ? [layer] : [layer, kept]
        plan = try Plan(network.graph, .init(batch: 2, input: network.input.shape, activations: read, seeds: read, threads: 1))
    }

    /// `picture`, as the network sees it, pushed towards `unit`, whose largest activation over real images is `largest`.
    func accentuated(_ picture: Picture, unit: Int, largest: Float) throws -> Picture {
        let input = network.input.shape, size = network.input.size, count = input.count, area = size[0] * size[1]
        let lowest = zip(network.input.mean, network.input.standardDeviation).map { -$0 / $1 }
        let highest = zip(network.input.mean, network.input.standardDeviation).map { (1 - $0) / $1 }
        var original = [Float](repeating: 0, count: count), now: [Float], change = original
        original.withUnsafeMutableBufferPointer { values in
            if let base = values.baseAddress { preprocessing.tensorValues(of: picture, into: base) }
        }
        now = original
        var coordinates = [Float](repeating: 0, count: basis.count), slopes = coordinates
        // Slopes that small are rounding errors, which Adam would follow as fast as any.
        var adam = Adam(count: basis.count, epsilon: 1e-5), random = RandomSource(seed: settings.seed, stream: "accentuation/\(layer)/\(unit)")
        let workspace = try Workspace(plan), jitter = max(1, min(size[0], size[1]) / 28)
        for step in 0..<settings.steps {
            var view = PictureView(pooling: PicturePooling(size: size, factor: 1, channels: input[0]))
            view.roll = (random.integer(in: -jitter...jitter), random.integer(in: -jitter...jitter))
            view.write(now, into: workspace.input)
            view.write(original, into: workspace.input + count)
            try workspace.forward()
            try writeSeeds(workspace, unit: unit, scale: largest > 0 ? largest : 1)
            try workspace.backward()
            var gradient = view.broughtBack(try workspace.gradient(of: Graph.inputName))
            if kept == Graph.inputName { addPixels(now, original, to: &gradient) }
            // What can be shown no brighter or darker does not go on.
            for pixel in gradient.indices {
                let channel = pixel / area
                if now[pixel] <= lowest[channel] && gradient[pixel] > 0 || now[pixel] >= highest[channel] && gradient[pixel] < 0 { gradient[pixel] = 0 }
            }
            basis.pullback(gradient, into: &slopes)
            adam.descend(&coordinates, slopes, rate: settings.rate * Float(0.5 * (1 + cos(Double.pi * Double(step) / Double(settings.steps)))))
            basis.write(coordinates, into: &change)
            for pixel in now.indices { now[pixel] = min(max(original[pixel] + change[pixel], lowest[pixel / area]), highest[pixel / area]) }
        }
        return preprocessing.picture(fromNormalised: now, height: size[0], width: size[1])
    }

    /// The loss's gradient where it is read: of the first picture, beside the second.
    private func writeSeeds(_ workspace: Workspace, unit: Int, scale: Float) throws {
        let shape = try plan.shape(of: layer), area = shape[1] * shape[2], stride = Layout.blocked.count(batch: 1, shape)
        let seed = try workspace.seed(at: layer)
        seed.update(repeating: 0, count: 2 * stride)
        for position in 0..<area { seed[(unit / 16 * area + position) * 16 + unit % 16] = -1 / (Float(area) * scale) }
        guard kept != Graph.inputName else { return }
        let own = Layout.blocked.count(batch: 1, try plan.shape(of: kept)), values = try workspace.activation(of: kept), keeping = try workspace.seed(at: kept)
        var square = 0.0
        for i in 0..<own { square += Double(values[own + i]) * Double(values[own + i]) }
        let weight = square > 0 ? 2 * settings.keep / Float(square) : 0
        for i in 0..<own {
            keeping[i] = weight * (values[i] - values[own + i])
            keeping[own + i] = 0
        }
    }

    private func addPixels(_ now: [Float], _ original: [Float], to gradient: inout [Float]) {
        let square = original.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard square > 0 else { return }
        let weight = 2 * settings.keep / Float(square)
        for pixel in gradient.indices { gradient[pixel] += weight * (now[pixel] - original[pixel]) }
    }
}
