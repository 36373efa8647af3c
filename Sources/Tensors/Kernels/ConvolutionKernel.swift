internal import COneDNN

/// A convolution as oneDNN computes it, its weights packed as it wants them.
public final class ConvolutionKernel: PreparedConvolution {
    private let convolution: AdaptedPrimitive
    private let destination: MemoryDescription
    private let weights: (description: MemoryDescription, values: AlignedBuffer)
    private let bias: (description: MemoryDescription, values: AlignedBuffer)?
    private let adds: Bool
    /// What the primitive leaves to a loop behind it.
    private let isCompletedByLoop: Bool
    private let activation: Activation?
    private let count: Int
    /// For factors of another number format than the buffers': into the beginning of the scratch memory.
    private let rounding: Reorder?

    /// Prepares a convolution of maps in `layout` to maps in blocks, those of `outputLayout`. `weights` is O x I/groups x H x W. With
    /// `adding` a map like the output is added before the activation. Throws a `Problem` where the library has no such `algorithm`.
    public init(
        _ geometry: WindowGeometry, from layout: Layout, to outputLayout: Layout = .blocked, weights: Tensor, bias: [Float]?, adding: Bool,
        activation: Activation?, algorithm: ConvolutionAlgorithm = .direct, precision: Precision = .float32
    ) throws {
        adds = adding
        self.activation = activation
        let type = precision.type
        let source = try geometry.source(layout, type)
        let destination = try geometry.destination(outputLayout)
        let anyWeights = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any, type)
        let biasDescription = try bias.map { try MemoryDescription([$0.count], dnnl_a) }
        // Winograd's kernels know no other nonlinearity, and no sum with a map elsewhere; nor is one added that has another form.
        let isBare = algorithm != .direct && (adding || !(activation == nil || activation == .relu))
        var window = geometry.window
        convolution = try AdaptedPrimitive(
            [
                .read(DNNL_ARG_SRC, dnnl_query_src_md, source, or: geometry.source(as: dnnl_format_tag_any)),
                .written(DNNL_ARG_DST, dnnl_query_dst_md, destination, or: geometry.destination(as: dnnl_format_tag_any)),
            ], when: algorithm == .direct && precision == .float32 ? .slow : .never
        ) { forms, isAdapted in
            let isBare = isBare || isAdapted && adding
            return try Primitive("convolution", adding: adding && !isBare ? destination : nil, activation: isBare ? nil : activation) {
                vitrine_convolution_forward(
                    &$0, $1, algorithm.kind, forms[0].handle, anyWeights.handle, biasDescription?.handle, forms[1].handle, &window, $2)
            }
        }
        isCompletedByLoop = isBare || convolution.isAdapted && adding
        rounding = precision == .float32 ? nil : try Reorder("rounding", from: geometry.source(layout), to: source)
        self.destination = destination
        self.weights = try geometry.packedWeights(weights, for: convolution.primitive)
        if let bias, let biasDescription {
            let buffer = try AlignedBuffer(bytes: biasDescription.bytes)
            buffer.floats().update(from: bias, count: bias.count)
            self.bias = (biasDescription, buffer)
        } else {
            self.bias = nil
        }
        count = outputLayout.count(batch: geometry.batch, geometry.output)
    }

    public var scratchBytes: Int { (rounding?.resultBytes ?? 0) + max(rounding?.scratchBytes ?? 0, convolution.scratchBytes) }
    var computesFast: Bool { convolution.primitive.computesFast }
    public var implementation: String { convolution.implementation }
    var isAdapted: Bool { convolution.isAdapted }

    public func bind(
        source input: UnsafeMutablePointer<Float>, added: UnsafeMutablePointer<Float>?,
        destination output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let working = scratch + (rounding?.resultBytes ?? 0)
        let round = try rounding?.bind(from: input, to: scratch, scratch: working)
        let convolve = try convolution.bind(
            [round == nil ? UnsafeMutableRawPointer(input) : scratch, UnsafeMutableRawPointer(output)], scratch: working
        ) { arguments in
            try arguments.bind(DNNL_ARG_WEIGHTS, weights.description, weights.values.address)
            if let bias { try arguments.bind(DNNL_ARG_BIAS, bias.description, bias.values.address) }
            if adds, !isCompletedByLoop, let added {
                // Argument of the first post-operation: DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1.
                try arguments.bind(Int32(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE) | DNNL_ARG_SRC_1, destination, added)
            }
        }
        let sources = adds ? [output] + (added.map { [$0] } ?? []) : [output]
        return { [self] stream in
            try round?(stream)
            try convolve(stream)
            if isCompletedByLoop { Elementwise.sum(sources, into: output, count: count, activation: activation) }
        }
    }
}

extension WindowGeometry {
    var sourceBytes: Int { Layout.blocked.count(batch: batch, input) * MemoryLayout<Float>.size }
    var destinationBytes: Int { Layout.blocked.count(batch: batch, output) * MemoryLayout<Float>.size }
}

extension Precision {
    var type: dnnl_data_type_t { self == .bfloat16 ? dnnl_bf16 : dnnl_f32 }
}
