/// Batch normalisation by the batch's own mean and variance, on blocked maps:
/// `(x - mean) / sqrt(variance + epsilon) * scale + shift` a channel (Ioffe and Szegedy 2015).
///
/// All sums are over pieces of fixed size in fixed order, so that every number of threads gives the same bits.
public struct BatchStatisticsNormalization: Sendable {
    private let batch: Int
    private let channels: Int
    private let area: Int
    private let epsilon: Float
    private var blocks: Int { Layout.blocks(channels) }
    /// Values a channel.
    private var count: Int { batch * area }
    /// Images a piece: pieces are long enough to be worth a thread's while, and short enough for float32 sums.
    private var imagesPerPiece: Int { max(1, 4096 / max(1, area)) }
    private var pieces: Int { (batch + imagesPerPiece - 1) / imagesPerPiece }

    public init(batch: Int, channels: Int, area: Int, epsilon: Float) {
        self.batch = batch
        self.channels = channels
        self.area = area
        self.epsilon = epsilon
    }

    /// Mean and `1 / sqrt(variance + epsilon)` of every channel, kept for the pullback.
    public var memoryBytes: Int { 2 * blocks * MemoryLayout<Lane>.size }
    /// Two sums for every block of each piece, then two numbers for every block.
    public var scratchBytes: Int { (2 * pieces + 2) * blocks * MemoryLayout<Lane>.size }

    /// The running statistics, updated by every forward pass.
    public struct Running {
        let mean: UnsafeMutablePointer<Float>
        let variance: UnsafeMutablePointer<Float>
        /// The share of the new values.
        let momentum: Float

        public init(mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>, momentum: Float) {
            self.mean = mean
            self.variance = variance
            self.momentum = momentum
        }
    }

    /// Calls `body` with every piece: its block, its number among those of the block, and its images.
    private func forEachPiece(_ body: (_ block: Int, _ piece: Int, _ images: Range<Int>) -> Void) {
        Parallel.forEach(blocks * pieces) { _, item in
            let (block, piece) = (item % blocks, item / blocks)
            body(block, piece, piece * imagesPerPiece..<min(batch, (piece + 1) * imagesPerPiece))
        }
    }

    /// Sets `target` to the normalised values, plus `added` where there is one, through `activation`. `scale` and `shift` hold
    /// `channels` values.
    public func forward(
        _ source: UnsafeMutablePointer<Float>, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>,
        added: UnsafeMutablePointer<Float>?, activation: Activation?, into target: UnsafeMutablePointer<Float>,
        running: Running?, memory: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let (x, partial) = (source.lanes, scratch.lanes)
        // About the piece's first value, so that little is lost to cancellation.
        forEachPiece { block, piece, images in
            let first = x[(images.lowerBound * blocks + block) * area]
            var (sum, square) = (Lane(repeating: 0), Lane(repeating: 0))
            var (sum2, square2) = (Lane(repeating: 0), Lane(repeating: 0))
            for image in images {
                let values = x + (image * blocks + block) * area
                var position = 0
                while position + 1 < area {
                    let (a, b) = (values[position] - first, values[position + 1] - first)
                    sum += a
                    square += a * a
                    sum2 += b
                    square2 += b * b
                    position += 2
                }
                if position < area {
                    let a = values[position] - first
                    sum += a
                    square += a * a
                }
            }
            partial[2 * (piece * blocks + block)] = sum + sum2
            partial[2 * (piece * blocks + block) + 1] = square + square2
        }
        let (factors, shifts) = (partial + 2 * pieces * blocks, partial + (2 * pieces + 1) * blocks)
        for channel in 0..<blocks * 16 {
            let (block, lane) = (channel / 16, channel % 16)
            guard channel < channels else {
                memory[channel] = 0
                memory[blocks * 16 + channel] = 0
                factors[block][lane] = 0
                shifts[block][lane] = 0
                continue
            }
            let (mean, variance) = moments(of: channel, source, scratch)
            let inverse = 1 / (variance + Double(epsilon)).squareRoot()
            memory[channel] = Float(mean)
            memory[blocks * 16 + channel] = Float(inverse)
            factors[block][lane] = Float(inverse) * scale[channel]
            shifts[block][lane] = Float(Double(shift[channel]) - mean * inverse * Double(scale[channel]))
            if let running {
                let unbiased = count > 1 ? variance * Double(count) / Double(count - 1) : variance
                running.mean[channel] += running.momentum * (Float(mean) - running.mean[channel])
                running.variance[channel] += running.momentum * (Float(unbiased) - running.variance[channel])
            }
        }
        let (y, extra, zero) = (target.lanes, added?.lanes, Lane(repeating: 0))
        let upper: Lane? =
            switch activation {
            case nil: nil
            case .relu: Lane(repeating: .infinity)
            case .clipped(let bound): Lane(repeating: bound)
            }
        forEachPiece { block, _, images in
            let (a, b) = (factors[block], shifts[block])
            for image in images {
                let begin = (image * blocks + block) * area
                // Channels past the last stay zero: their factors are.
                if let extra {
                    for i in begin..<begin + area { y[i] = x[i] * a + b + extra[i] }
                } else {
                    for i in begin..<begin + area { y[i] = x[i] * a + b }
                }
                if let upper {
                    for i in begin..<begin + area {
                        var value = y[i]
                        value.replace(with: zero, where: value .< zero)
                        value.replace(with: upper, where: value .> upper)
                        y[i] = value
                    }
                }
            }
        }
    }

