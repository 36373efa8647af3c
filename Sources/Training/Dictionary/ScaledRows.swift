import Diagnostics
import Tensors

/// A random sample of the rows of a source, scaled so that their mean squared distance from their mean is 1.
struct ScaledRows {
    /// Row by row.
    let values: [Float]
    let count: Int
    /// What the rows were divided by.
    let scale: Float
    /// Of the scaled rows.
    let mean: [Float]
    /// The mean squared distance of a scaled row from the mean of all: 1 but for rounding.
    let variance: Double

    /// Keeps as many rows as `megabytes` hold, `atLeast` at the least.
    ///
    /// - Throws: a `Problem` when rows are not numbers, or all the same.
    init(of source: some FeatureSource, channels: Int, atLeast: Int, megabytes: Int, seed: UInt64) throws {
        let capacity = max(atLeast, (megabytes << 20) / (channels * MemoryLayout<Float>.size))
        var sample = RowSample(capacity: capacity, dimension: channels, random: RandomSource(seed: seed, stream: "dictionary/rows"))
        try source.forEachBatch { batch in
            for row in 0..<batch.rows { sample.add(batch.values + row * channels) }
        }
        var rows = sample.values
        let count = sample.rows
        guard rows.allSatisfy(\.isFinite) else {
            throw Problem("The layer’s activations are not finite", remedy: "Check the network with `vitrine inspect`: a trained one has finite ones.")
        }
        var mean = [Double](repeating: 0, count: channels), squares = 0.0
        for row in 0..<count {
            for channel in 0..<channels {
                let value = Double(rows[row * channels + channel])
                mean[channel] += value
                squares += value * value
            }
        }
        for channel in 0..<channels { mean[channel] /= Double(count) }
        let spread = squares / Double(count) - mean.reduce(0) { $0 + $1 * $1 }
        guard spread > 1e-12 * squares / Double(count) else {
            throw Problem("The layer has one value at all positions of all images", remedy: "Choose another layer, or more images.")
        }
        let scale = Float(spread.squareRoot())
        for place in rows.indices { rows[place] /= scale }
        (values, self.count, self.scale) = (rows, count, scale)
        self.mean = mean.map { Float($0) / scale }
        variance = spread / (Double(scale) * Double(scale))
    }
}
