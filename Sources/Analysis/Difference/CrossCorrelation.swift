/// How the units of a layer go together with those of another network's over the same images: sums of products of their largest
/// activations in each image, from which Pearson's correlation follows. Images are added in order, so sums have the same bits whatever
/// the number of threads.
struct CrossCorrelation {
    /// Layers of more units are not compared: memory grows with the product, 134 MB here.
    static let most = 4096

    private(set) var images = 0
    private var first: Side
    private var second: Side
    /// First times second, deviations from the pivots.
    private var products: [Double]

    /// One of the two layers.
    private struct Side {
        let units: Int
        /// The first image's values, which are taken off all: little is lost to cancellation, and a constant unit varies by exactly zero.
        var pivot: [Double] = []
        var sums: [Double]
        var squares: [Double]

        init(units: Int) {
            self.units = units
            sums = Array(repeating: 0, count: units)
            squares = sums
        }

        /// Takes the values of one image over, and returns their deviations from the pivot.
        mutating func add(_ values: ArraySlice<Float>) -> [Double] {
            if pivot.isEmpty { pivot = values.map(Double.init) }
            let deviations = zip(values, pivot).map { Double($0) - $1 }
            for unit in 0..<units {
                sums[unit] += deviations[unit]
                squares[unit] += deviations[unit] * deviations[unit]
            }
            return deviations
        }

        /// One over the square root of the sum of squared deviations from the mean; not a number for a unit that is the same on all images.
        func scales(images: Int) -> [Double] {
            (0..<units).map { unit in
                let square = squares[unit] - sums[unit] * sums[unit] / Double(images), mean = sums[unit] / Double(images) + pivot[unit]
                // Below what single precision makes of a constant.
                return square > 1e-12 * Double(images) * mean * mean && square > 0 ? 1 / square.squareRoot() : .nan
            }
        }
    }

    init(units first: Int, and second: Int) {
        self.first = Side(units: first)
        self.second = Side(units: second)
        products = Array(repeating: 0, count: first * second)
    }

    /// Adds image `slot` of the summaries that two networks give of the same batch.
    mutating func add(_ one: LayerSummary, _ other: LayerSummary, slot: Int) {
        add(one.maximum[slot * one.units..<(slot + 1) * one.units], other.maximum[slot * other.units..<(slot + 1) * other.units])
    }

    /// Adds an image: a value of each unit.
    mutating func add(_ one: ArraySlice<Float>, _ other: ArraySlice<Float>) {
        let rows = first.add(one), columns = second.add(other)
        images += 1
        products.withUnsafeMutableBufferPointer { products in
            columns.withUnsafeBufferPointer { columns in
                for (row, value) in rows.enumerated() where value != 0 {
                    let start = row * columns.count
                    for column in columns.indices { products[start + column] += value * columns[column] }
                }
            }
        }
    }

    /// All correlations; of fewer than two images none is defined.
    func matrix() -> CorrelationMatrix {
        let rows = first.scales(images: max(1, images)), columns = second.scales(images: max(1, images))
        var values = [Float](repeating: .nan, count: products.count)
        for row in rows.indices where rows[row].isFinite {
            for column in columns.indices where columns[column].isFinite {
                let place = row * columns.count + column
                let covariance = products[place] - first.sums[row] * second.sums[column] / Double(images)
                let value = covariance * rows[row] * columns[column]
                if value.isFinite { values[place] = Float(min(1, max(-1, value))) }
            }
        }
        return CorrelationMatrix(values: values, constantRows: rows.map { !$0.isFinite }, constantColumns: columns.map { !$0.isFinite })
    }
}
