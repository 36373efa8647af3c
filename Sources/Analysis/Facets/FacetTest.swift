import Diagnostics
import Run
import Tensors

/// Whether vectors fall into clusters: the best of two to four clusters by its silhouette, beside what the same search finds in draws from
/// one normal distribution with the same variances along the principal axes (as Liu, Hayes, Nobel and Marron, *Statistical significance of
/// clustering for high-dimension, low-sample size data*, JASA 2008, with a silhouette in place of their index).
///
/// All is done in the first eight principal axes: three hold the centres of four clusters, and the many directions of the rest are noise.
struct FacetTest {
    /// Fewer vectors are not looked at; no cluster has fewer than half of that, or a tenth of all.
    static let fewest = 10
    static let clusters = 2...4, axes = 8, draws = 99, restarts = 5
    /// Below it there is no structure to speak of (Kaufman and Rousseeuw 1990, *Finding Groups in Data*, table 4).
    static let leastSilhouette = 0.25

    let found: LayerFacets.Test
    /// By vector, the largest cluster first; of equal ones that of the earliest vector.
    let labels: [Int]

    /// True where more than one cluster is needed: no draw reaches the silhouette, and it is large enough to mean something.
    var needsFacets: Bool { found.reached == 0 && Double(found.silhouette) >= Self.leastSilhouette }

    /// Nil where there are too few vectors, all are alike, or every clustering leaves one with hardly any.
    init?(of vectors: [[Float]], random: inout RandomSource) throws {
        guard vectors.count >= Self.fewest, let points = try Self.principalAxes(of: vectors), let best = Self.best(points, &random) else { return nil }
        let variances = (0..<points.dimension).map { axis in
            (0..<points.count).reduce(0) { $0 + points.values[$1 * points.dimension + axis] * points.values[$1 * points.dimension + axis] }
                / Double(points.count - 1)
        }
        var silhouettes: [Double] = [], explained = 0.0
        for _ in 0..<Self.draws {
            var values: [Double] = []
            for _ in 0..<points.count { for variance in variances { values.append(Double(random.normal()) * variance.squareRoot()) } }
            let drawn = Points(values: values, dimension: points.dimension), found = Self.best(drawn, &random)
            silhouettes.append(found?.silhouette ?? 0)
            explained += found?.clusters.explained ?? 0
        }
        found = LayerFacets.Test(
            clusters: best.clusters.count, silhouette: Float(best.silhouette),
            nullMean: Float(silhouettes.reduce(0, +) / Double(Self.draws)), nullLargest: Float(silhouettes.max() ?? 0),
            explained: Float(best.clusters.explained), nullExplained: Float(explained / Double(Self.draws)), draws: Self.draws,
            reached: silhouettes.count { $0 >= best.silhouette })
        labels = Self.ordered(best.clusters)
    }

    /// The clustering with the largest silhouette of those without tiny clusters.
    private static func best(_ points: Points, _ random: inout RandomSource) -> (clusters: Clusters, silhouette: Double)? {
        var best: (clusters: Clusters, silhouette: Double)?
        for count in clusters {
            let found = Clusters(of: points, count, restarts: restarts, random: &random)
            guard (found.sizes.min() ?? 0) >= max(fewest / 2, points.count / 10) else { continue }
            let silhouette = found.silhouette(of: points)
            if silhouette > best?.silhouette ?? -.infinity { best = (found, silhouette) }
        }
        return best
    }

    /// The vectors less their mean along their first principal axes: from the products of all pairs, of which there are few. Nil where all
    /// are alike.
    static func principalAxes(of vectors: [[Float]]) throws -> Points? {
        let count = vectors.count, size = vectors.first?.count ?? 0
        var mean = [Double](repeating: 0, count: size)
        for vector in vectors { for place in 0..<size { mean[place] += Double(vector[place]) / Double(count) } }
        let centred = vectors.map { vector in (0..<size).map { Double(vector[$0]) - mean[$0] } }
        var products = [Double](repeating: 0, count: count * count)
        for one in 0..<count {
            for other in 0...one {
                let product = (0..<size).reduce(0) { $0 + centred[one][$1] * centred[other][$1] }
                products[one * count + other] = product
                products[other * count + one] = product
            }
        }
        let found = try SymmetricEigendecomposition(of: products, order: count), largest = found.values.last ?? 0
        // What is left of rounding is no axis.
        let kept = found.values.indices.reversed().prefix(axes).filter { found.values[$0] > 1e-9 * largest }
        guard largest > 1e-9, !kept.isEmpty else { return nil }
        return Points(
            values: (0..<count).flatMap { row in kept.map { found.vectors[$0 * count + row] * found.values[$0].squareRoot() } },
            dimension: kept.count)
    }

    private static func ordered(_ clusters: Clusters) -> [Int] {
        let sizes = clusters.sizes, first = (0..<clusters.count).map { clusters.labels.firstIndex(of: $0) ?? 0 }
        let order = (0..<clusters.count).sorted { (-sizes[$0], first[$0]) < (-sizes[$1], first[$1]) }
        return clusters.labels.map { order.firstIndex(of: $0) ?? 0 }
    }
}
