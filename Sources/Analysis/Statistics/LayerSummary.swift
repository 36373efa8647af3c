import Tensors

/// What each unit of a layer did on each image of a batch: all that the statistics need of it.
struct LayerSummary: Sendable {
    let units: Int
    /// Positions of a map.
    let area: Int
    // Each indexed by `image * units + unit`.
    private(set) var maximum: [Float]
    /// Where the maximum is, `row * width + column`; the first of equals.
    private(set) var position: [Int32]
    private(set) var minimum: [Float]
    private(set) var sum: [Double]
    private(set) var squares: [Double]
    /// Positions above zero.
    private(set) var positive: [Int32]

    /// Of each map, its mean over positions.
    var means: [Float] { sum.map { Float($0) / Float(area) } }

    /// Summarises `images` feature maps of `shape` (C x H x W), blocked.
    init(_ map: UnsafePointer<Float>, images: Int, shape: Shape) {
        units = shape[0]
        area = shape[1] * shape[2]
        let (height, width, blocks) = (shape[1], shape[2], Layout.blocks(shape[0]))
        let count = images * units
        maximum = Array(repeating: -.infinity, count: count)
        minimum = Array(repeating: .infinity, count: count)
        position = Array(repeating: 0, count: count)
        positive = Array(repeating: 0, count: count)
        sum = Array(repeating: 0, count: count)
        squares = Array(repeating: 0, count: count)
        let lanes = UnsafeRawPointer(map).assumingMemoryBound(to: SIMD16<Float>.self)
        let zero = SIMD16<Float>(repeating: 0)
        for image in 0..<images {
            for block in 0..<blocks {
                let base = lanes + (image * blocks + block) * height * width
                var largest = SIMD16<Float>(repeating: -.infinity), smallest = SIMD16<Float>(repeating: .infinity)
                var place = SIMD16<Int32>(repeating: 0), above = SIMD16<Int32>(repeating: 0)
                var total = SIMD16<Double>(repeating: 0), total2 = SIMD16<Double>(repeating: 0)
                for row in 0..<height {
                    // Single precision within a row, double across rows.
                    var rowSum = zero, rowSquares = zero
                    for column in 0..<width {
                        let index = row * width + column
                        let value = base[index]
                        rowSum += value
                        rowSquares += value * value
                        let isLarger = value .> largest
                        largest.replace(with: value, where: isLarger)
                        place.replace(with: SIMD16(repeating: Int32(truncatingIfNeeded: index)), where: isLarger)
                        smallest.replace(with: value, where: value .< smallest)
                        above.replace(with: above &+ 1, where: value .> zero)
                    }
                    total += SIMD16<Double>(rowSum)
                    total2 += SIMD16<Double>(rowSquares)
                }
                for lane in 0..<min(16, units - block * 16) {
                    let at = image * units + block * 16 + lane
                    maximum[at] = largest[lane]
                    minimum[at] = smallest[lane]
                    position[at] = place[lane]
                    positive[at] = above[lane]
                    sum[at] = total[lane]
                    squares[at] = total2[lane]
                }
            }
        }
    }
}
