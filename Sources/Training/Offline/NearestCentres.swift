import Tensors

/// Finds for every row the nearest of many centres by Euclidean distance, ties by number.
///
/// `|x - c|^2 = |x|^2 + (x, 1) . (-2c, |c|^2)`: one product of matrices for a block of rows and a tile of centres, whose results are
/// looked through while they are in the cache. The distance to the one chosen is then computed from the difference, without the
/// cancellation of that formula.
struct NearestCentres {
    /// Rows that one thread works on together. Results do not depend on the number of threads.
    static let blockRows = 256
    private static let tile = 512

    let count: Int
    let dimension: Int
    private let stride: Int
    /// As `PreparedRows`: count x stride.
    private let centres: AlignedBuffer
    /// Count, in whole lanes, x (dimension + 1).
    private let products: AlignedBuffer
    private let paddedCount: Int

    /// `centres` are count x dimension.
    init(_ values: [Float], dimension: Int) throws {
        self.dimension = dimension
        count = values.count / dimension
        precondition(count > 0 && values.count == count * dimension, "whole centres, one at least")
        stride = PreparedRows.stride(for: dimension)
        paddedCount = (count + 15) / 16 * 16
        centres = try AlignedBuffer(bytes: count * stride * MemoryLayout<Float>.size)
        products = try AlignedBuffer(bytes: paddedCount * (dimension + 1) * MemoryLayout<Float>.size)
        for number in 0..<paddedCount {
            let product = products.floats() + number * (dimension + 1)
            guard number < count else {
                product[dimension] = .greatestFiniteMagnitude
                continue
            }
            let centre = centres.floats() + number * stride
            centre[dimension] = 1
            var square = 0.0
            for column in 0..<dimension {
                let value = values[number * dimension + column]
                centre[column] = value
                product[column] = -2 * value
                square += Double(value) * Double(value)
            }
            product[dimension] = Float(square)
        }
    }

    /// What a thread needs while it looks.
    static func scratch() throws -> AlignedBuffer { try AlignedBuffer(bytes: blockRows * tile * MemoryLayout<Float>.size) }

    /// Writes for rows `range` the nearest centre's number into `numbers` and the square of the distance to it into `distances`, both
    /// counted from row 0.
    func find(
        _ rows: PreparedRows, _ range: Range<Int>, scratch: AlignedBuffer, numbers: UnsafeMutablePointer<Int32>,
        distances: UnsafeMutablePointer<Float>
    ) throws {
        for begin in Swift.stride(from: range.lowerBound, to: range.upperBound, by: Self.blockRows) {
            try findBlock(
                rows, begin..<min(begin + Self.blockRows, range.upperBound), scratch.floats(), numbers: numbers, distances: distances)
        }
    }

    private func findBlock(
        _ rows: PreparedRows, _ range: Range<Int>, _ scores: UnsafeMutablePointer<Float>, numbers: UnsafeMutablePointer<Int32>,
        distances: UnsafeMutablePointer<Float>
    ) throws {
        for first in Swift.stride(from: 0, to: paddedCount, by: Self.tile) {
            let columns = min(Self.tile, paddedCount - first)
            try matrixProduct(
                rows: range.count, columns: columns, inner: dimension + 1, left: rows.row(range.lowerBound), leftStride: rows.stride,
                right: products.floats() + first * (dimension + 1), rightStride: dimension + 1, transposed: true, result: scores,
                resultStride: columns)
            let lanes = UnsafeRawPointer(scores).assumingMemoryBound(to: SIMD16<Float>.self)
            for (position, row) in range.enumerated() {
                let (value, number) = Self.smallest(lanes + position * (columns / 16), count: columns / 16)
                if first == 0 || value < distances[row] {
                    distances[row] = value
                    // What is not a number is no nearer to any, the places that only fill a lane included.
                    numbers[row] = Int32(min(first + number, count - 1))
                }
            }
        }
        let width = stride / 16
        for row in range {
            let x = UnsafeRawPointer(rows.row(row)).assumingMemoryBound(to: SIMD16<Float>.self)
            let c = UnsafeRawPointer(centres.floats() + Int(numbers[row]) * stride).assumingMemoryBound(to: SIMD16<Float>.self)
            var sum = SIMD16<Float>(repeating: 0)
            for lane in 0..<width {
                let difference = x[lane] - c[lane]
                sum += difference * difference
            }
            distances[row] = sum.sum()
        }
    }

    /// The smallest of `count` x 16 values and its place, the first of equal ones.
    private static func smallest(_ lanes: UnsafePointer<SIMD16<Float>>, count: Int) -> (value: Float, place: Int) {
        var best = SIMD16<Float>(repeating: .infinity)
        // Which group of four vectors the best of each lane is in.
        var group = SIMD16<Int32>(repeating: 0)
        var begin = 0
        while begin + 4 <= count {
            var low = lanes[begin], other = lanes[begin + 2]
            low.replace(with: lanes[begin + 1], where: lanes[begin + 1] .< low)
            other.replace(with: lanes[begin + 3], where: lanes[begin + 3] .< other)
            low.replace(with: other, where: other .< low)
            let isLess = low .< best
            best.replace(with: low, where: isLess)
            group.replace(with: SIMD16(repeating: Int32(truncatingIfNeeded: begin)), where: isLess)
            begin += 4
        }
        while begin < count {
            let isLess = lanes[begin] .< best
            best.replace(with: lanes[begin], where: isLess)
            group.replace(with: SIMD16(repeating: Int32(truncatingIfNeeded: begin)), where: isLess)
            begin += 1
        }
        let value = best.min()
        var place = Int.max
        for lane in 0..<16 where best[lane] == value {
            var vector = Int(group[lane])
            while vector < count - 1, lanes[vector][lane] != value { vector += 1 }
            place = min(place, vector * 16 + lane)
        }
        return (value, place)
    }
}
