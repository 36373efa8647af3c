import Foundation
import Tensors

/// Points in k clusters: K-means (Lloyd 1982) from several k-means++ beginnings (Arthur and Vassilvitskii 2007), the one with the smallest
/// sum of squares. For a hundred points or so.
struct Clusters {
    let labels: [Int]
    let count: Int
    /// Share of the variance that lies between clusters, in [0, 1].
    let explained: Double

    private static let rounds = 50

    init(of points: Points, _ count: Int, restarts: Int, random: inout RandomSource) {
        var best: (labels: [Int], squares: Double) = ([], .infinity)
        for _ in 0..<restarts {
            let found = Self.search(points, count, &random)
            if found.squares < best.squares { best = found }
        }
        labels = best.labels
        self.count = count
        let total = points.squares(about: Array(repeating: 0, count: points.count), 1)
        explained = total > 0 ? 1 - best.squares / total : 0
    }

    var sizes: [Int] { labels.reduce(into: Array(repeating: 0, count: count)) { $0[$1] += 1 } }

    private static func search(_ points: Points, _ count: Int, _ random: inout RandomSource) -> (labels: [Int], squares: Double) {
        var centres = beginnings(points, count, &random), labels = [Int](repeating: -1, count: points.count)
        for _ in 0..<rounds {
            let next = (0..<points.count).map { points.nearest(to: $0, among: centres, count) }
            guard next != labels else { break }
            labels = next
            points.means(labels, count, into: &centres)
        }
        return (labels, points.squares(about: labels, count))
    }

    private static func beginnings(_ points: Points, _ count: Int, _ random: inout RandomSource) -> [Double] {
        var chosen = [random.integer(in: 0...points.count - 1)]
        while chosen.count < count {
            let distances = (0..<points.count).map { point in chosen.map { points.square(point, $0) }.min() ?? 0 }
            var mark = Double(random.uniform()) * distances.reduce(0, +)
            let next = distances.firstIndex { distance in
                mark -= distance
                return mark < 0 && distance > 0
            }
            // Where all lie on the centres there is nothing to draw.
            chosen.append(next ?? points.count - 1)
        }
        return chosen.flatMap { points.point($0) }
    }

    /// The mean over points of how much nearer their own cluster is than the next (Rousseeuw 1987, *Silhouettes*), in [-1, 1]; 0 for one
    /// that is alone in its cluster.
    func silhouette(of points: Points) -> Double {
        let sizes = sizes
        var sum = 0.0
        for point in 0..<points.count where sizes[labels[point]] > 1 {
            var distances = [Double](repeating: 0, count: count)
            for other in 0..<points.count { distances[labels[other]] += points.square(point, other).squareRoot() }
            let own = distances[labels[point]] / Double(sizes[labels[point]] - 1)
            let next = (0..<count).filter { $0 != labels[point] && sizes[$0] > 0 }.map { distances[$0] / Double(sizes[$0]) }.min() ?? own
            sum += max(own, next) > 0 ? (next - own) / max(own, next) : 0
        }
        return sum / Double(max(1, points.count))
    }
}

/// Points as rows of few numbers.
struct Points {
    let values: [Double]
    let dimension: Int
    var count: Int { values.count / max(1, dimension) }

    func point(_ number: Int) -> ArraySlice<Double> { values[number * dimension..<(number + 1) * dimension] }

    func square(_ one: Int, _ other: Int) -> Double {
        var sum = 0.0
        for place in 0..<dimension {
            let difference = values[one * dimension + place] - values[other * dimension + place]
            sum += difference * difference
        }
        return sum
    }

    /// The first of equally near ones.
    func nearest(to point: Int, among centres: [Double], _ count: Int) -> Int {
        var best = 0, least = Double.infinity
        for centre in 0..<count {
            var sum = 0.0
            for place in 0..<dimension {
                let difference = values[point * dimension + place] - centres[centre * dimension + place]
                sum += difference * difference
            }
            if sum < least { (best, least) = (centre, sum) }
        }
        return best
    }

    /// The means of clusters; one without points keeps the centre that it has.
    func means(_ labels: [Int], _ count: Int, into centres: inout [Double]) {
        var sums = [Double](repeating: 0, count: count * dimension), sizes = [Int](repeating: 0, count: count)
        for point in 0..<self.count {
            sizes[labels[point]] += 1
            for place in 0..<dimension { sums[labels[point] * dimension + place] += values[point * dimension + place] }
        }
        for cluster in 0..<count where sizes[cluster] > 0 {
            for place in 0..<dimension { centres[cluster * dimension + place] = sums[cluster * dimension + place] / Double(sizes[cluster]) }
        }
    }

    /// The sum of squared distances to the means of clusters.
    func squares(about labels: [Int], _ count: Int) -> Double {
        var centres = [Double](repeating: 0, count: count * dimension), sum = 0.0
        means(labels, count, into: &centres)
        for point in 0..<self.count {
            for place in 0..<dimension {
                let difference = values[point * dimension + place] - centres[labels[point] * dimension + place]
                sum += difference * difference
            }
        }
        return sum
    }
}
