import Foundation
import Tensors

/// Points in the plane that have the same neighbours as vectors of more dimensions: t-SNE (van der Maaten and Hinton, "Visualizing Data
/// using t-SNE", JMLR 2008), every pair counted. Descent as there, with the gains and the early exaggeration of the authors' code, from
/// the two principal axes; the learning rate grows with the number of points (Belkina et al., Nature Communications 2019).
struct NeighbourEmbedding: Sendable {
    /// Vectors are embedded from so many on: fewer have no neighbourhoods.
    static let fewest = 8
    /// And up to so many: every pair is counted in every step.
    static let most = 2000

    /// Count x 2, centred.
    let places: [Float]
    /// The Kullback-Leibler divergence of the neighbourhoods in the plane from those of the vectors.
    let divergence: Double

    /// Embeds `vectors`, count x size.
    ///
    /// - Parameters:
    ///   - start: where points begin, count x 2; drawn by chance where nil.
    ///   - perplexity: how many neighbours count, about; at most a third of the others.
    init(of vectors: [Float], count: Int, start: [Float]?, perplexity: Double = 30, steps: Int = 1000, random: inout RandomSource) {
        precondition(count >= 2 && vectors.count % count == 0, "whole vectors")
        let size = vectors.count / count
        self.init(count: count, start: start, perplexity: perplexity, steps: steps, random: &random) { point, squares in
            for other in 0..<count {
                var sum = 0.0
                for place in 0..<size {
                    let difference = Double(vectors[point * size + place] - vectors[other * size + place])
                    sum += difference * difference
                }
                squares[other] = sum
            }
        }
    }

    /// The same by distances alone: `squares` writes those of a point from all `count`, squared.
    init(
        count: Int, start: [Float]?, perplexity: Double = 30, steps: Int = 1000, random: inout RandomSource,
        squares: (_ point: Int, _ squares: inout [Double]) -> Void
    ) {
        let joint = Self.neighbourhoods(squares, count: count, perplexity: min(perplexity, Double(count - 1) / 3))
        // Coordinates one after another in whole lanes; those past the last point are far away and count nothing.
        let lanes = (count + 7) / 8, padded = lanes * 8
        var place = [[Float]](repeating: [Float](repeating: 0, count: padded), count: 2)
        let spread = start.map { start in
            (stride(from: 0, to: start.count, by: 2).reduce(0.0) { $0 + Double(start[$1]) * Double(start[$1]) } / Double(count)).squareRoot()
        } ?? 0
        for point in 0..<count {
            for axis in 0..<2 {
                // A little noise parts points that begin at the same place.
                place[axis][point] = (start.map { spread > 0 ? $0[2 * point + axis] / Float(spread) : 0 } ?? random.normal()) * 1e-4
                    + random.normal() * 1e-6
            }
        }
        var velocity = [[Float]](repeating: [Float](repeating: 0, count: padded), count: 2), gain = velocity.map { $0.map { _ in Float(1) } }
        let exaggeration: Float = 12, early = min(250, steps / 4)
        let rate = max(50, Float(count) / exaggeration / 4)
        var gradient = [[Float]](repeating: [Float](repeating: 0, count: padded), count: 2)
        for step in 0..<steps {
            Self.gradient(joint, place, lanes: lanes, count: count, exaggeration: step < early ? exaggeration : 1, into: &gradient)
            let momentum: Float = step < early ? 0.5 : 0.8
            for axis in 0..<2 {
                if step == early {
                    // What was gathered on the way there does not fit what is asked now.
                    for point in 0..<count { (velocity[axis][point], gain[axis][point]) = (0, 1) }
                }
                var mean: Float = 0
                for point in 0..<count {
                    let slope = gradient[axis][point]
                    let slows = slope * velocity[axis][point] >= 0
                    gain[axis][point] = max(0.01, slows ? gain[axis][point] * 0.8 : gain[axis][point] + 0.2)
                    velocity[axis][point] = momentum * velocity[axis][point] - rate * gain[axis][point] * slope
                    place[axis][point] += velocity[axis][point]
                    mean += place[axis][point] / Float(count)
                }
                for point in 0..<count { place[axis][point] -= mean }
            }
        }
        places = (0..<count).flatMap { [place[0][$0], place[1][$0]] }
        divergence = Self.divergence(joint, place, lanes: lanes, count: count)
    }

    // MARK: Neighbourhoods

