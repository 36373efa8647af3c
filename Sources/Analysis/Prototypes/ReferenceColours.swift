import Tensors

/// What coordinates want to know of a picture's references: how strong frequencies are in them, and how their colours go together.
struct ReferenceColours {
    private let transform: RealFourierTransform
    private let channels: Int
    /// Summed over references and channels: the power in each ring of frequencies, and how many values it has.
    private var power: [Double]
    private var counts: [Int]
    /// Which ring a place of the half plane is in: rings are one step of the shorter side's frequencies wide.
    private let rings: [Int]
    /// C x C, summed over references: products of channels about their mean over the picture.
    private var products: [Double]
    private var references = 0

    init(transform: RealFourierTransform, channels: Int) {
        self.transform = transform
        self.channels = channels
        let shorter = Float(min(transform.height, transform.width))
        rings = transform.radialFrequencies.map { Int(($0 * shorter).rounded()) }
        power = Array(repeating: 0, count: (rings.max() ?? 0) + 1)
        counts = Array(repeating: 0, count: power.count)
        products = Array(repeating: 0, count: channels * channels)
    }

    /// Adds a reference as the network sees it: C x H x W.
    mutating func add(_ image: UnsafePointer<Float>) {
        references += 1
        let area = transform.pictureCount, half = transform.spectrumCount / 2
        var spectrum = [Float](repeating: 0, count: 2 * half)
        for channel in 0..<channels {
            transform.forward(image + channel * area, into: &spectrum)
            for place in 0..<half {
                let multiplicity = transform.multiplicity(of: place % transform.frequencies)
                power[rings[place]] += Double(multiplicity * (spectrum[place] * spectrum[place] + spectrum[half + place] * spectrum[half + place]))
                counts[rings[place]] += Int(multiplicity)
            }
        }
        let means = (0..<channels).map { channel in
            (0..<area).reduce(0.0) { $0 + Double(image[channel * area + $1]) } / Double(area)
        }
        for first in 0..<channels {
            for second in 0..<channels {
                products[first * channels + second] += (0..<area).reduce(0.0) {
                    $0 + (Double(image[first * area + $1]) - means[first]) * (Double(image[second * area + $1]) - means[second])
                }
            }
        }
    }

    /// The root of the mean power at a frequency in cycles per pixel; 1 where there are no references.
    var amplitude: (Float) -> Float {
        let shorter = Float(min(transform.height, transform.width))
        let roots = zip(power, counts).map { $1 > 0 ? Float(($0 / Double($1)).squareRoot()) : 0 }
        // What the references do not have at all could never come into the picture.
        let least = 1e-3 * (roots.max() ?? 0)
        return { frequency in least > 0 ? max(roots[min(roots.count - 1, Int((frequency * shorter).rounded()))], least) : 1 }
    }

    /// C x C: uncorrelated colours of variance 1 become the network's channels with the references' covariance, divided by their mean variance.
    ///
    /// - Throws: `Problem` when references are not finite.
    func mixture() throws -> [[Float]] {
        let variance = (0..<channels).reduce(0.0) { $0 + products[$1 * channels + $1] } / Double(channels)
        guard variance > 0 else { return (0..<channels).map { row in (0..<channels).map { $0 == row ? 1 : 0 } } }
        let found = try SymmetricEigendecomposition(of: products.map { $0 / variance }, order: channels)
        // A grey reference has one colour; a tenth of the mean of every other lets a picture have them, too.
        let lengths = found.values.map { max($0, 0.01).squareRoot() }
        return (0..<channels).map { row in (0..<channels).map { Float(found.vectors[$0 * channels + row] * lengths[$0]) } }
    }
}
