import Foundation
import Images
import Tensors

/// One picture of MACO (Fel et al., *Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization*,
/// NeurIPS 2023), as the authors' library Xplique defines it (`maco.py`, `preconditioning.py`).
///
/// The parameters are the phases p of each uncorrelated colour's spectrum, from N(0, 1); the magnitudes r are those of real
/// images. The picture is `sigmoid(A standard(irfft2(r exp(i standard(p)))))`, where `standard` takes off the mean and divides by the
/// standard deviation. It is larger than what the network sees (512 for 224), which looks at square crops of it, resized: the
/// centre from N(1/2, 0.15^2), the side from N(b, 0.05^2), b falling from 50 % to 5 % of the picture over the optimisation. Each crop gets
/// normal noise of standard deviation 0.08, and uniform noise as wide, where colours span two. NAdam, learning rate 1; the
/// loss is minus the mean logit, or spatial mean of the channel, over the crops.
///
/// Different from Xplique: the spectrum is that of the run's own images, not ImageNet's; the published 256 steps of 32 crops
/// would be far over the budget of a prototype, so a step looks at `Settings.crops` and there are as many steps as that leaves;
/// beyond the picture's edge lies grey, weighted at the edge itself. The finished picture is reduced to the network's size. The
/// transparency that MACO can draw from accumulated gradients is not made.
final class MagnitudeConstrainedPicture: MaximisedPicture {
    struct Settings: Sendable, Equatable {
        /// The picture's side as a multiple of the network's.
        var enlargement = 512.0 / 224
        /// Crops that the network looks at in a step.
        var crops = 8
        /// The mean side of a crop as a share of the picture's: at the first step and at the last.
        var firstBox: Float = 0.5
        var lastBox: Float = 0.05
        /// Noise in colours that span 1.
        var noise: Float = 0.04
        var rate: Float = 1

        /// The picture's height and width where the network sees `size`.
        func size(for size: [Int]) -> [Int] { size.map { max(2, Int((Double($0) * enlargement).rounded())) } }
    }

    /// One crop as shares of the picture: its centre (y, x) and its side.
    struct Box: Equatable {
        var centre: SIMD2<Float>
        var side: Float
    }

    let passes: Int
    /// Phases of each uncorrelated colour, 3 x H x M.
    var phases: [Float]
    /// The gradient at them, of the last step.
    private(set) var gradient: [Float]
    private let settings: Settings
    private let magnitudes: [Float]
    private let transform: RealFourierTransform
    private let preprocessing: Preprocessing
    private let steps: Int
    private var random: RandomSource
    private var adam: Adam
    private var step = 0
    /// In [0, 1], 3 x H x W; nil when phases have changed since.
    private var colours: [Float]?
    /// At `colours`, collected over the crops of a step.
    private var colourGradient: [Float]
    private var warp: BilinearWarp?
    // What the way back needs.
    private var phaseStandard = Standardised.none
    private var pictureStandard = Standardised.none

    /// `transform` is of the picture's size, `magnitudes` 3 x H x M; `preprocessing` is the network's; `steps` counts those of the
    /// optimiser.
    init(
        magnitudes: [Float], transform: RealFourierTransform, preprocessing: Preprocessing, passes: Int, steps: Int,
        settings: Settings = Settings(), random: RandomSource
    ) {
        self.magnitudes = magnitudes
        self.transform = transform
        self.preprocessing = preprocessing
        self.passes = passes
        self.steps = steps
        self.settings = settings
        var random = random
        phases = (0..<magnitudes.count).map { _ in random.normal() }
        self.random = random
        gradient = Array(repeating: 0, count: phases.count)
        colourGradient = Array(repeating: 0, count: 3 * transform.pictureCount)
        // Keras's NAdam, which Xplique uses, has this epsilon.
        adam = Adam(count: phases.count, epsilon: 1e-7, decay: 0.004)
    }

    private var size: [Int] { [transform.height, transform.width] }
    private var seen: [Int] { [preprocessing.cropHeight, preprocessing.cropWidth] }

    func write(into target: UnsafeMutablePointer<Float>) {
        let mean = settings.firstBox + (settings.lastBox - settings.firstBox) * Float(step) / Float(max(1, steps - 1))
        let centre = SIMD2(0.5 + 0.15 * random.normal(), 0.5 + 0.15 * random.normal())
        write(Box(centre: centre, side: min(max(mean + 0.05 * random.normal(), 0.05), 1)), into: target)
        let area = seen[0] * seen[1]
        for colour in 0..<3 {
            let noise = settings.noise / preprocessing.unitDeviation[colour]
            for i in colour * area..<(colour + 1) * area { target[i] += noise * (random.normal() + random.uniform() - 0.5) }
        }
    }

