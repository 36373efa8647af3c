import Dataset
import Diagnostics
import Foundation
import Images
import Tensors

/// The mean magnitude spectrum of real images: what MACO keeps fixed.
enum MagnitudeSpectrum {
    /// Returns the mean of `|rfft2|` of each uncorrelated colour of the run's images as the network sees them, at the size of
    /// `transform`: 3 x H x M.
    ///
    /// Colours are those that `sigmoid(A t)` has to make, to first order: `A^-1 (x - 1/2)` for x in [0, 1]; a common factor does not
    /// matter to MACO. At most `count` images are looked at, evenly spaced; those that cannot be read are left out. Throws
    /// a `Problem` when none can.
    static func mean(of images: RealImages, count: Int, transform: RealFourierTransform, threads: Int) throws -> [Float] {
        let centred = try Preprocessing(
            resize: nil, cropHeight: transform.height, cropWidth: transform.width, mean: [0.5, 0.5, 0.5], standardDeviation: [1, 1, 1])
        let preprocessing = try images.preprocessing.scaled(toHeight: transform.height, width: transform.width).normalising(as: centred)
        let chosen = min(count, images.count)
        let total = Total(count: 3 * transform.spectrumCount / 2)
        let numbers = (0..<chosen).map { $0 * images.count / chosen }
        let reader = ImageReader(RealImages(folder: images.folder, preprocessing: preprocessing, labels: images.labels))
        try reader.forEachBatch(of: numbers, size: 1, threads: threads) {
        } look: { _, batch in
            batch.pictures.map { $0.map { magnitudes(of: $0, preprocessing, transform) } }
        } deliver: { _, results in
            for case let magnitudes? in results { total.add(magnitudes) }
        }
        guard total.images > 0 else {
            throw Problem(
                "MACO needs real images, and none in \(images.folder.path) can be read",
                explanation: "It keeps their mean magnitude spectrum.", kind: .usage)
        }
        return total.sums.map { Float($0 / Double(total.images)) }
    }

    private static func magnitudes(
        of picture: Picture, _ preprocessing: Preprocessing, _ transform: RealFourierTransform
    ) -> [Float] {
        let area = transform.pictureCount, half = transform.spectrumCount / 2
        var values = [Float](repeating: 0, count: 3 * area), spectrum = [Float](repeating: 0, count: 2 * half)
        preprocessing.tensorValues(of: picture, into: &values)
        DecorrelatedColours.mix(&values, area: area, by: DecorrelatedColours.inverse)
        var result: [Float] = []
        for colour in 0..<3 {
            values.withUnsafeBufferPointer {
                guard let values = $0.baseAddress else { return }
                transform.forward(values + colour * area, into: &spectrum)
            }
            result += (0..<half).map { (spectrum[$0] * spectrum[$0] + spectrum[half + $0] * spectrum[half + $0]).squareRoot() }
        }
        return result
    }

    /// Added to by one thread at a time, in the order of the images.
    private final class Total: @unchecked Sendable {
        var sums: [Double]
        var images = 0

        init(count: Int) { sums = Array(repeating: 0, count: count) }

        func add(_ magnitudes: [Float]) {
            images += 1
            for (i, magnitude) in magnitudes.enumerated() { sums[i] += Double(magnitude) }
        }
    }
}
