/// The mean and the covariance of vectors, gathered one vector at a time: memory for the features squared, however many vectors
/// there are (Welford 1962; pieces are joined as in Chan, Golub and LeVeque 1979).
struct FeatureDistribution: Sendable {
    let features: Int
    private(set) var count = 0
    private(set) var mean: [Double]
    /// Sums of products of deviations from the mean: features x features, the lower triangle.
    private var products: [Double]

    init(features: Int) {
        self.features = features
        mean = Array(repeating: 0, count: features)
        products = Array(repeating: 0, count: features * features)
    }

    mutating func add(_ vector: [Float]) {
        precondition(vector.count == features, "\(vector.count) values, not \(features)")
        count += 1
        let deviation = zip(vector, mean).map { Double($0) - $1 }
        for index in 0..<features { mean[index] += deviation[index] / Double(count) }
        addProducts(of: deviation, weight: Double(count - 1) / Double(count))
    }

    /// Adds all vectors of `other`.
    mutating func add(_ other: FeatureDistribution) {
        precondition(other.features == features, "\(other.features) values, not \(features)")
        guard other.count > 0 else { return }
        let total = Double(count + other.count)
        let deviation = zip(other.mean, mean).map { $0 - $1 }
        addProducts(of: deviation, weight: Double(count) * Double(other.count) / total)
        for index in products.indices { products[index] += other.products[index] }
        for index in 0..<features { mean[index] += deviation[index] * Double(other.count) / total }
        count += other.count
    }

    private mutating func addProducts(of deviation: [Double], weight: Double) {
        guard weight != 0 else { return }
        products.withUnsafeMutableBufferPointer { products in
            deviation.withUnsafeBufferPointer { deviation in
                for row in 0..<features {
                    let (factor, begin) = (weight * deviation[row], row * features)
                    for column in 0...row { products[begin + column] += factor * deviation[column] }
                }
            }
        }
    }

    /// The unbiased covariance (division by `count - 1`), features x features, both triangles; zero for fewer than two vectors.
    var covariance: [Double] {
        var result = products
        let scale = count > 1 ? 1 / Double(count - 1) : 0
        for row in 0..<features {
            for column in 0...row {
                let value = products[row * features + column] * scale
                result[row * features + column] = value
                result[column * features + row] = value
            }
        }
        return result
    }
}
