/// How alike each of some pictures is to each: the products of their vectors, of length 1.
///
/// All that clusters of them need: distances to a centre are sums of products, so that vectors may be long.
struct LikenessTable: Sendable {
    let count: Int
    private let products: [Double]

    /// Of vectors of one length, which are brought to length 1; one that is all zeros is like none.
    init(_ vectors: [[Float]]) {
        count = vectors.count
        let lengths = vectors.map { vector in vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
        var products = [Double](repeating: 0, count: count * count)
        for first in 0..<count {
            for second in first..<count where lengths[first] > 0 && lengths[second] > 0 {
                var sum = 0.0
                for (a, b) in zip(vectors[first], vectors[second]) { sum += Double(a) * Double(b) }
                let value = first == second ? 1 : sum / (lengths[first] * lengths[second])
                (products[first * count + second], products[second * count + first]) = (value, value)
            }
        }
        self.products = products
    }

    private func product(_ first: Int, _ second: Int) -> Double { products[first * count + second] }

    /// Sum of the products of every member of one set with every one of the other.
    private func sum(_ first: [Int], _ second: [Int]) -> Double {
        first.reduce(0) { total, one in second.reduce(total) { $0 + product(one, $1) } }
    }

    /// The mean cosine of two different members, in [-1 / (n - 1), 1]: clarity (Dreyer et al. 2025, "Mechanistic understanding and validation
    /// of large AI models with SemanticLens").
    /// - Precondition: there are two members.
    func clarity(of members: [Int]) -> Double {
        let count = Double(members.count)
        let own = members.reduce(0) { $0 + product($1, $1) }
        return (sum(members, members) - own) / (count * (count - 1))
    }

    /// 1 - the cosine of the centres of two clusters of all pictures: polysemanticity (the same). Where a cluster is a single picture, as
    /// there, 1 - the mean cosine of up to ten pictures with the mean of all.
    /// - Precondition: there are two pictures.
    var polysemanticity: Double {
        let all = Array(0..<count), clusters = clusters()
        if min(clusters.0.count, clusters.1.count) > 1 {
            let length = (sum(clusters.0, clusters.0) * sum(clusters.1, clusters.1)).squareRoot()
            return length > 1e-12 ? 1 - sum(clusters.0, clusters.1) / length : 1
        }
        let length = sum(all, all).squareRoot(), some = all.prefix(10)
        guard length > 1e-12 else { return 1 }
        return 1 - some.reduce(0) { $0 + sum([$1], all) / length } / Double(some.count)
    }

    /// Two clusters by K-means (Lloyd 1982), begun from every pair of pictures: those with the smallest squared distances to their centres,
    /// of equals the first.
    func clusters() -> ([Int], [Int]) {
        let all = Array(0..<count)
        var best: (spread: Double, clusters: ([Int], [Int])) = (.infinity, (all, []))
        for first in 0..<count {
            for second in (first + 1)..<max(first + 1, count) {
                var clusters = parted(all, by: ([first], [second]))
                for _ in 0..<50 {
                    guard !clusters.0.isEmpty, !clusters.1.isEmpty else { break }
                    let next = parted(all, by: clusters)
                    if next == clusters { break }
                    clusters = next
                }
                guard !clusters.0.isEmpty, !clusters.1.isEmpty else { continue }
                let spread = [clusters.0, clusters.1].reduce(0) { $0 - sum($1, $1) / Double($1.count) }
                if spread < best.spread - 1e-12 { best = (spread, clusters) }
            }
        }
        return best.clusters
    }

    /// Every picture to the nearer of two centres; of two as near to the first.
    private func parted(_ all: [Int], by clusters: ([Int], [Int])) -> ([Int], [Int]) {
        func distance(_ one: Int, _ cluster: [Int], _ square: Double) -> Double { square - 2 * sum([one], cluster) / Double(cluster.count) }
        let squares = (
            sum(clusters.0, clusters.0) / Double(clusters.0.count * clusters.0.count),
            sum(clusters.1, clusters.1) / Double(clusters.1.count * clusters.1.count)
        )
        var parts: ([Int], [Int]) = ([], [])
        for one in all {
            if distance(one, clusters.0, squares.0) <= distance(one, clusters.1, squares.1) { parts.0.append(one) } else { parts.1.append(one) }
        }
        return parts
    }
}
