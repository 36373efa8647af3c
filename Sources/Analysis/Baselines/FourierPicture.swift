import Foundation
import Tensors

/// One picture of activation maximisation in a decorrelated Fourier basis (Olah, Mordvintsev and Schubert, *Feature
/// Visualization*, Distill 2017), as their library Lucid defines it (`param/spatial.py`, `param/color.py`, `transform.py`,
/// `render.py`).
///
/// Parameters are the real and imaginary parts of the spectrum of each uncorrelated colour, from N(0, 0.01^2). The picture is
/// `sigmoid(A irfft2(s * parameters) / 4)`, `s = sqrt(H W) / max(f, 1 / max(H, W))`, f in cycles per pixel: the spectrum of
/// photographs falls like 1/f. At every step it is padded with 12 pixels of grey, shifted by up to 8, scaled by 0.9...1.1, rotated by
/// up to 10 degrees (not at all in 6 cases of 26), shifted by up to 4, and cropped or padded with black to the network's
/// size. Adam, learning rate 0.05. The loss is minus the logit, or minus the channel's spatial mean.
///
/// Different from Lucid: the pixels above are meant at 224, and are scaled with the resolution; a picture of odd width has
/// exactly the frequencies that it can have.
final class FourierPicture: MaximisedPicture {
    /// What is drawn at every step.
    struct Draw: Equatable {
        /// Of the first shift, down and across, each in 0...8 (at 224).
        var first: [Int]
        var scale: Float
        /// In radians, clockwise in the picture seen.
        var angle: Float
        /// Of the second shift, each in 0...4 (at 224).
        var second: [Int]
    }

    /// The transforms' sizes in pixels, for pictures of some size.
    struct Extent: Equatable {
        var padding: Int
        var first: Int
        var second: Int

        init(padding: Int, first: Int, second: Int) {
            (self.padding, self.first, self.second) = (padding, first, second)
        }

        /// Lucid's standard transforms, in proportion to the picture.
        init(size: [Int]) {
            func scaled(_ pixels: Double) -> Int { Int((pixels * Double(min(size[0], size[1])) / 224).rounded()) }
            (padding, first, second) = (scaled(12), scaled(8), scaled(4))
        }
    }

    let passes = 1
    /// Real and imaginary parts of each uncorrelated colour's spectrum: 3 x 2 x H x M.
    var parameters: [Float]
    /// The gradient at them, of the last step.
    private(set) var gradient: [Float]
    private let size: [Int]
    var extent: Extent
    private let transform: RealFourierTransform
    private let scales: [Float]
    private let mean: [Float]
    private let deviation: [Float]
    private var random: RandomSource
    private var adam: Adam
    /// In [0, 1], 3 x H x W, as of the last `write`.
    private var colours: [Float]
    private var warps: [BilinearWarp] = []

    /// `transform` is of the network's size; `mean` and `deviation` normalise colours for the network.
    init(transform: RealFourierTransform, mean: [Float], deviation: [Float], random: RandomSource) {
        self.transform = transform
        size = [transform.height, transform.width]
        extent = Extent(size: size)
        (self.mean, self.deviation) = (mean, deviation)
        let lowest = 1 / Float(max(size[0], size[1]))
        let unitary = Float(size[0] * size[1]).squareRoot()
        scales = transform.radialFrequencies.map { unitary / max($0, lowest) / 4 }
        var random = random
        parameters = (0..<3 * transform.spectrumCount).map { _ in 0.01 * random.normal() }
        self.random = random
        gradient = Array(repeating: 0, count: parameters.count)
        colours = Array(repeating: 0, count: 3 * transform.pictureCount)
        adam = Adam(count: parameters.count)
    }

    func write(into target: UnsafeMutablePointer<Float>) { write(draw(), into: target) }

    private func draw() -> Draw {
        let first = (0..<2).map { _ in random.integer(in: 0...extent.first) }
        let scale = 1 + Float(random.integer(in: -5...5)) / 50
        let angle = random.integer(in: -10...15)
        return Draw(
            first: first, scale: scale, angle: angle > 10 ? 0 : Float(angle) * .pi / 180,
            second: (0..<2).map { _ in random.integer(in: 0...extent.second) })
    }

