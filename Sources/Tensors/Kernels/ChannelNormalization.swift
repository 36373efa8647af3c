/// `(x - mean) / sqrt(variance + epsilon) * scale + shift` over the channels at every position of blocked maps.
public struct ChannelNormalization: Sendable {
    private let batch: Int
    private let channels: Int
    private let area: Int
    private let epsilon: Float
    private var blocks: Int { Layout.blocks(channels) }

    public init(batch: Int, channels: Int, area: Int, epsilon: Float) {
        self.batch = batch
        self.channels = channels
        self.area = area
        self.epsilon = epsilon
    }

    /// Of each position the mean and the factor, kept for the pullback.
    public var memoryBytes: Int { 2 * batch * area * MemoryLayout<Float>.size }

    /// Lanes of the last block that hold channels are 1, others 0.
    private var tail: Lane {
        var lane = Lane(repeating: 0)
        for i in 0..<channels - (blocks - 1) * 16 { lane[i] = 1 }
        return lane
    }

    /// `scale` and `shift` are filled up to whole blocks with zeros.
    public func forward(
        _ source: UnsafeMutablePointer<Float>, scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>,
        into target: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>
    ) {
        let (w, b, tail) = (scale.lanes, shift.lanes, tail)
        for image in 0..<batch {
            let (x, y) = (source.lanes + image * blocks * area, target.lanes + image * blocks * area)
            for position in 0..<area {
                var total = Lane(repeating: 0)
                for block in 0..<blocks { total += x[block * area + position] }
                let mean = total.sum() / Float(channels)
                var squares = Lane(repeating: 0)
                for block in 0..<blocks {
                    var centred = x[block * area + position] - mean
                    if block == blocks - 1 { centred *= tail }
                    squares += centred * centred
                }
                let factor = 1 / (squares.sum() / Float(channels) + epsilon).squareRoot()
                memory[2 * (image * area + position)] = mean
                memory[2 * (image * area + position) + 1] = factor
                for block in 0..<blocks {
                    y[block * area + position] = (x[block * area + position] - mean) * factor * w[block] + b[block]
                }
            }
        }
    }

    /// `dx = factor * (g - mean(g) - n * mean(g * n))`, where g is `scale * dy` and n the normalised values.
    public func pullback(
        _ source: UnsafeMutablePointer<Float>, scale: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>
    ) {
        let (w, tail) = (scale.lanes, tail)
        for image in 0..<batch {
            let base = image * blocks * area
            let (x, dy, dx) = (source.lanes + base, outputGradient.lanes + base, inputGradient.lanes + base)
            for position in 0..<area {
                let (mean, factor) = (memory[2 * (image * area + position)], memory[2 * (image * area + position) + 1])
                var total = Lane(repeating: 0), products = Lane(repeating: 0)
                for block in 0..<blocks {
                    let g = dy[block * area + position] * w[block]
                    total += g
                    products += g * (x[block * area + position] - mean)
                }
                let first = total.sum() / Float(channels)
                let second = products.sum() * factor * factor / Float(channels)
                for block in 0..<blocks {
                    let g = dy[block * area + position] * w[block]
                    var result = (g - first - (x[block * area + position] - mean) * second) * factor
                    if block == blocks - 1 { result *= tail }
                    dx[block * area + position] = result
                }
            }
        }
    }

    /// Of scale and shift: the sums over images and positions of `dy * n`, n the normalised values, and of `dy`.
    public func learning(
        _ source: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>,
        scaleGradient: UnsafeMutablePointer<Float>, shiftGradient: UnsafeMutablePointer<Float>
    ) {
        for block in 0..<blocks {
            var products = Lane(repeating: 0), total = Lane(repeating: 0)
            for image in 0..<batch {
                let base = (image * blocks + block) * area
                let (x, dy) = (source.lanes + base, outputGradient.lanes + base)
                for position in 0..<area {
                    let (mean, factor) = (memory[2 * (image * area + position)], memory[2 * (image * area + position) + 1])
                    products += dy[position] * (x[position] - mean) * factor
                    total += dy[position]
                }
            }
            for lane in 0..<min(16, channels - block * 16) {
                scaleGradient[block * 16 + lane] = products[lane]
                shiftGradient[block * 16 + lane] = total[lane]
            }
        }
    }
}
