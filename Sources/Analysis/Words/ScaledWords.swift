import Dataset
import Network
import Tensors

/// Words whose likeness to images has the same spread, whichever word: the product with a unit's covariance with vectors (see
/// `AssociationSums.directions`) is Pearson's correlation of the unit with the likeness.
///
/// This is the cosine of both, each less its mean, of the functions that Oikarinen and Weng 2023 ("CLIP-Dissect: Automatic Description of
/// Neuron Representations in Deep Vision Networks", ICLR) compare units and words by.
struct ScaledWords: Sendable {
    let count, width: Int
    /// Words x width; zeros for a word that is as like to all images.
    private let values: [Float]

    /// - Parameter covariance: of the vectors of images, width x width.
    init(_ words: WordVectors, covariance: [Double]) {
        (count, width) = (words.words.count, words.width)
        let (count, width) = (count, width)
        // Unit vectors vary by 1 at most: below this is rounding.
        let least = 1e-12
        values = [Float](unsafeUninitializedCapacity: count * width) { target, filled in
            nonisolated(unsafe) let target = target
            Parallel.ranges(count, minimum: 64) { range in
                for word in range {
                    let start = word * width
                    var variance = 0.0
                    for row in 0..<width {
                        var sum = 0.0
                        for column in 0..<width { sum += covariance[row * width + column] * Double(words.values[start + column]) }
                        variance += sum * Double(words.values[start + row])
                    }
                    let scale = variance > least ? 1 / variance.squareRoot() : 0
                    for place in 0..<width { target[start + place] = Float(Double(words.values[start + place]) * scale) }
                }
            }
            filled = count * width
        }
    }

    /// Calls `look` with the correlations of `rows` directions (rows x width) with some words after the other: rows x words of the range.
    func correlations(_ directions: [Float], rows: Int, _ look: (_ words: Range<Int>, UnsafePointer<Float>) throws -> Void) throws {
        let step = min(count, max(16, (1 << 20) / max(1, rows)))
        var result = [Float](repeating: 0, count: rows * step)
        for begin in stride(from: 0, to: count, by: step) {
            let range = begin..<min(begin + step, count)
            try values.withUnsafeBufferPointer { words in
                try directions.withUnsafeBufferPointer { left in
                    try result.withUnsafeMutableBufferPointer { result in
                        guard let left = left.baseAddress, let right = words.baseAddress, let target = result.baseAddress else { return }
                        try matrixProduct(
                            rows: rows, columns: range.count, inner: width, left: left, leftStride: width, right: right + begin * width,
                            rightStride: width, transposed: true, result: target, resultStride: range.count)
                        try look(range, target)
                    }
                }
            }
        }
    }

    /// The `most` words with the largest correlation to each of `directions`, largest first; of equal ones the first.
    func best(_ most: Int, of directions: [[Float]?], threads: Int) throws -> [[(word: Int, correlation: Float)]] {
        let present = directions.indices.filter { directions[$0] != nil }, step = 64
        nonisolated(unsafe) var result = directions.map { _ in [(word: Int, correlation: Float)]() }
        try OrderedWork.run(0..<(present.count + step - 1) / step, threads: threads) {
            // With several threads the last bits of a product would depend on how many.
            OneDNN.useThreads(1)
        } piece: { _, block -> [[(word: Int, correlation: Float)]] in
            let part = present[block * step..<min((block + 1) * step, present.count)]
            var best = part.map { _ in [(word: Int, correlation: Float)]() }
            try correlations(part.flatMap { directions[$0] ?? [] }, rows: part.count) { range, values in
                for row in best.indices {
                    for word in range {
                        let value = min(1, max(-1, values[row * range.count + word - range.lowerBound]))
                        if best[row].count == most, let last = best[row].last, value <= last.correlation { continue }
                        let place = best[row].firstIndex { $0.correlation < value } ?? best[row].count
                        best[row].insert((word, value), at: place)
                        if best[row].count > most { best[row].removeLast() }
                    }
                }
            }
            return best
        } deliver: { block, best in
            for (place, words) in best.enumerated() { result[present[block * step + place]] = words }
        }
        return result
    }
}
