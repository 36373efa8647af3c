/// A direction of training as a convolution of its own, to be timed: weights, of zeros as the bias is, are packed in every run, as a step of
/// training does.
struct RepackedConvolution: PreparedConvolution {
    private let direction: any ConvolutionDirection
    private let weights: AlignedBuffer
    private let packed: AlignedBuffer
    private let bias: AlignedBuffer?

    /// - Parameter biases: how many values the bias has of a direction that was made with one.
    init(_ direction: any ConvolutionDirection, _ geometry: WindowGeometry, biases: Int?) throws {
        self.direction = direction
        bias = try biases.map { try AlignedBuffer(bytes: $0 * MemoryLayout<Float>.size) }
        weights = try AlignedBuffer(bytes: geometry.weightDimensions.reduce(1, *) * MemoryLayout<Float>.size)
        packed = try AlignedBuffer(bytes: direction.packedBytes)
    }

    var scratchBytes: Int { max(direction.scratchBytes, direction.packingScratchBytes) }
    var implementation: String { direction.implementation }

    func bind(
        source input: UnsafeMutablePointer<Float>, added: UnsafeMutablePointer<Float>?, destination output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let pack = try direction.bindPacking(weights.floats(), into: packed.address, scratch: scratch)
        let run = try direction.bind(source: input, memory: packed.address, bias: bias?.floats(), destination: output, scratch: scratch)
        return { [self] stream in
            try withExtendedLifetime(self) {
                try pack(stream)
                try run(stream)
            }
        }
    }
}
