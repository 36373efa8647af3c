import Foundation
import Tensors

/// The discrete Fourier transform of real pictures, both ways, with the adjoint of the inverse: two products with constant
/// matrices, one along either axis.
///
/// A spectrum keeps the horizontal frequencies 0...W/2 only, the others being their conjugates: H x M real parts, then H x M
/// imaginary ones, M = W/2 + 1. Values are those of NumPy's `rfft2` and `irfft2`: the inverse divides by H W, and ignores the
/// imaginary parts that a real picture cannot have.
final class RealFourierTransform: Sendable {
    let height: Int
    let width: Int
    /// The number of horizontal frequencies, M.
    let frequencies: Int
    /// `exp(2 pi i y k / H)` as a real matrix, 2H x 2H: [cos, -sin; sin, cos].
    private let vertical: [Float]
    /// Its transpose: the way back.
    private let verticalAdjoint: [Float]
    /// 2M x W: the weight of each real part in each pixel of a row, then that of each imaginary part; the 1/(H W) is in it.
    private let horizontal: [Float]
    /// W x 2M: the real and the imaginary part of each frequency of a row of pixels.
    private let horizontalForward: [Float]

    init(height: Int, width: Int) {
        (self.height, self.width) = (height, width)
        let count = width / 2 + 1
        frequencies = count
        // The angle is reduced in whole numbers: sines of large angles lose digits.
        func angle(_ product: Int, _ length: Int) -> Double { 2 * Double.pi * Double(product % length) / Double(length) }
        var vertical = [Float](repeating: 0, count: 4 * height * height), verticalAdjoint = vertical
        for y in 0..<height {
            for k in 0..<height {
                let (cosine, sine) = (Float(cos(angle(y * k, height))), Float(sin(angle(y * k, height))))
                let entries = [(y, k, cosine), (y, height + k, -sine), (height + y, k, sine), (height + y, height + k, cosine)]
                for (row, column, value) in entries {
                    vertical[row * 2 * height + column] = value
                    verticalAdjoint[column * 2 * height + row] = value
                }
            }
        }
        var horizontal = [Float](repeating: 0, count: 2 * count * width), forward = horizontal
        for k in 0..<count {
            let isOwnConjugate = k == 0 || 2 * k == width
            let scale = (isOwnConjugate ? 1 : 2) / (Double(height) * Double(width))
            for x in 0..<width {
                let angle = angle(k * x, width)
                horizontal[k * width + x] = Float(scale * cos(angle))
                horizontal[(count + k) * width + x] = isOwnConjugate ? 0 : Float(-scale * sin(angle))
                forward[x * 2 * count + k] = Float(cos(angle))
                forward[x * 2 * count + count + k] = isOwnConjugate ? 0 : Float(-sin(angle))
            }
        }
        self.vertical = vertical
        self.verticalAdjoint = verticalAdjoint
        self.horizontal = horizontal
        horizontalForward = forward
    }

    /// Real and imaginary parts of one channel's spectrum.
    var spectrumCount: Int { 2 * height * frequencies }
    var pictureCount: Int { height * width }

    /// Writes the picture of `spectrum` into `picture`, H x W.
    func inverse(_ spectrum: UnsafePointer<Float>, into picture: UnsafeMutablePointer<Float>) throws {
        try withScratch { mixed in
            try alongColumns(vertical, spectrum, into: mixed)
            try horizontal.withUnsafeBufferPointer { weights in
                guard let weights = weights.baseAddress else { return }
                for part in 0..<2 {
                    try matrixProduct(
                        rows: height, columns: width, inner: frequencies, left: mixed + part * height * frequencies,
                        leftStride: frequencies, right: weights + part * frequencies * width, rightStride: width, transposed: false,
                        beta: part == 0 ? 0 : 1, result: picture, resultStride: width)
                }
            }
        }
    }

    /// Writes the gradient at the spectrum into `spectrum`, that at its picture being `picture`.
    func inverseAdjoint(_ picture: UnsafePointer<Float>, into spectrum: UnsafeMutablePointer<Float>) throws {
        try toSpectrum(picture, horizontal, partStride: frequencies * width, rightStride: width, transposed: true, into: spectrum)
    }

    /// Writes the spectrum of `picture` into `spectrum`.
    func forward(_ picture: UnsafePointer<Float>, into spectrum: UnsafeMutablePointer<Float>) throws {
        try toSpectrum(
            picture, horizontalForward, partStride: frequencies, rightStride: 2 * frequencies, transposed: false, into: spectrum)
    }

    /// The way from a picture to a spectrum, real parts and imaginary ones each by their own part of `weights`.
    private func toSpectrum(
        _ picture: UnsafePointer<Float>, _ weights: [Float], partStride: Int, rightStride: Int, transposed: Bool,
        into spectrum: UnsafeMutablePointer<Float>
    ) throws {
        try withScratch { mixed in
            try weights.withUnsafeBufferPointer { weights in
                guard let weights = weights.baseAddress else { return }
                for part in 0..<2 {
                    try matrixProduct(
                        rows: height, columns: frequencies, inner: width, left: picture, leftStride: width,
                        right: weights + part * partStride, rightStride: rightStride, transposed: transposed,
                        result: mixed + part * height * frequencies, resultStride: frequencies)
                }
            }
            try alongColumns(verticalAdjoint, mixed, into: spectrum)
        }
    }

    private func alongColumns(_ matrix: [Float], _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) throws {
        try matrixProduct(
            rows: 2 * height, columns: frequencies, inner: 2 * height, left: matrix, leftStride: 2 * height, right: source,
            rightStride: frequencies, transposed: false, result: target, resultStride: frequencies)
    }

    private func withScratch(_ body: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: spectrumCount) { scratch in
            guard let base = scratch.baseAddress else { return }
            try body(base)
        }
    }

    /// The frequency of each place of a spectrum's half plane in cycles per pixel, H x M: `sqrt(fy^2 + fx^2)`, as NumPy's
    /// `fftfreq` counts them.
    var radialFrequencies: [Float] {
        (0..<height).flatMap { k in
            let down = Double(k < (height + 1) / 2 ? k : k - height) / Double(height)
            return (0..<frequencies).map { Float((down * down + pow(Double($0) / Double(width), 2)).squareRoot()) }
        }
    }
}
