internal import COneDNN

/// The pullback of a convolution to its input, prepared for one shape.
public final class ConvolutionGradientKernel: Sendable {
    private struct Backward {
        let convolution: AdaptedPrimitive
        let weights: (description: MemoryDescription, values: AlignedBuffer)
        /// For factors of another number format than the buffers': into the beginning of the scratch memory.
        let rounding: Reorder?

        var scratchBytes: Int { (rounding?.resultBytes ?? 0) + max(rounding?.scratchBytes ?? 0, convolution.scratchBytes) }
    }

    private enum Way {
        case backward(Backward)
        case turned(ConvolutionKernel)
    }

    private let way: Way

    /// Prepares the pullback of the convolution with `geometry` and `weights` (O x I/groups x H x W) from an output in `outputLayout` to
    /// an input in `layout`. Throws a `Problem` where the library has no such `algorithm`.
    public init(
        _ geometry: WindowGeometry, to layout: Layout, from outputLayout: Layout = .blocked, weights: Tensor, algorithm: ConvolutionAlgorithm = .direct,
        precision: Precision = .float32
    ) throws {
        if algorithm == .turnedWinograd {
            precondition(geometry.suitsWinograd && layout == .blocked && outputLayout == .blocked, "a kernel that can be turned")
            way = .turned(
                try ConvolutionKernel(
                    geometry.turned, from: .blocked, weights: weights.turnedKernels, bias: nil, adding: false, activation: nil,
                    algorithm: .winograd))
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
        case .turned(let kernel): kernel.computesFast
        }
    }

    public func bind(
        outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
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
        let algorithm = try algorithm(by: choices, geometry, to: layout, from: outputLayout, make: make)
        return try (try? make(algorithm)) ?? make(.direct)
    }

    /// The algorithm that `choices` names for the pullback, direct without them and in blocks of eight.
    static func algorithm(
        by choices: AlgorithmChoices?, _ geometry: WindowGeometry, to layout: Layout, from outputLayout: Layout = .blocked,
        make: (ConvolutionAlgorithm) throws -> ConvolutionGradientKernel
    ) throws -> ConvolutionAlgorithm {
        guard let choices, layout != .plain, geometry.suitsWinograd else { return .direct }
        let isNarrow = [layout, outputLayout].contains(.narrow)
        let chosen = try choices.algorithm(
            for: "pullback \(geometry.key), threads \(Parallel.threads)", among: [.direct, .winograd, .turnedWinograd]
        ) { candidates in
            if isNarrow { return candidates.map { $0 == .direct ? 0 : nil } }
            let kernels = candidates.map { try? make($0) }
            let source = try AlignedBuffer(bytes: geometry.sourceBytes), result = try AlignedBuffer(bytes: geometry.destinationBytes)
            let scratch = try AlignedBuffer(bytes: kernels.compactMap { $0?.scratchBytes }.max() ?? 0)
            return try withExtendedLifetime((source, result, scratch)) {
                try shortestTimes(
                    of: kernels.map {
                        try $0?.bind(outputGradient: result.floats(), inputGradient: source.floats(), scratch: scratch.address)
                    })
            }
        }
        return isNarrow ? .direct : chosen
    }
}