    /// Writes a given crop, without noise.
    func write(_ box: Box, into target: UnsafeMutablePointer<Float>) {
        let colours = updatedColours()
        let span = SIMD2(Float(size[0] - 1), Float(size[1] - 1))
        // First pixel on one edge of the box, last on the other.
        let stride = box.side * span / SIMD2(Float(max(1, seen[0] - 1)), Float(max(1, seen[1] - 1)))
        let warp = BilinearWarp(
            source: size, target: seen, origin: (box.centre - box.side / 2) * span, down: SIMD2(stride[0], 0),
            across: SIMD2(0, stride[1]), beyond: .constant(0.5))
        warp.apply(colours, channels: 3, into: target)
        self.warp = warp
        let area = seen[0] * seen[1]
        for colour in 0..<3 {
            let (mean, deviation) = (preprocessing.unitMean[colour], preprocessing.unitDeviation[colour])
            for i in colour * area..<(colour + 1) * area { target[i] = (target[i] - mean) / deviation }
        }
    }

    func collect(_ gradient: UnsafePointer<Float>) {
        let area = seen[0] * seen[1]
        let slopes = (0..<3 * area).map { gradient[$0] / preprocessing.unitDeviation[$0 / area] }
        warp?.addPullback(slopes, channels: 3, to: &colourGradient)
    }

    func descend() {
        updateGradient()
        adam.descend(&phases, gradient, rate: settings.rate)
        step += 1
        colours = nil
        colourGradient = Array(repeating: 0, count: colourGradient.count)
    }

    func finished() -> [Float] {
        let values = updatedColours(), area = transform.pictureCount
        let whole = Picture(
            width: size[1], height: size[0],
            pixels: (0..<3 * area).map {
                let value = values[$0 % 3 * area + $0 / 3] * 255
                // A comparison with a value that is not a number fails, and leaves 0.
                return value > 0 ? UInt8(min(value, 255).rounded()) : 0
            })
        var result = [Float](repeating: 0, count: 3 * seen[0] * seen[1])
        preprocessing.tensorValues(of: whole.resized(width: seen[1], height: seen[0], filter: .bilinear), into: &result)
        return result
    }

    private func updatedColours() -> [Float] {
        if let colours { return colours }
        let half = transform.spectrumCount / 2, area = transform.pictureCount
        var turned = phases
        phaseStandard = Standardised(&turned)
        var picture = [Float](repeating: 0, count: 3 * area), spectrum = [Float](repeating: 0, count: 2 * half)
        picture.withUnsafeMutableBufferPointer {
            guard let picture = $0.baseAddress else { return }
            for colour in 0..<3 {
                for i in 0..<half {
                    let (phase, magnitude) = (turned[colour * half + i], magnitudes[colour * half + i])
                    spectrum[i] = magnitude * cos(phase)
                    spectrum[half + i] = magnitude * sin(phase)
                }
                transform.inverse(spectrum, into: picture + colour * area)
            }
        }
        pictureStandard = Standardised(&picture)
        DecorrelatedColours.toColours(&picture, area: area)
        colours = picture
        return picture
    }

    /// Takes the gradient at the colours back to the phases.
    func updateGradient() {
        let half = transform.spectrumCount / 2, area = transform.pictureCount
        var slopes = colourGradient
        DecorrelatedColours.pullback(&slopes, colours: updatedColours(), area: area)
        pictureStandard.pullback(&slopes)
        var spectrum = [Float](repeating: 0, count: 2 * half)
        for colour in 0..<3 {
            slopes.withUnsafeBufferPointer {
                guard let slopes = $0.baseAddress else { return }
                transform.inverseAdjoint(slopes + colour * area, into: &spectrum)
            }
            for i in colour * half..<(colour + 1) * half {
                let phase = phaseStandard.value(i), real = spectrum[i - colour * half], imaginary = spectrum[half + i - colour * half]
                gradient[i] = magnitudes[i] * (cos(phase) * imaginary - sin(phase) * real)
            }
        }
        phaseStandard.pullback(&gradient)
    }

    /// Values less their mean, over their standard deviation; what the way back needs of it.
    private struct Standardised {
        private var centred: [Float] = []
        private var deviation = 1.0

        static let none = Standardised()

        private init() {}

        init(_ values: inout [Float]) {
            let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
            centred = values.map { Float(Double($0) - mean) }
            deviation = (centred.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
            let scale = Float(1 / (deviation + Self.epsilon))
            for i in values.indices { values[i] = scale * centred[i] }
        }

        private static let epsilon = 1e-5

        func value(_ i: Int) -> Float { centred[i] * Float(1 / (deviation + Self.epsilon)) }

        func pullback(_ gradient: inout [Float]) {
            let count = Double(gradient.count), divisor = deviation + Self.epsilon
            var sum = 0.0, product = 0.0
            for i in gradient.indices {
                sum += Double(gradient[i])
                product += Double(gradient[i]) * Double(centred[i])
            }
            let along = deviation > 0 ? product / (count * deviation * divisor * divisor) : 0
            let (scale, shift, slope) = (Float(1 / divisor), Float(sum / (count * divisor)), Float(along))
            for i in gradient.indices { gradient[i] = scale * gradient[i] - shift - slope * centred[i] }
        }
    }
}
