import Tensors

/// Some rows of a table of labels, each column less its mean over these rows.
struct TableRows {
    let rows: [Int]
    /// Of every unit over the rows; a deviation of 0 where it is the same in all.
    let means, deviations: [Double]
    /// Rows x width: vectors less their mean.
    let centred: [Float]
    /// Of the vectors, width x width.
    let covariance: [Double]

    init(_ rows: [Int], of table: LabelTable) throws {
        self.rows = rows
        let count = Double(max(1, rows.count)), units = table.units, width = table.width
        var sums = [Double](repeating: 0, count: units), squares = sums
        for row in rows {
            for unit in 0..<units {
                let value = Double(table.activations[row * units + unit])
                sums[unit] += value
                squares[unit] += value * value
            }
        }
        means = sums.map { $0 / count }
        deviations = zip(means, squares).map { mean, square in
            let variance = square / count - mean * mean
            return variance > 1e-12 * square / count && variance > 0 ? variance.squareRoot() : 0
        }
        var mean = [Double](repeating: 0, count: width)
        for row in rows { for place in 0..<width { mean[place] += Double(table.vectors[row * width + place]) / count } }
        var centred = [Float](repeating: 0, count: rows.count * width)
        for (number, row) in rows.enumerated() {
            for place in 0..<width { centred[number * width + place] = Float(Double(table.vectors[row * width + place]) - mean[place]) }
        }
        self.centred = centred
        var moments = [Double](repeating: 0, count: width * width)
        if width > 0 {
            for begin in stride(from: 0, to: rows.count, by: 256) {
                let part = centred[begin * width..<min(begin + 256, rows.count) * width]
                try addSymmetricProduct(of: part.map(Double.init), columns: width, to: &moments)
            }
            for row in 0..<width { for column in 0..<row { moments[column * width + row] = moments[row * width + column] } }
        }
        covariance = moments.map { $0 / count }
    }

    /// As `AssociationSums.directions`, of the rows.
    func directions(of range: Range<Int>, in table: LabelTable) -> [[Float]?] {
        let count = Double(max(1, rows.count)), width = table.width
        return range.map { unit in
            guard deviations[unit] > 0 else { return nil }
            var result = [Double](repeating: 0, count: width)
            for (number, row) in rows.enumerated() {
                let own = (Double(table.activations[row * table.units + unit]) - means[unit]) / (deviations[unit] * count)
                for place in 0..<width { result[place] += own * Double(centred[number * width + place]) }
            }
            return result.map { Float($0) }
        }
    }
}