    /// The symmetric joint distribution over pairs of points, count rows of whole lanes: a Gaussian around each point as wide as gives the
    /// perplexity.
    private static func neighbourhoods(
        _ distances: (_ point: Int, _ squares: inout [Double]) -> Void, count: Int, perplexity: Double
    ) -> [Float] {
        let padded = (count + 7) / 8 * 8
        let wanted = log(max(1, perplexity))
        var joint = [Float](repeating: 0, count: count * padded)
        var squares = [Double](repeating: 0, count: count), row = squares
        for point in 0..<count {
            distances(point, &squares)
            // Weights are relative to the nearest one, so that they do not vanish.
            let nearest = squares.enumerated().reduce(Double.infinity) { $1.offset == point ? $0 : min($0, $1.element) }
            let mean = squares.reduce(0, +) / Double(max(1, count - 1))
            var width = mean > nearest ? 1 / (mean - nearest) : 1, low = 0.0, high = Double.infinity
            for _ in 0..<64 {
                var sum = 0.0, moment = 0.0
                for other in 0..<count {
                    let excess = squares[other] - nearest
                    row[other] = other == point ? 0 : exp(-width * excess)
                    sum += row[other]
                    moment += row[other] * excess
                }
                for other in 0..<count { row[other] /= sum }
                let entropy = log(sum) + width * moment / sum
                if abs(entropy - wanted) < 1e-5 { break }
                if entropy > wanted { low = width } else { high = width }
                width = high.isFinite ? (low + high) / 2 : width * 2
            }
            for other in 0..<count {
                let share = Float(row[other] / Double(2 * count))
                joint[point * padded + other] += share
                joint[other * padded + point] += share
            }
        }
        return joint
    }

    // MARK: Points

    /// Calls `body` with each pair's lane of weights `1 / (1 + |y_i - y_j|^2)`, and returns their sum over all pairs. A point's own lane is 0.
    @inline(__always) private static func forEachLane(
        _ place: [[Float]], lanes: Int, count: Int,
        _ body: (_ point: Int, _ lane: Int, _ weight: SIMD8<Float>, _ dx: SIMD8<Float>, _ dy: SIMD8<Float>) -> Void
    ) -> Double {
        var total = 0.0
        place[0].withUnsafeBytes { xs in
            place[1].withUnsafeBytes { ys in
                for point in 0..<count {
                    let x = SIMD8(repeating: place[0][point]), y = SIMD8(repeating: place[1][point])
                    var sum = SIMD8<Float>.zero
                    for lane in 0..<lanes {
                        let dx = x - xs.loadUnaligned(fromByteOffset: lane * 32, as: SIMD8<Float>.self)
                        let dy = y - ys.loadUnaligned(fromByteOffset: lane * 32, as: SIMD8<Float>.self)
                        var weight = 1 / (1 + dx * dx + dy * dy)
                        if lane == point / 8 { weight[point % 8] = 0 }
                        if lane == lanes - 1, count % 8 != 0 { for spare in count % 8..<8 { weight[spare] = 0 } }
                        sum += weight
                        body(point, lane, weight, dx, dy)
                    }
                    total += Double(sum.sum())
                }
            }
        }
        return total
    }

    /// `4 sum_j (e p_ij - q_ij) w_ij (y_i - y_j)`, where q is w over its sum: attraction and repulsion apart, since that sum is known last.
    private static func gradient(
        _ joint: [Float], _ place: [[Float]], lanes: Int, count: Int, exaggeration: Float, into gradient: inout [[Float]]
    ) {
        var repulsion = [SIMD2<Float>](repeating: .zero, count: count), attraction = repulsion
        var (ax, ay, rx, ry) = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
        let total = joint.withUnsafeBytes { joint in
            forEachLane(place, lanes: lanes, count: count) { point, lane, weight, dx, dy in
                if lane == 0 { (ax, ay, rx, ry) = (.zero, .zero, .zero, .zero) }
                let share = joint.loadUnaligned(fromByteOffset: (point * lanes + lane) * 32, as: SIMD8<Float>.self) * weight
                let square = weight * weight
                ax += share * dx
                ay += share * dy
                rx += square * dx
                ry += square * dy
                if lane == lanes - 1 {
                    attraction[point] = [ax.sum(), ay.sum()]
                    repulsion[point] = [rx.sum(), ry.sum()]
                }
            }
        }
        let scale = Float(1 / max(total, .leastNormalMagnitude))
        for point in 0..<count {
            let slope = 4 * (exaggeration * attraction[point] - scale * repulsion[point])
            gradient[0][point] = slope[0]
            gradient[1][point] = slope[1]
        }
    }

    private static func divergence(_ joint: [Float], _ place: [[Float]], lanes: Int, count: Int) -> Double {
        var sum = 0.0, mass = 0.0
        let total = joint.withUnsafeBufferPointer { joint in
            forEachLane(place, lanes: lanes, count: count) { point, lane, weight, _, _ in
                for slot in 0..<8 where weight[slot] > 0 {
                    let share = Double(joint[(point * lanes + lane) * 8 + slot])
                    guard share > 0 else { continue }
                    sum += share * (log(share) - log(Double(weight[slot])))
                    mass += share
                }
            }
        }
        return sum + mass * log(total)
    }
}
