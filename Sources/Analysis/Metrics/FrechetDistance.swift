import Tensors

/// The Fréchet distance between two Gaussians, squared: `|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))` (Dowson and Landau 1982; on a
/// network's features FID, Heusel et al. 2017).
///
/// `tr (S1 S2)^(1/2)` is `tr (S1^(1/2) S2 S1^(1/2))^(1/2)`, whose matrix is symmetric and without negative eigenvalues even where the
/// covariances are singular, as they are with fewer vectors than features. The distance of samples depends on how many there are:
/// compare those of equal numbers only.
struct FrechetDistance {
    private let reference: FeatureDistribution
    private let trace: Double
    /// The symmetric square root of the reference's covariance.
    private let root: [Double]

    /// Distances to `reference`, whose root is taken once. Nil when it has fewer than two vectors.
    init?(to reference: FeatureDistribution) throws {
        guard reference.count > 1 else { return nil }
        self.reference = reference
        let covariance = reference.covariance
        trace = Self.trace(of: covariance, order: reference.features)
        let decomposition = try SymmetricEigendecomposition(of: covariance, order: reference.features)
        // Rows of eigenvectors scaled by the fourth roots: their products with themselves are the square root.
        var scaled = decomposition.vectors
        for (row, value) in decomposition.values.enumerated() {
            let factor = max(0, value).squareRoot().squareRoot()
            for column in 0..<reference.features { scaled[row * reference.features + column] *= factor }
        }
        root = try squareMatrixProduct(scaled, scaled, order: reference.features, transposesLeft: true)
    }

    /// The distance of `other`, over the same features; nil when it has fewer than two vectors.
    func distance(of other: FeatureDistribution) throws -> Double? {
        let order = reference.features
        precondition(other.features == order, "distributions over the same features")
        guard other.count > 1 else { return nil }
        let means = zip(reference.mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let covariance = other.covariance
        let product = try squareMatrixProduct(squareMatrixProduct(root, covariance, order: order), root, order: order)
        // Rounding makes small negative values of zeros.
        let roots = try SymmetricEigendecomposition(of: product, order: order, vectors: false).values.reduce(0) {
            $0 + max(0, $1).squareRoot()
        }
        return max(0, means + trace + Self.trace(of: covariance, order: order) - 2 * roots)
    }

    private static func trace(of matrix: [Double], order: Int) -> Double {
        (0..<order).reduce(0) { $0 + matrix[$1 * order + $1] }
    }
}
