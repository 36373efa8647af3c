import Diagnostics
import Tensors

/// A chunk of rows as `NearestCentres` wants them: aligned, each with a 1 behind its values and zeros up to whole lanes, so that one
/// product of matrices with `(-2c, |c|^2)` gives distances.
final class PreparedRows {
    let dimension: Int
    let stride: Int
    let capacity: Int
    private let buffer: AlignedBuffer
    private(set) var count = 0

    /// Values from one row to the next.
    static func stride(for dimension: Int) -> Int { (dimension + 16) / 16 * 16 }

    init(capacity: Int, dimension: Int) throws {
        self.dimension = dimension
        self.capacity = capacity
        stride = Self.stride(for: dimension)
        buffer = try AlignedBuffer(bytes: capacity * stride * MemoryLayout<Float>.size)
        for row in 0..<capacity { self.row(row)[dimension] = 1 }
    }

    func row(_ number: Int) -> UnsafeMutablePointer<Float> { buffer.floats() + number * stride }

    /// Takes rows of `dimension` values, less `shift`.
    func take(_ values: UnsafePointer<Float>, rows: Int, less shift: [Float]) {
        precondition(rows <= capacity && shift.count == dimension)
        count = rows
        let (dimension, stride, first) = (dimension, stride, buffer.floats())
        shift.withUnsafeBufferPointer { shift in
            Parallel.ranges(rows, minimum: 1 + 65_536 / stride) { range in
                for row in range {
                    let (from, to) = (values + row * dimension, first + row * stride)
                    for column in 0..<dimension { to[column] = from[column] - shift[column] }
                }
            }
        }
    }

    /// Takes what `discriminants` makes of rows, whose values less the mean go to `centred`.
    func take(_ values: UnsafePointer<Float>, rows: Int, through discriminants: DiscriminantAnalysis, centred: PreparedRows) throws {
        precondition(rows <= capacity && discriminants.components == dimension)
        centred.take(values, rows: rows, less: discriminants.mean)
        count = rows
        let failure = FirstFailure()
        let blocks = (rows + NearestCentres.blockRows - 1) / NearestCentres.blockRows
        discriminants.scalings.withUnsafeBufferPointer { scalings in
            guard let scalings = scalings.baseAddress else { return }
            Parallel.forEach(blocks) { _, block in
                let begin = block * NearestCentres.blockRows
                failure.catching {
                    try matrixProduct(
                        rows: min(NearestCentres.blockRows, rows - begin), columns: dimension, inner: centred.dimension,
                        left: centred.row(begin), leftStride: centred.stride, right: scalings, rightStride: dimension, transposed: false,
                        result: row(begin), resultStride: stride)
                }
            }
        }
        try failure.rethrow()
    }
}
