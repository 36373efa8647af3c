import Tensors

/// A linear classifier of features, fitted in closed form: ridge regression of standardised features to the classes, one of which is 1 and the
/// others 0 (Alain and Bengio 2017, *Understanding intermediate layers using linear classifier probes*; here least squares in place of a
/// softmax, so that there is nothing to tune or to wait for). What scikit-learn's `RidgeClassifier` behind a `StandardScaler` decides.
struct LinearProbe: Sendable {
    private let means: [Double]
    /// 1 over the standard deviation; 1 where a feature is constant.
    private let scales: [Double]
    /// Classes x features.
    private let weights: [Double]
    private let intercepts: [Double]

    /// Fits `rows` of `count` features each to `labels`.
    ///
    /// - Parameters:
    ///   - labels: the class of each row, below `classes`.
    ///   - strength: what is added to the diagonal of the features' covariance, which is 1.
    /// - Throws: `Problem` when features are not finite.
    init(_ rows: [Float], count: Int, labels: [Int], classes: Int, strength: Double = 1e-3) throws {
        let images = labels.count
        precondition(count > 0 && images > 0 && rows.count == images * count && labels.allSatisfy { 0..<classes ~= $0 }, "a label for every row")
        var sums = [Double](repeating: 0, count: count), squares = sums
        for image in 0..<images { for feature in 0..<count { sums[feature] += Double(rows[image * count + feature]) } }
        let means = sums.map { $0 / Double(images) }
        for image in 0..<images {
            for feature in 0..<count {
                let distance = Double(rows[image * count + feature]) - means[feature]
                squares[feature] += distance * distance
            }
        }
        let scales = squares.map { $0 > 0 ? 1 / ($0 / Double(images)).squareRoot() : 1 }
        // Products with the classes are sums over their images.
        var product = [Double](repeating: 0, count: count * count), targets = [Double](repeating: 0, count: classes * count)
        var shares = [Double](repeating: 0, count: classes)
        let block = max(1, (1 << 20) / count)
        for first in stride(from: 0, to: images, by: block) {
            let range = first..<min(first + block, images)
            var standard = [Double](repeating: 0, count: range.count * count)
            for image in range {
                for feature in 0..<count {
                    let value = (Double(rows[image * count + feature]) - means[feature]) * scales[feature]
                    standard[(image - first) * count + feature] = value
                    targets[labels[image] * count + feature] += value
                }
                shares[labels[image]] += 1
            }
            try addSymmetricProduct(of: standard, columns: count, to: &product)
        }
        for row in 0..<count { for column in row + 1..<max(row + 1, count) { product[row * count + column] = product[column * count + row] } }
        let system = try SymmetricEigendecomposition(of: product, order: count)
        let ridge = strength * Double(images)
        var weights = [Double](repeating: 0, count: classes * count)
        for number in 0..<classes where shares[number] > 0 {
            for place in 0..<count {
                let vector = system.vectors[place * count..<(place + 1) * count]
                var along = 0.0
                for (feature, value) in vector.enumerated() { along += value * targets[number * count + feature] }
                along /= max(0, system.values[place]) + ridge
                for (feature, value) in vector.enumerated() { weights[number * count + feature] += along * value }
            }
        }
        (self.means, self.scales, self.weights) = (means, scales, weights)
        // A class that is not there is never the answer.
        intercepts = shares.map { $0 > 0 ? $0 / Double(images) : -.infinity }
    }

    /// The class of each of `rows`, the first of equals.
    func classes(of rows: [Float]) -> [Int] {
        let count = means.count
        return (0..<rows.count / count).map { image in
            let standard = (0..<count).map { (Double(rows[image * count + $0]) - means[$0]) * scales[$0] }
            var best = (number: 0, score: -Double.infinity)
            for (number, intercept) in intercepts.enumerated() {
                var score = intercept
                for feature in 0..<count { score += weights[number * count + feature] * standard[feature] }
                if score > best.score { best = (number, score) }
            }
            return best.number
        }
    }
}
