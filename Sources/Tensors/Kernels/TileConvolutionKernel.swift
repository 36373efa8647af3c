/// A convolution by Winograd's way whose weights stay, with its kernels transformed once.
final class TileConvolutionKernel: PreparedConvolution {
    private let convolution: TileConvolution
    private let kernels: AlignedBuffer
    private let bias: AlignedBuffer?
    private let activation: Activation?

    /// Prepares `convolution`. `weights` is O x I x 3 x 3.
    init(_ convolution: TileConvolution, weights: Tensor, bias: [Float]?, activation: Activation?) throws {
        self.convolution = convolution
        self.activation = activation
        let kernels = try AlignedBuffer(bytes: convolution.packedBytes)
        self.kernels = kernels
        weights.values.withUnsafeBufferPointer {
            if let weights = $0.baseAddress { convolution.pack(weights, isTurned: false, into: kernels.address) }
        }
        self.bias = try bias.map { values in
            let buffer = try AlignedBuffer(bytes: values.count * MemoryLayout<Float>.size)
            buffer.floats().update(from: values, count: values.count)
            return buffer
        }
    }

    var scratchBytes: Int { convolution.scratchBytes }
    var implementation: String { convolution.implementation }

    func bind(
        source input: UnsafeMutablePointer<Float>, added: UnsafeMutablePointer<Float>?, destination output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let step = try convolution.bind(
            source: input, kernels: kernels.address, bias: bias?.floats(), added: added, activation: activation, destination: output,
            scratch: scratch)
        return { [self] stream in try withExtendedLifetime(self) { try step(stream) } }
    }
}
