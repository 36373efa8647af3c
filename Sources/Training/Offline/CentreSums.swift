import Tensors

/// What one iteration of Lloyd's algorithm adds up: of every centre the sum and number of the rows that it is nearest to; and the
/// rows that are farthest from theirs, which replace centres that no row is nearest to.
final class CentreSums {
    let count: Int
    let dimension: Int
    private(set) var counts: [Int]
    private var sums: [Double]
    /// The sum of squared distances to the nearest centre.
    private(set) var inertia = 0.0

    private struct Outlier {
        let distance: Float
        let values: [Float]
        let centre: Int
    }
    /// Farthest first, of equal ones the earlier.
    private var outliers: [Outlier] = []
    private let outlierLimit: Int

    init(count: Int, dimension: Int) {
        self.count = count
        self.dimension = dimension
        counts = Array(repeating: 0, count: count)
        sums = Array(repeating: 0, count: count * dimension)
        outlierLimit = min(count, 64)
    }

    /// Adds rows `range`, in their order, whatever the number of threads.
    func add(_ rows: PreparedRows, _ range: Range<Int>, numbers: UnsafePointer<Int32>, distances: UnsafePointer<Float>) {
        let dimension = dimension
        sums.withUnsafeMutableBufferPointer { sums in
            guard let first = sums.baseAddress else { return }
            // A thread adds its own columns.
            Parallel.ranges(dimension, minimum: range.count < 512 ? dimension : 16) { columns in
                for row in range {
                    let (from, to) = (rows.row(row), first + Int(numbers[row]) * dimension)
                    for column in columns { to[column] += Double(from[column]) }
                }
            }
        }
        for row in range {
            counts[Int(numbers[row])] += 1
            inertia += Double(distances[row])
            if outliers.count < outlierLimit || distances[row] > (outliers.last?.distance ?? 0) { keep(rows, row, numbers, distances) }
        }
    }

    private func keep(_ rows: PreparedRows, _ row: Int, _ numbers: UnsafePointer<Int32>, _ distances: UnsafePointer<Float>) {
        let place = outliers.firstIndex { $0.distance < distances[row] } ?? outliers.count
        let values = Array(UnsafeBufferPointer(start: rows.row(row), count: dimension))
        outliers.insert(Outlier(distance: distances[row], values: values, centre: Int(numbers[row])), at: place)
        if outliers.count > outlierLimit { outliers.removeLast() }
    }

    /// The means of the centres' rows. A centre without rows takes the place of a row that is far from its own, which loses it, as
    /// scikit-learn does; `centres`, those that rows were compared with, stay where no such row is left.
    func means(insteadOf centres: [Float]) -> [Float] {
        var (result, counts, sums, next) = (centres, counts, sums, 0)
        for number in 0..<count where counts[number] == 0 {
            while next < outliers.count, outliers[next].distance == 0 || counts[outliers[next].centre] < 2 { next += 1 }
            guard next < outliers.count else { break }
            let outlier = outliers[next]
            next += 1
            counts[outlier.centre] -= 1
            counts[number] = 1
            for column in 0..<dimension {
                sums[outlier.centre * dimension + column] -= Double(outlier.values[column])
                sums[number * dimension + column] = Double(outlier.values[column])
            }
        }
        for number in 0..<count where counts[number] > 0 {
            let scale = 1 / Double(counts[number])
            for column in number * dimension..<(number + 1) * dimension { result[column] = Float(sums[column] * scale) }
        }
        return result
    }
}
