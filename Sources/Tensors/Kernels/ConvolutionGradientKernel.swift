internal import COneDNN

/// The pullback of a convolution to its input, prepared for one shape: blocked gradients in, blocked gradients out.
public final class ConvolutionGradientKernel: Sendable {
    private let primitive: Primitive
    private let source: MemoryDescription
    private let destination: MemoryDescription
    private let weights: (description: MemoryDescription, values: AlignedBuffer)

    /// Prepares the pullback of the convolution with `geometry` and `weights` (O x I/groups x H x W) to an input in `layout`.
    public init(_ geometry: WindowGeometry, to layout: Layout, weights: Tensor) throws {
        let source = try geometry.source(layout)
        let destination = try geometry.destination()
        let anyWeights = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any)
        var window = geometry.window
        primitive = try Primitive("a convolution's gradient") {
            vitrine_convolution_backward_data(
                &$0, $1, source.handle, anyWeights.handle, destination.handle, &window, $2)
        }
        self.source = source
        self.destination = destination
        self.weights = try geometry.packedWeights(weights, for: primitive)
    }

    public var scratchBytes: Int { primitive.scratchBytes }
    public var implementation: String { primitive.implementation }

    public func bind(
        outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_DIFF_DST, destination, outputGradient)
        try arguments.bind(DNNL_ARG_WEIGHTS, weights.description, weights.values.address)
        try arguments.bind(DNNL_ARG_DIFF_SRC, source, inputGradient)
        try arguments.bindScratch(of: primitive, scratch)
        return { [primitive] stream in try primitive.run(on: stream, arguments) }
    }
}