    /// Mean and biased variance of a channel from the pieces' sums.
    private func moments(of channel: Int, _ source: UnsafeMutablePointer<Float>, _ partial: UnsafeMutablePointer<Float>) -> (Double, Double) {
        let (block, lane) = (channel / 16, channel % 16)
        var (mean, squares, seen) = (0.0, 0.0, 0.0)
        for piece in 0..<pieces {
            let images = piece * imagesPerPiece..<min(batch, (piece + 1) * imagesPerPiece)
            let size = Double(images.count * area)
            let first = Double(source[(images.lowerBound * blocks + block) * area * 16 + lane])
            let offset = Double(partial[2 * (piece * blocks + block) * 16 + lane]) / size
            let own = max(0, Double(partial[(2 * (piece * blocks + block) + 1) * 16 + lane]) - size * offset * offset)
            // Chan, Golub and LeVeque 1979.
            let difference = first + offset - mean
            squares += own + difference * difference * seen * size / (seen + size)
            seen += size
            mean += difference * size / seen
        }
        return (mean, squares / max(1, seen))
    }

    /// Sets the gradients of scale and shift: the sums of `dy * n` and of `dy`, where n are the normalised values.
    public func learning(
        _ source: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>,
        scaleGradient: UnsafeMutablePointer<Float>, shiftGradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let (x, dy, partial, kept) = (source.lanes, outputGradient.lanes, scratch.lanes, memory.lanes)
        forEachPiece { block, piece, images in
            let mean = kept[block]
            var (sum, product) = (Lane(repeating: 0), Lane(repeating: 0))
            var (sum2, product2) = (Lane(repeating: 0), Lane(repeating: 0))
            for image in images {
                let begin = (image * blocks + block) * area
                var i = begin
                while i + 1 < begin + area {
                    let (g, h) = (dy[i], dy[i + 1])
                    sum += g
                    product += g * (x[i] - mean)
                    sum2 += h
                    product2 += h * (x[i + 1] - mean)
                    i += 2
                }
                if i < begin + area {
                    sum += dy[i]
                    product += dy[i] * (x[i] - mean)
                }
            }
            partial[2 * (piece * blocks + block)] = sum + sum2
            partial[2 * (piece * blocks + block) + 1] = product + product2
        }
        for channel in 0..<channels {
            let (block, lane) = (channel / 16, channel % 16)
            var (sum, product) = (0.0, 0.0)
            for piece in 0..<pieces {
                sum += Double(scratch[2 * (piece * blocks + block) * 16 + lane])
                product += Double(scratch[(2 * (piece * blocks + block) + 1) * 16 + lane])
            }
            shiftGradient[channel] = Float(sum)
            scaleGradient[channel] = Float(product * Double(memory[blocks * 16 + channel]))
        }
    }

    /// Sets `dx = scale / sigma * (dy - mean(dy) - n * mean(dy * n))`; the means come from the gradients that `learning` left.
    public func pullback(
        _ source: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>, scale: UnsafePointer<Float>,
        scaleGradient: UnsafePointer<Float>, shiftGradient: UnsafePointer<Float>, memory: UnsafeMutablePointer<Float>,
        into inputGradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let (x, dy, dx) = (source.lanes, outputGradient.lanes, inputGradient.lanes)
        // dx = a dy + b (x - mean) + c, with a, b and c by channel.
        let a = scratch.lanes, b = a + blocks, c = b + blocks
        for channel in 0..<blocks * 16 {
            let (block, lane) = (channel / 16, channel % 16)
            let isThere = channel < channels
            let inverse = memory[blocks * 16 + channel]
            let factor = isThere ? inverse * scale[channel] : 0
            let slope = isThere ? factor * scaleGradient[channel] / Float(count) * inverse : 0
            a[block][lane] = factor
            b[block][lane] = -slope
            c[block][lane] = isThere ? -factor * shiftGradient[channel] / Float(count) : 0
        }
        forEachPiece { block, _, images in
            let (a, b, c, mean) = (a[block], b[block], c[block], memory.lanes[block])
            for image in images {
                let begin = (image * blocks + block) * area
                for i in begin..<begin + area { dx[i] = dy[i] * a + ((x[i] - mean) * b + c) }
            }
        }
    }
}
