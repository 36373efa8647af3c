/// A picture seen through an affine map, interpolated between the four nearest pixels: shifts, crops, padding, scaling and
/// rotation in one form. Linear in the picture, so that it has an exact adjoint.
struct BilinearWarp: Equatable {
    /// What lies beyond the source's edges.
    enum Beyond: Equatable {
        /// The nearest pixel of the edge.
        case edge
        /// One value in all channels.
        case constant(Float)
    }

    /// Height and width of the source.
    var source: [Int]
    /// Height and width of the result.
    var target: [Int]
    /// The source position (y, x) of the result's first pixel.
    var origin: SIMD2<Float>
    /// How the source position changes from a row to the next.
    var down = SIMD2<Float>(1, 0)
    /// How the source position changes from a column to the next.
    var across = SIMD2<Float>(0, 1)
    var beyond: Beyond

    /// Writes the result, channels x target, of `picture`, channels x source.
    func apply(_ picture: UnsafePointer<Float>, channels: Int, into result: UnsafeMutablePointer<Float>) {
        let (from, to) = (source[0] * source[1], target[0] * target[1])
        var fill: Float = 0
        if case .constant(let value) = beyond { fill = value }
        forEachPixel { pixel, places, weights in
            // What weights lack to one belongs to what lies beyond.
            let rest = fill == 0 ? 0 : fill * (1 - weights.sum())
            for channel in 0..<channels {
                let source = picture + channel * from
                result[channel * to + pixel] =
                    weights[0] * source[places[0]] + weights[1] * source[places[1]] + weights[2] * source[places[2]]
                    + weights[3] * source[places[3]] + rest
            }
        }
    }

    /// Adds to `gradient`, channels x source, what the gradient at the result, channels x target, comes to there.
    func addPullback(_ resultGradient: UnsafePointer<Float>, channels: Int, to gradient: UnsafeMutablePointer<Float>) {
        let (from, to) = (source[0] * source[1], target[0] * target[1])
        forEachPixel { pixel, places, weights in
            for channel in 0..<channels {
                let slope = resultGradient[channel * to + pixel]
                let source = gradient + channel * from
                source[places[0]] += weights[0] * slope
                source[places[1]] += weights[1] * slope
                source[places[2]] += weights[2] * slope
                source[places[3]] += weights[3] * slope
            }
        }
    }

    /// Calls `body` for every pixel of the result with the four pixels of the source that it mixes, and their weights: zero
    /// for those beyond.
    @inline(__always)
    private func forEachPixel(_ body: (_ pixel: Int, _ places: SIMD4<Int>, _ weights: SIMD4<Float>) -> Void) {
        let (height, width) = (source[0], source[1])
        let clamps = beyond == .edge
        for row in 0..<target[0] {
            for column in 0..<target[1] {
                var place = origin + Float(row) * down + Float(column) * across
                if clamps { place = place.clamped(lowerBound: .zero, upperBound: SIMD2(Float(height - 1), Float(width - 1))) }
                // Far beyond is beyond, and fits an integer.
                place.clamp(lowerBound: SIMD2(-2, -2), upperBound: SIMD2(Float(height + 1), Float(width + 1)))
                let floor = place.rounded(.down)
                let part = place - floor
                let (y, x) = (Int(floor[0]), Int(floor[1]))
                let above: Float = y >= 0 && y < height ? 1 - part[0] : 0
                let below: Float = y >= -1 && y < height - 1 ? part[0] : 0
                let left: Float = x >= 0 && x < width ? 1 - part[1] : 0
                let right: Float = x >= -1 && x < width - 1 ? part[1] : 0
                let (y0, y1) = (min(max(y, 0), height - 1) * width, min(max(y + 1, 0), height - 1) * width)
                let (x0, x1) = (min(max(x, 0), width - 1), min(max(x + 1, 0), width - 1))
                body(
                    row * target[1] + column, SIMD4(y0 + x0, y0 + x1, y1 + x0, y1 + x1),
                    SIMD4(above * left, above * right, below * left, below * right))
            }
        }
    }
}
