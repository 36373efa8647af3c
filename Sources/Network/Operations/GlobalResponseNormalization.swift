import Diagnostics
public import Tensors

/// `x + weight * x * n + bias` for each channel of a map, where `n` is the channel's Euclidean norm over all positions, divided by the
/// mean of all channels' norms plus epsilon: channels compete (Woo et al. 2023, "ConvNeXt V2").
public struct GlobalResponseNormalization: Operation {
    public let weight: [Float]
    public let bias: [Float]
    public let epsilon: Float

    public init(weight: [Float], bias: [Float], epsilon: Float = 1e-6) {
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    public var role: OperationRole { .normalization }
    public var kind: String { "global response normalisation" }
    public var window: ReceptiveWindow { .everything }
    public var parameterCount: Int { weight.count + bias.count }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0].rank == 3, inputs[0][0] == weight.count, bias.count == weight.count else {
            throw Problem("normalises \(weight.count) channels of a map and is given \(inputs[0])")
        }
        return inputs[0]
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 6 * output.count }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let shape = preparation.output, blocks = Layout.blocks(shape[0])
        let numbers = try AlignedBuffer(bytes: 2 * blocks * 16 * MemoryLayout<Float>.size)
        numbers.floats().update(from: weight, count: weight.count)
        (numbers.floats() + blocks * 16).update(from: bias, count: bias.count)
        return prepared(preparation, owner: numbers, weights: numbers.floats(), biases: numbers.floats() + blocks * 16)
    }

    /// With weights and biases that lie somewhere, each filled up to whole blocks with zeros.
    func prepared(
        _ preparation: Preparation, owner: any Sendable, weights: UnsafeMutablePointer<Float>, biases: UnsafeMutablePointer<Float>
    ) -> Prepared {
        let shape = preparation.output
        return Prepared(
            owner: owner, weights: Prepared.lanes(weights), biases: Prepared.lanes(biases), batch: preparation.batch, channels: shape[0],
            blocks: Layout.blocks(shape[0]), area: shape[1] * shape[2], epsilon: epsilon)
    }

    /// On maps in blocks; lanes past the last channel hold zeros, and have zeros for weights.
    struct Prepared: Kernel, @unchecked Sendable {
        typealias Lanes = UnsafeMutablePointer<SIMD16<Float>>

        /// Keeps weights and biases.
        let owner: any Sendable
        let weights: Lanes
        let biases: Lanes
        let batch: Int
        let channels: Int
        let blocks: Int
        let area: Int
        let epsilon: Float

        /// Of every image the norms of its channels.
        var memoryBytes: Int { batch * blocks * MemoryLayout<SIMD16<Float>>.size }
        /// In place of the memory where no pullback will come.
        var scratchBytes: Int { memoryBytes }

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0]) }

        fileprivate static func lanes(_ values: UnsafeMutablePointer<Float>) -> Lanes {
            UnsafeMutableRawPointer(values).assumingMemoryBound(to: SIMD16<Float>.self)
        }

        private func meanNorm(_ norms: Lanes) -> Float {
            (0..<blocks).reduce(Float(0)) { $0 + norms[$1].sum() } / Float(channels) + epsilon
        }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (Self.lanes(buffers.inputs[0]), Self.lanes(buffers.output))
            let norms = (buffers.memory ?? buffers.scratch).assumingMemoryBound(to: SIMD16<Float>.self)
            return { [self] _ in
                for image in 0..<batch {
                    let norms = norms + image * blocks, x = source + image * blocks * area, y = output + image * blocks * area
                    for block in 0..<blocks {
                        var squares = SIMD16<Float>.zero
                        for place in block * area..<(block + 1) * area { squares.addProduct(x[place], x[place]) }
                        norms[block] = squares.squareRoot()
                    }
                    let mean = meanNorm(norms)
                    for block in 0..<blocks {
                        let scale = 1 + weights[block] * norms[block] / mean
                        for place in block * area..<(block + 1) * area { y[place] = biases[block].addingProduct(x[place], scale) }
                    }
                }
            }
        }

        /// With `m` the mean of norms `g` plus epsilon, and `d` what reaches `n = g / m`:
        /// `dx = dy (1 + weight n) + (d / m - (sum of d g) / (C m^2)) x / g`.
        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            guard let norms = buffers.memory?.assumingMemoryBound(to: SIMD16<Float>.self) else { preconditionFailure("nothing was kept") }
            let (source, above, below) = (
                Self.lanes(buffers.inputs[0]), Self.lanes(buffers.outputGradient), Self.lanes(buffers.inputGradient)
            )
            return { [self] _ in
                for image in 0..<batch {
                    let norms = norms + image * blocks, offset = image * blocks * area
                    let x = source + offset, dy = above + offset, dx = below + offset
                    let mean = meanNorm(norms)
                    var total: Float = 0
                    var reaching = [SIMD16<Float>](repeating: .zero, count: blocks)
                    for block in 0..<blocks {
                        var sum = SIMD16<Float>.zero
                        for place in block * area..<(block + 1) * area { sum.addProduct(dy[place], x[place]) }
                        reaching[block] = sum * weights[block]
                        total += (reaching[block] * norms[block]).sum()
                    }
                    let common = total / (Float(channels) * mean * mean)
                    for block in 0..<blocks {
                        let scale = 1 + weights[block] * norms[block] / mean
                        // Nothing comes back through a norm of zero, as in PyTorch.
                        let isZero = norms[block] .== 0
                        let pull = ((reaching[block] / mean - common) / norms[block].replacing(with: 1, where: isZero))
                            .replacing(with: 0, where: isZero)
                        for place in block * area..<(block + 1) * area { dx[place] = (dy[place] * scale).addingProduct(x[place], pull) }
                    }
                }
            }
        }

        /// Of weights and biases: the sums over images and positions of `dy x n` and of `dy`.
        func learning(
            _ source: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer,
            weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
        ) {
            let (source, above) = (Self.lanes(source), Self.lanes(outputGradient))
            let norms = memory.assumingMemoryBound(to: SIMD16<Float>.self)
            var weightSums = [SIMD16<Float>](repeating: .zero, count: blocks), biasSums = weightSums
            for image in 0..<batch {
                let norms = norms + image * blocks, mean = meanNorm(norms)
                for block in 0..<blocks {
                    let offset = (image * blocks + block) * area
                    var products = SIMD16<Float>.zero
                    for place in offset..<offset + area {
                        products.addProduct(above[place], source[place])
                        biasSums[block] += above[place]
                    }
                    weightSums[block] += products * norms[block] / mean
                }
            }
            for channel in 0..<channels {
                weightGradient[channel] = weightSums[channel / 16][channel % 16]
                biasGradient[channel] = biasSums[channel / 16][channel % 16]
            }
        }
    }
}
