/// `x / max(|x|, epsilon)` at every position of blocked maps, where `|x|` is the Euclidean length of the position's channels. Lanes past
/// the last channel hold zeros and keep them.
public struct LengthNormalization: Sendable {
    private let batch: Int
    private let area: Int
    private let blocks: Int
    private let epsilon: Float
    /// A thread gets no fewer lanes than this.
    private static let leastLanes = 2048

    public init(batch: Int, channels: Int, area: Int, epsilon: Float) {
        self.batch = batch
        self.area = area
        self.epsilon = epsilon
        blocks = Layout.blocks(channels)
    }

    /// Of each position the reciprocal of its length, kept for the pullback; zero where `epsilon` took its place.
    public var memoryBytes: Int { batch * area * MemoryLayout<Float>.size }

    public func forward(
        _ source: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>
    ) {
        let (x, y, area, blocks) = (source.lanes, target.lanes, area, blocks)
        forEachPosition { position, first in
            var squares = Lane(repeating: 0)
            for block in 0..<blocks {
                let value = x[first + block * area]
                squares += value * value
            }
            let length = squares.sum().squareRoot()
            let factor = 1 / max(length, epsilon)
            memory[position] = length < epsilon ? 0 : factor
            for block in 0..<blocks { y[first + block * area] = x[first + block * area] * factor }
        }
    }

    /// `dx = (dy - n (n . dy)) / |x|`, where n is the direction of x. Nothing comes back to a position that is shorter than `epsilon`: it
    /// has no direction, and 1 / epsilon would drown every other gradient.
    public func pullback(
        _ source: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        memory: UnsafeMutablePointer<Float>
    ) {
        let (x, dy, dx, area, blocks) = (source.lanes, outputGradient.lanes, inputGradient.lanes, area, blocks)
        forEachPosition { position, first in
            let factor = memory[position]
            guard factor != 0 else {
                for block in 0..<blocks { dx[first + block * area] = Lane(repeating: 0) }
                return
            }
            var products = Lane(repeating: 0)
            // The direction is taken before the product, so that long and short vectors are as exact.
            for block in 0..<blocks { products += x[first + block * area] * factor * dy[first + block * area] }
            let along = products.sum()
            for block in 0..<blocks {
                let place = first + block * area
                dx[place] = (dy[place] - x[place] * factor * along) * factor
            }
        }
    }

    /// Calls `body` with the number of each position in the batch and the place of its first lane, on as many threads as are worth it.
    @inline(__always)
    private func forEachPosition(_ body: (_ position: Int, _ firstLane: Int) -> Void) {
        Parallel.ranges(batch * area, minimum: max(1, Self.leastLanes / max(1, blocks))) { range in
            var (image, inside) = range.lowerBound.quotientAndRemainder(dividingBy: area)
            for position in range {
                body(position, image * blocks * area + inside)
                inside += 1
                if inside == area { (image, inside) = (image + 1, 0) }
            }
        }
    }
}
