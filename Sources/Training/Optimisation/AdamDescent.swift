import Foundation
import Tensors

/// Adam (Kingma and Ba 2015) as `torch.optim.Adam` computes it, without weight decay.
final class AdamDescent {
    static let decays: (first: Float, second: Float) = (0.9, 0.999)
    static let epsilon: Float = 1e-8

    let count: Int
    private let first: AlignedBuffer
    private let second: AlignedBuffer
    private var steps = 0

    /// For `count` values. Throws a `Problem` when there is no memory for their moments.
    init(count: Int) throws {
        self.count = count
        first = try AlignedBuffer(bytes: (count + 15) / 16 * 64)
        second = try AlignedBuffer(bytes: (count + 15) / 16 * 64)
    }

    /// Moves `values` against `gradients` by one step. Both are aligned to 64 bytes and readable up to a multiple of 16 values.
    func step(_ values: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>, rate: Float) {
        steps += 1
        let (x, g, m, v) = (values.lanes, gradients.lanes, first.floats().lanes, second.floats().lanes)
        let (beta1, beta2) = Self.decays
        let size = rate / Float(1 - pow(Double(beta1), Double(steps)))
        let correction = 1 / Float(1 - pow(Double(beta2), Double(steps)))
        Parallel.ranges((count + 15) / 16, minimum: 1024) { range in
            for i in range {
                let slope = g[i]
                let mean = m[i] * beta1 + slope * (1 - beta1)
                let square = v[i] * beta2 + slope * slope * (1 - beta2)
                m[i] = mean
                v[i] = square
                x[i] -= mean * size / ((square * correction).squareRoot() + Self.epsilon)
            }
        }
    }

    /// Forgets what was learned of the values `range`.
    func forget(_ range: Range<Int>) {
        (first.floats() + range.lowerBound).update(repeating: 0, count: range.count)
        (second.floats() + range.lowerBound).update(repeating: 0, count: range.count)
    }
}
