/// The spectrum of every channel as coordinates, each frequency with an amplitude of its own: `irfft2(amplitude * coordinates)`
/// (after Olah et al., Distill 2017, whose amplitude is 1/f).
///
/// Coordinates are C x 2 x H x M, real and imaginary parts of a half plane as `RealFourierTransform` has them.
struct FourierBasis: PictureBasis {
    private let transform: RealFourierTransform
    private let channels: Int
    /// H x M.
    private var amplitudes: [Float]
    private let frequencies: [Float]

    /// `amplitude` of a frequency in cycles per pixel, of any scale: it is set so that coordinates from N(0, 1) make pictures of variance 1.
    init(transform: RealFourierTransform, channels: Int, amplitude: (Float) -> Float) {
        self.transform = transform
        self.channels = channels
        frequencies = transform.radialFrequencies
        // The constant part counts as the lowest frequency there is.
        let lowest = 1 / Float(max(transform.height, transform.width))
        let shape = frequencies.map { amplitude(max($0, lowest)) }
        // Both parts of a frequency together have in every pixel the variance (multiplicity * amplitude / (H W))^2.
        let power = shape.enumerated().reduce(0.0) { sum, entry in
            let value = Double(transform.multiplicity(of: entry.offset % transform.frequencies) * entry.element)
            return sum + value * value
        }
        let scale = power > 0 ? Double(transform.pictureCount) / power.squareRoot() : 0
        amplitudes = shape.map { Float(scale * Double($0)) }
    }

    var count: Int { channels * transform.spectrumCount }

    func write(_ coordinates: UnsafePointer<Float>, into picture: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: transform.spectrumCount) { spectrum in
            guard let spectrum = spectrum.baseAddress else { return }
            for channel in 0..<channels {
                scale(coordinates + channel * transform.spectrumCount, into: spectrum)
                transform.inverse(spectrum, into: picture + channel * transform.pictureCount)
            }
        }
    }

    func pullback(_ gradient: UnsafePointer<Float>, into slopes: UnsafeMutablePointer<Float>) {
        for channel in 0..<channels {
            let part = slopes + channel * transform.spectrumCount
            transform.inverseAdjoint(gradient + channel * transform.pictureCount, into: part)
            scale(part, into: part)
        }
    }

    func limited(to band: Float) -> FourierBasis {
        var result = self
        for (place, frequency) in frequencies.enumerated() where frequency > band { result.amplitudes[place] = 0 }
        return result
    }

    /// Multiplies a spectrum, 2 x H x M, with the amplitudes.
    private func scale(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
        let count = amplitudes.count
        amplitudes.withUnsafeBufferPointer { amplitudes in
            for i in 0..<count {
                target[i] = source[i] * amplitudes[i]
                target[count + i] = source[count + i] * amplitudes[i]
            }
        }
    }
}
