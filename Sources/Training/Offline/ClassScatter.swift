import Diagnostics
import Tensors

/// Counts, means and scatter of labelled feature vectors by class, added up in double precision in one pass.
struct ClassScatter {
    let dimension: Int
    private(set) var counts: [Int]
    /// Close to the mean of all rows, and taken off them, so that nothing cancels: the mean of the first chunk.
    private var shift: [Float]?
    /// Classes x dimension, of shifted rows.
    private var sums: [Double]
    /// Of shifted rows: dimension x dimension, the lower triangle.
    private var products: [Double]
    private var rows: [Double] = []

    init(classes: Int, dimension: Int) {
        self.dimension = dimension
        counts = Array(repeating: 0, count: classes)
        sums = Array(repeating: 0, count: classes * dimension)
        products = Array(repeating: 0, count: dimension * dimension)
    }

    /// Adds the rows that have a class.
    mutating func add(_ batch: FeatureBatch) throws {
        let shift = shift ?? Self.mean(of: batch, dimension: dimension)
        guard shift.allSatisfy(\.isFinite) else { throw FeatureProblem.notFinite }
        self.shift = shift
        rows.removeAll(keepingCapacity: true)
        rows.reserveCapacity(batch.rows * dimension)
        for row in 0..<batch.rows where batch.labels[row] >= 0 {
            let (values, label) = (batch.values + row * dimension, Int(batch.labels[row]))
            counts[label] += 1
            for column in 0..<dimension {
                let value = Double(values[column]) - Double(shift[column])
                rows.append(value)
                sums[label * dimension + column] += value
            }
        }
        try addSymmetricProduct(of: rows, columns: dimension, to: &products)
    }

    private static func mean(of batch: FeatureBatch, dimension: Int) -> [Float] {
        var sums = [Double](repeating: 0, count: dimension)
        for row in 0..<batch.rows {
            for column in 0..<dimension { sums[column] += Double(batch.values[row * dimension + column]) }
        }
        return sums.map { Float($0 / Double(max(1, batch.rows))) }
    }

    /// The mean of all rows, and the covariances within and between classes, each divided by the number of all rows.
    func covariances() -> (mean: [Double], within: [Double], between: [Double]) {
        let total = Double(counts.reduce(0, +)), classes = counts.indices.filter { counts[$0] > 0 }
        let shifted = (0..<dimension).map { column in classes.reduce(0) { $0 + sums[$1 * dimension + column] } / total }
        var within = [Double](repeating: 0, count: dimension * dimension), between = within
        let means = classes.map { label in
            (0..<dimension).map { sums[label * dimension + $0] / Double(counts[label]) }
        }
        let shares = classes.map { Double(counts[$0]) / total }
        for row in 0..<dimension {
            for column in 0...row {
                var (inside, outside) = (products[row * dimension + column] / total, 0.0)
                for (mean, share) in zip(means, shares) {
                    inside -= share * mean[row] * mean[column]
                    outside += share * (mean[row] - shifted[row]) * (mean[column] - shifted[column])
                }
                for place in [row * dimension + column, column * dimension + row] {
                    within[place] = inside
                    between[place] = outside
                }
            }
        }
        let mean = shifted.enumerated().map { $1 + Double(shift?[$0] ?? 0) }
        return (mean, within, between)
    }
}
