/// The pullback of a dense convolution to an input of few channels in row-major order: a network's first layer.
///
/// oneDNN's own kernels want sixteen channels and fall back to a reference loop for three. Here the gradient is computed
/// as a *forward* convolution of the output's gradient: with stride s, the input pixels fall into s x s phases, each of
/// which sees every s-th kernel tap. One convolution computes all phases as channels, and its result is shuffled into
/// place (sub-pixel convolution; Shi et al. 2016, section 2.2).
///
/// With q = j + padding = s a + r for input row j: `dx[c, j] = sum over o, m of w[o, c, r + s m] dy[o, a - m]`.
public final class SubPixelGradientKernel: Sendable {
    private let geometry: WindowGeometry
    private let convolution: ConvolutionKernel
    private let phases: Shape
    /// First `a` of a row and of a column.
    private let first: [Int]

    /// Prepares the pullback from an output in `layout`; the convolution must be dense (one group, no dilation), its padding narrower than
    /// its kernel.
    public init(_ geometry: WindowGeometry, from layout: Layout = .blocked, weights: Tensor) throws {
        precondition(geometry.groups == 1 && geometry.dilation == [1, 1], "a dense convolution")
        let (inputs, outputs) = (geometry.input[0], geometry.output[0])
        let (sh, sw) = (geometry.stride[0], geometry.stride[1])
        let taps = (0..<2).map { (geometry.kernel[$0] + geometry.stride[$0] - 1) / geometry.stride[$0] }
        var counts: [Int] = [], low: [Int] = [], high: [Int] = [], first: [Int] = []
        for axis in 0..<2 {
            let (padding, stride) = (geometry.paddingLow[axis], geometry.stride[axis])
            let begin = padding / stride
            let count = (geometry.input[axis + 1] + padding - 1) / stride - begin + 1
            first.append(begin)
            counts.append(count)
            low.append(taps[axis] - 1 - begin)
            high.append(count + begin - geometry.output[axis + 1])
        }
        var rearranged = Tensor(zeros: [inputs * sh * sw, outputs, taps[0], taps[1]])
        for c in 0..<inputs {
            for ry in 0..<sh {
                for rx in 0..<sw {
                    let phase = (c * sh + ry) * sw + rx
                    for o in 0..<outputs {
                        for ty in 0..<taps[0] {
                            for tx in 0..<taps[1] {
                                let ky = ry + sh * (taps[0] - 1 - ty)
                                let kx = rx + sw * (taps[1] - 1 - tx)
                                guard ky < geometry.kernel[0], kx < geometry.kernel[1] else { continue }
                                rearranged.values[((phase * outputs + o) * taps[0] + ty) * taps[1] + tx] =
                                    weights.values[((o * inputs + c) * geometry.kernel[0] + ky) * geometry.kernel[1] + kx]
                            }
                        }
                    }
                }
            }
        }
        phases = [inputs * sh * sw, counts[0], counts[1]]
        self.first = first
        self.geometry = geometry
        convolution = try ConvolutionKernel(
            WindowGeometry(
                batch: geometry.batch, input: geometry.output, output: phases, kernel: taps, stride: [1, 1],
                paddingLow: low, paddingHigh: high),
            from: layout, weights: rearranged, bias: nil, adding: false, activation: nil)
    }

    private var phaseBytes: Int {
        Layout.blocked.count(batch: geometry.batch, phases) * MemoryLayout<Float>.size
    }

    public var scratchBytes: Int { phaseBytes + convolution.scratchBytes }
    public var implementation: String { convolution.implementation }

    public func bind(
        outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let result = scratch.assumingMemoryBound(to: Float.self)
        let convolve = try convolution.bind(
            source: outputGradient, added: nil, destination: result, scratch: scratch + phaseBytes)
        return { [self] stream in
            try convolve(stream)
            shuffle(result, into: inputGradient)
        }
    }

    private func shuffle(_ result: UnsafeMutablePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
        let (channels, height, width) = (geometry.input[0], geometry.input[1], geometry.input[2])
        let (sh, sw) = (geometry.stride[0], geometry.stride[1])
        let (rows, columns, blocks) = (phases[1], phases[2], Layout.blocks(phases[0]))
        Parallel.ranges(geometry.batch * channels * height, minimum: 1 + 32_768 / width) { range in
            for index in range {
                let (image, c, y) = (index / height / channels, index / height % channels, index % height)
                let qy = y + geometry.paddingLow[0]
                let row = qy / sh - first[0]
                let target = gradient + index * width
                for rest in 0..<min(sw, width) {
                    // Every sw-th column belongs to one phase; their values lie a block apart.
                    let qx = rest + geometry.paddingLow[1]
                    let phase = (c * sh + qy % sh) * sw + qx % sw
                    let place = ((image * blocks + phase / 16) * rows + row) * columns + qx / sw - first[1]
                    var source = result + place * 16 + phase % 16
                    for x in stride(from: rest, to: width, by: sw) {
                        target[x] = source.pointee
                        source += 16
                    }
                }
            }
        }
    }
}
