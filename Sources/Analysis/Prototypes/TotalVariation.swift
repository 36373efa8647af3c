/// The differences between neighbours of a picture, C x H x W: to the right, down, and along both diagonals, as DeepInversion
/// and VITAL take them: the sum of four Euclidean norms.
enum TotalVariation {
    /// (down, right) from a pixel to its neighbour.
    private static let neighbours = [(0, 1), (1, 0), (1, -1), (1, 1)]

    /// The sum of squared differences of each of the four kinds.
    static func squares(_ values: UnsafePointer<Float>, size: [Int], channels: Int = 3) -> [Double] {
        neighbours.map { down, right in
            var total = 0.0
            forEachRow(size, channels, down, right) { begin, end, other in
                var sum: Float = 0
                for x in begin..<end {
                    let difference = values[x] - values[x + other]
                    sum += difference * difference
                }
                total += Double(sum)
            }
            return total
        }
    }

    /// The norm of each of the four kinds.
    static func lengths(_ values: UnsafePointer<Float>, size: [Int], channels: Int = 3) -> [Double] {
        squares(values, size: size, channels: channels).map { $0.squareRoot() }
    }

    /// Adds `weight` times the gradient of the sum of norms to `gradient`; `lengths` are the norms, of more than this picture
    /// where they are taken over several.
    static func addGradient(
        _ values: UnsafePointer<Float>, size: [Int], channels: Int = 3, lengths: [Double], weight: Float,
        to gradient: UnsafeMutablePointer<Float>
    ) {
        for ((down, right), length) in zip(neighbours, lengths) where length > 0 {
            let scale = weight / Float(length)
            forEachRow(size, channels, down, right) { begin, end, other in
                for x in begin..<end {
                    let slope = scale * (values[x] - values[x + other])
                    gradient[x] += slope
                    gradient[x + other] -= slope
                }
            }
        }
    }

    /// Calls `body` with the pixels of each row that have the neighbour, and how far it is.
    @inline(__always)
    private static func forEachRow(
        _ size: [Int], _ channels: Int, _ down: Int, _ right: Int, _ body: (_ begin: Int, _ end: Int, _ other: Int) -> Void
    ) {
        let (height, width) = (size[0], size[1])
        for channel in 0..<channels {
            for row in 0..<height - down {
                let start = (channel * height + row) * width
                body(start + max(0, -right), start + width - max(0, right), down * width + right)
            }
        }
    }
}
