internal import COneDNN

/// A convolution prepared for one shape: `activation(W * x + b + added)`, its weights packed as oneDNN wants them.
public final class ConvolutionKernel: Sendable {
    private let geometry: WindowGeometry
    private let primitive: Primitive
    private let source: MemoryDescription
    private let destination: MemoryDescription
    private let weights: (description: MemoryDescription, values: AlignedBuffer)
    private let bias: (description: MemoryDescription, values: AlignedBuffer)?
    private let adds: Bool

    /// Prepares a convolution of maps in `layout` to blocked maps. `weights` is O x I/groups x H x W. With `adding` a map of
    /// the output's shape is added before the activation.
    public init(
        _ geometry: WindowGeometry, from layout: Layout, weights: Tensor, bias: [Float]?, adding: Bool,
        activation: Activation?
    ) throws {
        self.geometry = geometry
        adds = adding
        let source = try geometry.source(layout)
        let destination = try geometry.destination()
        let anyWeights = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any)
        let biasDescription = try bias.map { try MemoryDescription([$0.count], dnnl_a) }
        var window = geometry.window
        primitive = try Primitive("convolution", adding: adding ? destination : nil, activation: activation) {
            vitrine_convolution_forward(
                &$0, $1, source.handle, anyWeights.handle, biasDescription?.handle, destination.handle, &window, $2)
        }
        self.source = source
        self.destination = destination
        self.weights = try geometry.packedWeights(weights, for: primitive)
        if let bias, let biasDescription {
            let buffer = try AlignedBuffer(bytes: biasDescription.bytes)
            buffer.floats().update(from: bias, count: bias.count)
            self.bias = (biasDescription, buffer)
        } else {
            self.bias = nil
        }
    }

    public var scratchBytes: Int { primitive.scratchBytes }
    public var implementation: String { primitive.implementation }

    public func bind(
        source input: UnsafeMutablePointer<Float>, added: UnsafeMutablePointer<Float>?,
        destination output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_SRC, source, input)
        try arguments.bind(DNNL_ARG_WEIGHTS, weights.description, weights.values.address)
        if let bias { try arguments.bind(DNNL_ARG_BIAS, bias.description, bias.values.address) }
        try arguments.bind(DNNL_ARG_DST, destination, output)
        if adds, let added {
            // Argument of the first post-operation: DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1.
            try arguments.bind(Int32(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE) | DNNL_ARG_SRC_1, destination, added)
        }
        try arguments.bindScratch(of: primitive, scratch)
        return { [primitive] stream in try primitive.run(on: stream, arguments) }
    }
}
