import Foundation

/// The discrete Fourier transform of real pictures, both ways, with the adjoint of the inverse, by FFTW (Frigo and Johnson 2005).
///
/// A spectrum keeps the horizontal frequencies 0...W/2 only, the others being their conjugates: H x M real parts, then H x M
/// imaginary ones, M = W/2 + 1. Values are those of NumPy's `rfft2` and `irfft2`: the inverse divides by H W, and ignores the
/// imaginary parts that a real picture cannot have.
final class RealFourierTransform: Sendable {
    let height: Int
    let width: Int
    /// The number of horizontal frequencies, M.
    let frequencies: Int
    private let plans: FourierPlans

    init(height: Int, width: Int) {
        (self.height, self.width) = (height, width)
        frequencies = width / 2 + 1
        plans = FourierPlans(height: height, width: width)
    }

    /// Real and imaginary parts of one channel's spectrum.
    var spectrumCount: Int { 2 * height * frequencies }
    var pictureCount: Int { height * width }
    /// Values of the real parts, and of the imaginary ones.
    private var half: Int { height * frequencies }

    /// How often a horizontal frequency occurs in the whole spectrum: once where it is its own conjugate.
    func multiplicity(of frequency: Int) -> Float { frequency == 0 || 2 * frequency == width ? 1 : 2 }

    /// Writes the picture of `spectrum` into `picture`, H x W.
    func inverse(_ spectrum: UnsafePointer<Float>, into picture: UnsafeMutablePointer<Float>) {
        withScratch { mixed in
            plans.alongColumns(spectrum, into: mixed, isInverse: true)
            clearOwnConjugates(mixed)
            plans.rowsToPicture(mixed, picture)
        }
        let scale = 1 / Float(pictureCount)
        for i in 0..<pictureCount { picture[i] *= scale }
    }

    /// Writes the gradient at the spectrum into `spectrum`, that at its picture being `picture`.
    func inverseAdjoint(_ picture: UnsafePointer<Float>, into spectrum: UnsafeMutablePointer<Float>) {
        let scale = 1 / Float(pictureCount)
        withScratch { mixed in
            plans.rowsToSpectrum(picture, mixed)
            clearOwnConjugates(mixed)
            for row in 0..<2 * height {
                for k in 0..<frequencies { mixed[row * frequencies + k] *= scale * multiplicity(of: k) }
            }
            plans.alongColumns(mixed, into: spectrum, isInverse: false)
        }
    }

    /// Writes the spectrum of `picture` into `spectrum`.
    func forward(_ picture: UnsafePointer<Float>, into spectrum: UnsafeMutablePointer<Float>) {
        withScratch { mixed in
            plans.rowsToSpectrum(picture, mixed)
            plans.alongColumns(mixed, into: spectrum, isInverse: false)
        }
    }

    /// Sets to zero the imaginary parts that a real row cannot have: FFTW leaves open what becomes of them.
    private func clearOwnConjugates(_ mixed: UnsafeMutablePointer<Float>) {
        for row in 0..<height {
            mixed[half + row * frequencies] = 0
            if width % 2 == 0 { mixed[half + row * frequencies + frequencies - 1] = 0 }
        }
    }

    private func withScratch(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: spectrumCount) { scratch in
            guard let base = scratch.baseAddress else { return }
            body(base)
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