    /// The transforms of a draw, in order.
    static func warps(_ draw: Draw, size: [Int], extent: Extent) -> [BilinearWarp] {
        let shifted = size.map { $0 + 2 * extent.padding - extent.first }
        let shift = BilinearWarp(
            source: size, target: shifted,
            origin: SIMD2(Float(draw.first[0] - extent.padding), Float(draw.first[1] - extent.padding)), beyond: .constant(0.5))
        let scaled = shifted.map { max(1 + extent.second, Int(draw.scale * Float($0))) }
        let scale = BilinearWarp(
            source: shifted, target: scaled, origin: .zero, down: SIMD2(Float(shifted[0]) / Float(scaled[0]), 0),
            across: SIMD2(0, Float(shifted[1]) / Float(scaled[1])), beyond: .edge)
        // About the middle, and without the rows and columns that the second shift takes away.
        let (cosine, sine) = (cos(draw.angle), sin(draw.angle))
        let (down, across) = (SIMD2(cosine, -sine), SIMD2(sine, cosine))
        let middle = SIMD2(Float(scaled[0] - 1), Float(scaled[1] - 1)) / 2
        let from = SIMD2(Float(draw.second[0]), Float(draw.second[1])) - middle
        let turned = scaled.map { $0 - extent.second }
        let rotate = BilinearWarp(
            source: scaled, target: turned, origin: middle + from[0] * down + from[1] * across, down: down, across: across,
            beyond: .constant(0))
        let offsets = zip(turned, size).map { $0 >= $1 ? ($0 - $1) / 2 : -(($1 - $0) / 2) }
        let fit = BilinearWarp(
            source: turned, target: size, origin: SIMD2(Float(offsets[0]), Float(offsets[1])), beyond: .constant(0))
        return [shift, scale, rotate, fit]
    }

    /// Writes what the network sees under a given draw.
    func write(_ draw: Draw, into target: UnsafeMutablePointer<Float>) {
        updateColours()
        warps = Self.warps(draw, size: size, extent: extent)
        var values = colours
        for warp in warps {
            var result = [Float](repeating: 0, count: 3 * warp.target[0] * warp.target[1])
            warp.apply(values, channels: 3, into: &result)
            values = result
        }
        normalise(values, into: target)
    }

    func collect(_ gradient: UnsafePointer<Float>) {
        let area = size[0] * size[1]
        var values = (0..<3 * area).map { gradient[$0] / deviation[$0 / area] }
        for warp in warps.reversed() {
            var result = [Float](repeating: 0, count: 3 * warp.source[0] * warp.source[1])
            warp.addPullback(values, channels: 3, to: &result)
            values = result
        }
        DecorrelatedColours.pullback(&values, colours: colours, area: area)
        self.gradient.withUnsafeMutableBufferPointer { slopes in
            guard let slopes = slopes.baseAddress else { return }
            values.withUnsafeBufferPointer { values in
                guard let values = values.baseAddress else { return }
                for colour in 0..<3 {
                    let part = slopes + colour * transform.spectrumCount
                    transform.inverseAdjoint(values + colour * area, into: part)
                    scale(part)
                }
            }
        }
    }

    func descend() { adam.descend(&parameters, gradient, rate: 0.05) }

    func finished() -> [Float] {
        updateColours()
        var result = colours
        normalise(colours, into: &result)
        return result
    }

    /// Multiplies a spectrum, 2 x H x M, by how strong its frequencies are in photographs.
    private func scale(_ spectrum: UnsafeMutablePointer<Float>) {
        let count = scales.count
        scales.withUnsafeBufferPointer { scales in
            for i in 0..<count {
                spectrum[i] *= scales[i]
                spectrum[count + i] *= scales[i]
            }
        }
    }

    private func updateColours() {
        var spectrum = parameters
        spectrum.withUnsafeMutableBufferPointer { spectrum in
            colours.withUnsafeMutableBufferPointer { colours in
                guard let spectrum = spectrum.baseAddress, let colours = colours.baseAddress else { return }
                for colour in 0..<3 {
                    let part = spectrum + colour * transform.spectrumCount
                    scale(part)
                    transform.inverse(part, into: colours + colour * transform.pictureCount)
                }
                DecorrelatedColours.toColours(colours, area: transform.pictureCount)
            }
        }
    }

    private func normalise(_ values: [Float], into target: UnsafeMutablePointer<Float>) {
        let area = size[0] * size[1]
        for colour in 0..<3 {
            let (mean, deviation) = (mean[colour], deviation[colour])
            for i in colour * area..<(colour + 1) * area { target[i] = (values[i] - mean) / deviation }
        }
    }
}
