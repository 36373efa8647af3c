/// A direction in tiles. `isTurned` for a pullback: a forward convolution with kernels turned by half a turn.
struct TileDirection: ConvolutionDirection {
    let convolution: TileConvolution
    var isTurned = false

    var packedBytes: Int { convolution.packedBytes }
    var packingScratchBytes: Int { 0 }
    var scratchBytes: Int { convolution.scratchBytes }
    var implementation: String { convolution.implementation }

    func bindPacking(
        _ weights: UnsafeMutablePointer<Float>, into memory: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        { [convolution, isTurned] _ in convolution.pack(weights, isTurned: isTurned, into: memory) }
    }

    func bind(
        source input: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer, bias: UnsafeMutablePointer<Float>?,
        destination output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        try convolution.bind(
            source: input, kernels: memory, bias: bias.map { UnsafePointer($0) }, added: nil, activation: nil, destination: output,
            scratch: scratch)
    }
}
