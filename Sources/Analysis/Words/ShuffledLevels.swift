import Dataset
import Network
import Tensors

/// What the best of all words reaches by chance: the images' activations are shuffled among the images, the same way for all units of a
/// layer, and the largest correlation over all words is taken each time (the maximum over hypotheses of Westfall and Young 1993, which
/// corrects for how many there are, and for how alike they are).
struct ShuffledLevels {
    static let shuffles = 200
    /// Of the maxima over shuffles. With 200 shuffles the level is the 191st of them: another would be above it in 10 of 201 cases.
    static let quantile: Float = 0.95

    let seed: UInt64
    let threads: Int

    /// The levels of the units `range`; nil where a unit is the same on all rows of the table.
    func levels(
        of range: Range<Int>, in table: LabelTable, _ rows: TableRows, _ words: ScaledWords, done: @escaping @Sendable (Int) -> Void
    ) throws -> [Float?] {
        let units = range.filter { rows.deviations[$0] > 0 }, count = rows.rows.count, width = table.width
        guard !units.isEmpty else { return range.map { _ in nil } }
        // Units x rows, so that each product is the correlation's.
        var standard = [Float](repeating: 0, count: units.count * count)
        for (place, unit) in units.enumerated() {
            let scale = 1 / (rows.deviations[unit] * Double(count))
            for (column, row) in rows.rows.enumerated() {
                standard[place * count + column] = Float((Double(table.activations[row * table.units + unit]) - rows.means[unit]) * scale)
            }
        }
        let (left, vectors, seed) = (standard, rows.centred, seed)
        nonisolated(unsafe) var maxima = units.map { _ in [Float]() }
        try OrderedWork.run(0..<Self.shuffles, threads: threads) {
            OneDNN.useThreads(1)
        } piece: { _, number -> [Float] in
            var random = RandomSource(seed: seed, stream: "words/shuffle/\(number)")
            let order = (0..<count).shuffled(using: &random)
            var directions = [Float](repeating: 0, count: units.count * width), part = [Float](repeating: 0, count: min(count, 512) * width)
            for begin in stride(from: 0, to: count, by: 512) {
                let images = begin..<min(begin + 512, count)
                for image in images {
                    part.replaceSubrange((image - begin) * width..<(image - begin + 1) * width, with: vectors[order[image] * width..<(order[image] + 1) * width])
                }
                try left.withUnsafeBufferPointer { left in
                    try part.withUnsafeBufferPointer { right in
                        try directions.withUnsafeMutableBufferPointer { result in
                            guard let left = left.baseAddress, let right = right.baseAddress, let target = result.baseAddress else { return }
                            try matrixProduct(
                                rows: units.count, columns: width, inner: images.count, left: left + begin, leftStride: count, right: right,
                                rightStride: width, transposed: false, beta: begin > 0 ? 1 : 0, result: target, resultStride: width)
                        }
                    }
                }
            }
            var largest = [Float](repeating: -1, count: units.count)
            try words.correlations(directions, rows: units.count) { range, values in
                for unit in largest.indices {
                    for place in 0..<range.count { largest[unit] = max(largest[unit], values[unit * range.count + place]) }
                }
            }
            return largest
        } deliver: { number, largest in
            for (unit, value) in largest.enumerated() { maxima[unit].append(value) }
            done(number + 1)
        }
        let found = Dictionary(uniqueKeysWithValues: zip(units, maxima.map(Self.level)))
        return range.map { found[$0] }
    }

    /// The quantile of what shuffles gave: the smallest value that another shuffle is above with a probability of at most 1 - `quantile`.
    static func level(_ maxima: [Float]) -> Float {
        let rank = Int((Double(quantile) * Double(maxima.count + 1)).rounded(.up))
        return maxima.sorted()[min(max(rank, 1), maxima.count) - 1]
    }
}
