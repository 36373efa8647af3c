/// One of the two directions of a convolution whose weights change between runs: forward, or the pullback to its input. Weights, row-major
/// (O x I/groups x H x W), are packed into memory of the caller's before every run.
protocol ConvolutionDirection: Sendable {
    var packedBytes: Int { get }
    var packingScratchBytes: Int { get }
    var scratchBytes: Int { get }
    var implementation: String { get }

    /// The step that packs `weights` into `memory`, `packedBytes`; `scratch` has `packingScratchBytes`.
    func bindPacking(
        _ weights: UnsafeMutablePointer<Float>, into memory: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep

    /// The step that computes `output` from `input` with the weights that were packed into `memory`.
    func bind(
        source input: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer, bias: UnsafeMutablePointer<Float>?,
        destination output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep
}
