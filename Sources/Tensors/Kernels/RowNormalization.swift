/// `(x - mean) / sqrt(variance + epsilon)` of every row of row-major values, with its pullback.
public struct RowNormalization: Sendable {
    private let rows: Int
    private let length: Int
    private let epsilon: Float

    public init(rows: Int, length: Int, epsilon: Float) {
        self.rows = rows
        self.length = length
        self.epsilon = epsilon
    }

    /// Of each row the mean and the factor, kept for the pullback.
    public var memoryBytes: Int { 2 * rows * MemoryLayout<Float>.size }

    /// Sets `target` to `normalised * scale + shift`; scale and shift belong to the place in the row (`perPlace` values, repeated
    /// within a row every `perPlace`), or are absent.
    public func forward(
        _ source: UnsafePointer<Float>, scale: UnsafePointer<Float>?, shift: UnsafePointer<Float>?,
        into target: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            let (x, y) = (source + row * length, target + row * length)
            let mean = Self.sum(length) { x[$0] } / Float(length)
            let variance = Self.sum(length) { (x[$0] - mean) * (x[$0] - mean) } / Float(length)
            let factor = 1 / (variance + epsilon).squareRoot()
            memory[2 * row] = mean
            memory[2 * row + 1] = factor
            if let scale, let shift {
                for i in 0..<length { y[i] = (x[i] - mean) * factor * scale[i] + shift[i] }
            } else {
                for i in 0..<length { y[i] = (x[i] - mean) * factor }
            }
        }
    }

    /// `dx = factor * (g - mean(g) - n * mean(g * n))`, where g is `scale * dy` and n the normalised row.
    public func pullback(
        _ source: UnsafePointer<Float>, scale: UnsafePointer<Float>?, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, memory: UnsafePointer<Float>
    ) {
        for row in 0..<rows {
            let (x, dy, dx) = (source + row * length, outputGradient + row * length, inputGradient + row * length)
            let (mean, factor) = (memory[2 * row], memory[2 * row + 1])
            if let scale {
                for i in 0..<length { dx[i] = dy[i] * scale[i] }
            } else {
                dx.update(from: dy, count: length)
            }
            let first = Self.sum(length) { dx[$0] } / Float(length)
            let second = Self.sum(length) { dx[$0] * (x[$0] - mean) } * factor * factor / Float(length)
            for i in 0..<length { dx[i] = factor * (dx[i] - first - (x[i] - mean) * second) }
        }
    }

    /// Of scale and shift: the sums over rows of `dy * n`, n the normalised row, and of `dy`.
    public func learning(
        _ source: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, memory: UnsafePointer<Float>,
        scaleGradient: UnsafeMutablePointer<Float>, shiftGradient: UnsafeMutablePointer<Float>
    ) {
        scaleGradient.update(repeating: 0, count: length)
        shiftGradient.update(repeating: 0, count: length)
        for row in 0..<rows {
            let (x, dy) = (source + row * length, outputGradient + row * length)
            let (mean, factor) = (memory[2 * row], memory[2 * row + 1])
            for i in 0..<length {
                scaleGradient[i] += dy[i] * (x[i] - mean) * factor
                shiftGradient[i] += dy[i]
            }
        }
    }

    /// A sum in sixteen lanes: the compiler may not reorder a plain one.
    @inline(__always)
    private static func sum(_ count: Int, _ value: (Int) -> Float) -> Float {
        var lanes = Lane(repeating: 0)
        let whole = count / 16 * 16
        var i = 0
        while i < whole {
            var part = Lane()
            for lane in 0..<16 { part[lane] = value(i + lane) }
            lanes += part
            i += 16
        }
        var total = lanes.sum()
        while i < count {
            total += value(i)
            i += 1
        }
        return total
    }
}
