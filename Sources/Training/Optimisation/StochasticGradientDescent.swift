import Tensors

/// Stochastic gradient descent with momentum and weight decay, as `torch.optim.SGD` computes it:
///
///     g = gradient + decay * value
///     m = momentum * m + g          (m = g at the first step)
///     value -= rate * (g + momentum * m)      with Nesterov's momentum (Sutskever et al. 2013), else rate * m
///
/// for all values alike, as PyTorch does by default: weights, biases, and scales and shifts of normalisations.
public final class StochasticGradientDescent {
    public struct Settings: Sendable, Equatable, Codable {
        public var momentum: Float = 0.9
        public var weightDecay: Float = 5e-4
        public var nesterov = true

        public init() {}
    }

    public let settings: Settings
    /// Of values, as they lie in their block.
    public let count: Int
    private let buffer: AlignedBuffer

    /// For a block of `count` values. Throws a `Problem` when there is no memory for their momentum.
    public init(count: Int, settings: Settings = Settings()) throws {
        self.count = count
        self.settings = settings
        buffer = try AlignedBuffer(bytes: (count + 15) / 16 * 64)
    }

    /// The momentum m of every value: zero at first, which makes the first step PyTorch's.
    public var momentum: UnsafeMutablePointer<Float> { buffer.floats() }

    /// Moves `values` by one step against `gradients`. Both are aligned to 64 bytes and readable up to a multiple of 16 values.
    public func step(_ values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, rate: Float) {
        let (x, slopes, m) = (values.lanes, gradients.lanes, momentum.lanes)
        let (decay, friction, nesterov) = (settings.weightDecay, settings.momentum, settings.nesterov)
        Parallel.ranges((count + 15) / 16, minimum: 2048) { range in
            for i in range {
                let g = slopes[i] + x[i] * decay
                let velocity = m[i] * friction + g
                m[i] = velocity
                x[i] -= (nesterov ? g + velocity * friction : velocity) * rate
            }
        }
    }
}
