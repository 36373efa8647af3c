internal import COneDNN

/// The pullback of a convolution to its input, prepared for one shape: blocked gradients in, blocked gradients out.
public final class ConvolutionGradientKernel: Sendable {
    private struct Backward {
        let primitive: Primitive
        let source: MemoryDescription
        let destination: MemoryDescription
        let weights: (description: MemoryDescription, values: AlignedBuffer)
    }

    private enum Way {
        case backward(Backward)
        case turned(ConvolutionKernel)
    }

    private let way: Way

    /// Prepares the pullback of the convolution with `geometry` and `weights` (O x I/groups x H x W) to an input in `layout`.
    /// Throws a `Problem` where the library has no such `algorithm`.
    public init(_ geometry: WindowGeometry, to layout: Layout, weights: Tensor, algorithm: ConvolutionAlgorithm = .direct) throws {
        if algorithm == .turnedWinograd {
            precondition(geometry.suitsWinograd && layout == .blocked, "a kernel that can be turned")
            way = .turned(
                try ConvolutionKernel(
                    geometry.turned, from: .blocked, weights: weights.turnedKernels, bias: nil, adding: false, activation: nil,
                    algorithm: .winograd))
            return
        }
        let source = try geometry.source(layout)
        let destination = try geometry.destination()
        let anyWeights = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any)
        var window = geometry.window
        let primitive = try Primitive("a convolution's gradient") {
            vitrine_convolution_backward_data(
                &$0, $1, algorithm.kind, source.handle, anyWeights.handle, destination.handle, &window, $2)
        }
        way = .backward(
            Backward(
                primitive: primitive, source: source, destination: destination,
                weights: try geometry.packedWeights(weights, for: primitive)))
    }

    public var scratchBytes: Int {
        switch way {
        case .backward(let backward): backward.primitive.scratchBytes
        case .turned(let kernel): kernel.scratchBytes
        }
    }

    public var implementation: String {
        switch way {
        case .backward(let backward): backward.primitive.implementation
        case .turned(let kernel): kernel.implementation
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
            let arguments = Primitive.Arguments()
            try arguments.bind(DNNL_ARG_DIFF_DST, backward.destination, outputGradient)
            try arguments.bind(DNNL_ARG_WEIGHTS, backward.weights.description, backward.weights.values.address)
            try arguments.bind(DNNL_ARG_DIFF_SRC, backward.source, inputGradient)
            try arguments.bindScratch(of: backward.primitive, scratch)
            return { stream in try backward.primitive.run(on: stream, arguments) }
        }
    }
}

extension ConvolutionGradientKernel {
    /// The pullback by the algorithm that `choices` names for it; direct without them.
    public static func chosen(
        by choices: AlgorithmChoices?, _ geometry: WindowGeometry, to layout: Layout, weights: Tensor
    ) throws -> ConvolutionGradientKernel {
        func make(_ algorithm: ConvolutionAlgorithm) throws -> ConvolutionGradientKernel {
            try ConvolutionGradientKernel(geometry, to: layout, weights: weights, algorithm: algorithm)
        }
        guard let choices, layout == .blocked, geometry.suitsWinograd else { return try make(.direct) }
        let algorithm = try choices.algorithm(
            for: "pullback \(geometry.key), threads \(Parallel.threads)", among: [.direct, .winograd, .turnedWinograd]
        ) { candidates in
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
        return try (try? make(algorithm)) ?? make(.direct)
    }
}
