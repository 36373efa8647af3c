import Foundation
import Network

/// Where one head looks in one image.
struct HeadLook: Sendable, Equatable {
    var distance: Float?
    var itself: Float?
    /// By learned token.
    var tokens: [Float]
    var entropy: Float
    /// The attention of the looker, or the mean one, that goes to each place of the grid of rows and columns.
    var map: [Float]

    /// The place with most of it; the first of equals.
    var place: Int { map.indices.max { map[$0] < map[$1] } ?? 0 }

    /// What `head` does: `weights` are those of one image, windows x heads x queries x keys.
    init(_ weights: UnsafePointer<Float>, head: Int, _ geometry: HeadGeometry) {
        let attention = geometry.attention, keys = attention.keys
        var sums = (distance: 0.0, itself: 0.0, entropy: 0.0), counts = (placed: 0, all: 0)
        var tokens = [Double](repeating: 0, count: geometry.tokens.count), map = [Float](repeating: 0, count: geometry.rows.count * geometry.columns.count)
        for window in 0..<attention.windows {
            let look = weights + (window * attention.heads + head) * attention.queries * keys
            let ownKeys = window * keys, measured = (0..<attention.queries).filter { geometry.measures[window * attention.queries + $0] }
            for query in measured {
                let row = look + query * keys
                var entropy: Float = 0
                for key in 0..<keys where row[key] > 0 { entropy -= row[key] * log(row[key]) }
                sums.entropy += Double(entropy)
                counts.all += 1
                if geometry.hasItself { sums.itself += Double(row[query]) }
                for key in 0..<keys where geometry.token[ownKeys + key] >= 0 { tokens[geometry.token[ownKeys + key]] += Double(row[key]) }
                guard geometry.hasDistances else { continue }
                var far: Float = 0, seen: Float = 0
                let distances = (window * attention.queries + query) * keys
                for key in 0..<keys {
                    far += row[key] * geometry.distances[distances + key]
                    seen += row[key] * geometry.isPlace[ownKeys + key]
                }
                if seen > 0 {
                    sums.distance += Double(far / seen)
                    counts.placed += 1
                }
            }
            let lookers = geometry.looker.map { [$0.query] } ?? measured, share = 1 / Float(max(1, lookers.count))
            for query in lookers {
                for key in 0..<keys where geometry.cell[ownKeys + key] >= 0 { map[geometry.cell[ownKeys + key]] += share * look[query * keys + key] }
            }
        }
        let count = Double(max(1, counts.all))
        distance = counts.placed > 0 ? Float(sums.distance / Double(counts.placed)) : nil
        itself = geometry.hasItself ? Float(sums.itself / count) : nil
        self.tokens = tokens.map { Float($0 / count) }
        entropy = Float(sums.entropy / count)
        self.map = map
    }
}
