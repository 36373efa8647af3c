public import Diagnostics
import Tensors

/// Linear discriminant analysis (Fisher 1936, Rao 1948): the directions in which classes differ most for how much their members
/// differ. letKD looks for sub-classes in them.
///
/// With the covariances within and between classes `Sw` and `Sb`, each divided by the number of rows, the scalings `w` solve
/// `Sb w = lambda Sw w` with `w^T Sw w = 1`, the largest lambda first: scikit-learn's `LinearDiscriminantAnalysis(solver="eigen")`. The
/// sign of each is such that its largest entry is positive.
///
/// Where `Sw` is singular, since a channel is constant within classes or a sum of others, the directions without variance in it are
/// left out, as scikit-learn's `svd` solver does: those of which the correlations within classes have an eigenvalue up to 1e-8.
public struct DiscriminantAnalysis: Sendable, Equatable {
    /// Of all labelled rows.
    public let mean: [Float]
    /// Dimension x components.
    public let scalings: [Float]
    public let components: Int
    /// Lambda of every component that there is, not only of those kept, the largest first: the variance between classes for each
    /// unit of variance within.
    public let eigenvalues: [Double]
    /// Labelled rows by class.
    public let counts: [Int]

    public var dimension: Int { mean.count }
    /// What each component that there is has of the variance between classes.
    public var shares: [Double] {
        let sum = eigenvalues.reduce(0, +)
        return eigenvalues.map { sum > 0 ? $0 / sum : 0 }
    }

    /// Eigenvalues of correlations up to which a direction counts as one without variance.
    private static let singular = 1e-8

    /// Analyses the labelled rows of `source` in one pass and keeps `components` directions; nil for one less than classes, but 60 at
    /// most, as letKD has for 100 classes.
    ///
    /// - Throws: `Problem` when there are fewer than two classes, a class has no rows, more components are asked for than there are,
    ///   or a feature is not finite; what `source` throws.
    public init(
        _ source: some FeatureSource, components wanted: Int? = nil, progress: any ProgressReport = SilentProgress()
    ) throws {
        try Self.check(components: wanted, classNames: source.classNames, dimension: source.dimension)
        let names = source.classNames, dimension = source.dimension
        progress.begin("Discriminant analysis", total: 1, done: 0)
        defer { progress.end() }
        var scatter = ClassScatter(classes: names.count, dimension: dimension)
        try source.forEachChunk(of: min(2048, type(of: source).chunkRows(stride: dimension))) { try scatter.add($0) }
        if let missing = scatter.counts.firstIndex(of: 0) {
            throw Problem(
                "Class '\(names[missing])' has no images that could be used", explanation: "Every class needs some to be told from others.",
                remedy: "Add images of it, or leave the class out.", kind: .usage)
        }
        let (mean, within, between) = scatter.covariances()
        guard mean.allSatisfy(\.isFinite), within.allSatisfy(\.isFinite) else { throw FeatureProblem.notFinite }
        let whitening = try Self.whitening(within, total: between, order: dimension)
        let whitened = try squareMatrixProduct(
            squareMatrixProduct(whitening.matrix, between, order: dimension, transposesLeft: true), whitening.matrix, order: dimension)
        let found = try SymmetricEigendecomposition(of: whitened, order: dimension)
        // Eigenvectors lie in rows: transposed, the whitening times each is a scaling.
        let available = min(names.count - 1, whitening.rank)
        let kept = wanted ?? min(available, 60)
        guard kept <= available, available > 0 else {
            throw Problem(
                "There are \(available) discriminant components, not \(max(1, kept))",
                explanation: "Within classes, features vary in \(whitening.rank) directions, and there are \(names.count) classes.",
                remedy: available > 0 ? "Ask for \(available) or fewer." : "Features that do not vary say nothing: choose another layer.",
                kind: .usage)
        }
        let order = (0..<available).map { dimension - 1 - $0 }
        var scalings = [Float](repeating: 0, count: dimension * kept)
        for (component, vector) in order.prefix(kept).enumerated() {
            var values = (0..<dimension).map { row in
                (0..<dimension).reduce(0.0) {
                    $0 + whitening.matrix[row * dimension + $1] * found.vectors[vector * dimension + $1]
                }
            }
            if let largest = values.max(by: { abs($0) < abs($1) }), largest < 0 { values = values.map { -$0 } }
            for row in 0..<dimension { scalings[row * kept + component] = Float(values[row]) }
        }
        self.init(
            mean: mean.map { Float($0) }, scalings: scalings, components: kept, eigenvalues: order.map { max(0, found.values[$0]) },
            counts: scatter.counts)
    }

    /// Throws the usage `Problem` of asking for `wanted` components of features of so many classes and channels, if there is one.
    static func check(components wanted: Int?, classNames names: [String], dimension: Int) throws {
        guard names.count > 1 else {
            throw Problem(
                "Discriminant analysis needs images of two classes at least; these have \(names.count)",
                remedy: "Use a folder of images for each class.", kind: .usage)
        }
        guard dimension <= 16_384 else {
            throw Problem("Discriminant analysis of \(dimension) channels is too much", explanation: "Up to 16384 are possible.", kind: .usage)
        }
        if let wanted, wanted < 1 || wanted > min(dimension, names.count - 1) {
            throw Problem(
                "There are no \(wanted) discriminant components",
                explanation: "\(names.count) classes and \(dimension) channels have \(min(dimension, names.count - 1)) at most.",
                remedy: "Ask for as many, or fewer.", kind: .usage)
        }
    }

    init(mean: [Float], scalings: [Float], components: Int, eigenvalues: [Double], counts: [Int]) {
        precondition(scalings.count == mean.count * components)
        self.mean = mean
        self.scalings = scalings
        self.components = components
        self.eigenvalues = eigenvalues
        self.counts = counts
    }

    /// A matrix `W`, order x order, with `W^T within W` the unit matrix in as many columns as `within` has directions with variance,
    /// and zero in the others.
    private static func whitening(_ within: [Double], total between: [Double], order: Int) throws -> (matrix: [Double], rank: Int) {
        // Rounding leaves some variance in a channel that has none.
        let scales = (0..<order).map { channel in
            let variance = within[channel * order + channel]
            return variance > 1e-12 * (variance + between[channel * order + channel]) ? 1 / variance.squareRoot() : 0
        }
        let correlations = within.indices.map { within[$0] * scales[$0 / order] * scales[$0 % order] }
        let found = try SymmetricEigendecomposition(of: correlations, order: order)
        var matrix = [Double](repeating: 0, count: order * order), rank = 0
        for (vector, value) in found.values.enumerated() where value > singular {
            rank += 1
            let factor = 1 / value.squareRoot()
            for row in 0..<order { matrix[row * order + vector] = scales[row] * found.vectors[vector * order + row] * factor }
        }
        return (matrix, rank)
    }
}
