/// A convolution prepared for one shape, with its weights: `activation(W * x + b + added)`; or its pullback, `W^T y`.
public protocol PreparedConvolution: Sendable {
    /// What a run needs besides its arguments.
    var scratchBytes: Int { get }
    /// What computes it, in the library's words.
    var implementation: String { get }

    /// The step that reads `input` and `added` and writes `output`.
    func bind(
        source input: UnsafeMutablePointer<Float>, added: UnsafeMutablePointer<Float>?, destination output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep
}
