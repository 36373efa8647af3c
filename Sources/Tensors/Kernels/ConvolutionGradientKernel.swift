internal import COneDNN

/// The pullback of a convolution to its input, prepared for one shape.
public final class ConvolutionGradientKernel: PreparedConvolution {
    private struct Backward {
        let convolution: AdaptedPrimitive
        let weights: (description: MemoryDescription, values: AlignedBuffer)
        /// For factors of another number format than the buffers': into the beginning of the scratch memory.
        let rounding: Reorder?

        var scratchBytes: Int { (rounding?.resultBytes ?? 0) + max(rounding?.scratchBytes ?? 0, convolution.scratchBytes) }
    }

    private enum Way {
        case backward(Backward)
        case turned(any PreparedConvolution)
    }

    private let way: Way

    /// Prepares the pullback of the convolution with `geometry` and `weights` (O x I/groups x H x W) from an output in `outputLayout` to
    /// an input in `layout`. Throws a `Problem` where the library has no such `algorithm`.
    public init(
        _ geometry: WindowGeometry, to layout: Layout, from outputLayout: Layout = .blocked, weights: Tensor, algorithm: ConvolutionAlgorithm = .direct,
        precision: Precision = .float32
    ) throws {
        if [.turnedWinograd, .turnedTiles].contains(algorithm) {
            precondition(geometry.suitsWinograd && layout == outputLayout && layout != .plain, "a kernel that can be turned")
            way = .turned(
                try ConvolutionKernel.made(
                    algorithm == .turnedTiles ? .tiles : .winograd, geometry.turned, from: outputLayout, to: layout,
                    weights: weights.turnedKernels))
            return
        }
        let source = try geometry.source(layout)
        let destination = try geometry.destination(outputLayout, precision.type)
        let anyWeights = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any, precision.type)
        // Both sides of the forward convolution have the factors' number format, whatever the gradient's is.
        let forwardSource = try geometry.source(layout, precision.type)
        var window = geometry.window
        let convolution = try AdaptedPrimitive(
            [
                .read(DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, destination, or: geometry.destination(as: dnnl_format_tag_any)),
                .written(DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, source, or: geometry.source(as: dnnl_format_tag_any)),
            ], when: algorithm == .direct && precision == .float32 ? .slow : .never
        ) { forms, isAdapted in
            try Primitive("a convolution's gradient") {
                vitrine_convolution_backward_data(
                    &$0, $1, algorithm.kind, forms[1].handle, isAdapted ? forms[1].handle : forwardSource.handle, anyWeights.handle,
                    forms[0].handle, &window, $2)
            }
        }
        way = .backward(
            Backward(
                convolution: convolution, weights: try geometry.packedWeights(weights, for: convolution.primitive),
                rounding: precision == .float32 ? nil : try Reorder("rounding", from: geometry.destination(outputLayout), to: destination)))
    }

    public var scratchBytes: Int {
        switch way {
        case .backward(let backward): backward.scratchBytes
        case .turned(let kernel): kernel.scratchBytes
        }
    }

    public var implementation: String {
        switch way {
        case .backward(let backward): backward.convolution.implementation
        case .turned(let kernel): kernel.implementation
        }
    }

    private var computesFast: Bool {
        switch way {
        case .backward(let backward): backward.convolution.primitive.computesFast
        case .turned: true
        }
    }

    /// The step that writes the input's gradient, at `destination`; nothing is added.
    public func bind(
        source outputGradient: UnsafeMutablePointer<Float>, added: UnsafeMutablePointer<Float>? = nil,
        destination inputGradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        switch way {
        case .turned(let kernel):
            return try kernel.bind(source: outputGradient, added: nil, destination: inputGradient, scratch: scratch)
        case .backward(let backward):
            let working = scratch + (backward.rounding?.resultBytes ?? 0)
            let round = try backward.rounding?.bind(from: outputGradient, to: scratch, scratch: working)
            let convolve = try backward.convolution.bind(
                [round == nil ? UnsafeMutableRawPointer(outputGradient) : scratch, UnsafeMutableRawPointer(inputGradient)], scratch: working
            ) { try $0.bind(DNNL_ARG_WEIGHTS, backward.weights.description, backward.weights.values.address) }
            return { stream in
                try round?(stream)
                try convolve(stream)
            }
        }
    }
}

extension ConvolutionGradientKernel {
    /// The pullback by the algorithm that `choices` names for it, direct without them; in `precision` where the library is fast in it.
    public static func chosen(
        by choices: AlgorithmChoices?, precision: Precision = .float32, _ geometry: WindowGeometry, to layout: Layout,
        from outputLayout: Layout = .blocked, weights: Tensor
    ) throws -> ConvolutionGradientKernel {
        if precision != .float32, layout == .blocked {
            let kernel = try? ConvolutionGradientKernel(geometry, to: layout, from: outputLayout, weights: weights, precision: precision)
            if let kernel, kernel.computesFast { return kernel }
        }
        func make(_ algorithm: ConvolutionAlgorithm) throws -> ConvolutionGradientKernel {
            try ConvolutionGradientKernel(geometry, to: layout, from: outputLayout, weights: weights, algorithm: algorithm)
        }
        let algorithm = try ConvolutionChoice(geometry: geometry, layouts: (layout, outputLayout), isPullback: true).algorithm(by: choices, make: make)
        return try (try? make(algorithm)) ?? make(.direct)
    }
}
