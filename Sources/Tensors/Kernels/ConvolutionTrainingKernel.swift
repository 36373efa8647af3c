internal import COneDNN

/// A convolution whose weights change between runs, prepared for one shape: forward, and the gradients of its input, its weights
/// and its bias. Weights come row-major (O x I/groups x H x W) and are packed anew in every forward pass.
public final class ConvolutionTrainingKernel: Sendable {
    private let forward: any ConvolutionDirection
    private let pullback: (any ConvolutionDirection)?
    private let learning: AdaptedPrimitive
    private let bias: MemoryDescription?
    private let unpackGradient: Reorder

    /// Prepares a convolution of maps in `layout` to blocked maps; with the gradient of its input only where `wantsInputGradient`.
    /// `choices` names algorithms as for inference.
    public init(
        _ geometry: WindowGeometry, from layout: Layout, hasBias: Bool, wantsInputGradient: Bool, choices: AlgorithmChoices?
    ) throws {
        let source = try geometry.source(layout), destination = try geometry.destination()
        let anyWeights = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any)
        let plain = try MemoryDescription(geometry.weightDimensions, geometry.groups == 1 ? dnnl_abcd : dnnl_abcde)
        let bias = hasBias ? try MemoryDescription([geometry.output[0]], dnnl_a) : nil
        var window = geometry.window
        let (freeSource, freeDestination) = (try geometry.source(as: dnnl_format_tag_any), try geometry.destination(as: dnnl_format_tag_any))
        func makeForward(_ algorithm: ConvolutionAlgorithm) throws -> any ConvolutionDirection {
            if algorithm == .tiles, layout == .blocked { return TileDirection(convolution: try TileConvolution(geometry, layout)) }
            return try LibraryDirection(
                algorithm, geometry, bias: bias,
                [
                    .read(DNNL_ARG_SRC, dnnl_query_src_md, source, or: freeSource),
                    .written(DNNL_ARG_DST, dnnl_query_dst_md, destination, or: freeDestination),
                ]
            ) { forms in
                try Primitive("convolution") {
                    vitrine_convolution_forward(
                        &$0, $1, algorithm.kind, forms[0].handle, anyWeights.handle, bias?.handle, forms[1].handle, &window, $2)
                }
            }
        }
        func makePullback(_ algorithm: ConvolutionAlgorithm) throws -> any ConvolutionDirection {
            let turned = geometry.turned
            if algorithm == .turnedTiles, layout == .blocked {
                return TileDirection(convolution: try TileConvolution(turned, layout), isTurned: true)
            }
            guard algorithm == .turnedWinograd else {
                return try LibraryDirection(
                    algorithm, geometry,
                    [
                        .read(DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, destination, or: freeDestination),
                        .written(DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, source, or: freeSource),
                    ]
                ) { forms in
                    try Primitive("a convolution's gradient") {
                        vitrine_convolution_backward_data(
                            &$0, $1, algorithm.kind, forms[1].handle, forms[1].handle, anyWeights.handle, forms[0].handle, &window, $2)
                    }
                }
            }
            var turnedWindow = turned.window
            let turnedWeights = try MemoryDescription(turned.weightDimensions, dnnl_format_tag_any)
            return try LibraryDirection(
                algorithm, turned, isTurned: true,
                [
                    .read(DNNL_ARG_SRC, dnnl_query_src_md, destination, or: freeDestination),
                    .written(DNNL_ARG_DST, dnnl_query_dst_md, source, or: freeSource),
                ]
            ) { forms in
                try Primitive("a convolution's gradient") {
                    vitrine_convolution_forward(
                        &$0, $1, ConvolutionAlgorithm.winograd.kind, forms[0].handle, turnedWeights.handle, nil, forms[1].handle,
                        &turnedWindow, $2)
                }
            }
        }
        // Timed with weights of zero, which take as long.
        let zeros = Tensor(zeros: Shape([geometry.output[0], geometry.input[0] / geometry.groups] + geometry.kernel))
        var choice = ConvolutionChoice(geometry: geometry, layouts: (layout, .blocked))
        // Kernels in tiles are large: writing them in every step may take longer than they save.
        choice.isRepacked = layout == .blocked && TileConvolution.serves(layout)
        let way = try choice.algorithm(by: choices) {
            if choice.isRepacked { return try RepackedConvolution(makeForward($0), geometry, biases: hasBias ? geometry.output[0] : nil) }
            return try ConvolutionKernel.made($0, geometry, from: layout, weights: zeros)
        }
        forward = try (try? makeForward(way)) ?? makeForward(.direct)
        if wantsInputGradient {
            choice.isPullback = true
            let back = try choice.algorithm(by: choices) {
                if choice.isRepacked { return try RepackedConvolution(makePullback($0), geometry, biases: nil) }
                return try ConvolutionGradientKernel(geometry, to: layout, weights: zeros, algorithm: $0)
            }
            pullback = try (try? makePullback(back)) ?? makePullback(.direct)
        } else {
            pullback = nil
        }
        learning = try AdaptedPrimitive([
            .read(DNNL_ARG_SRC, dnnl_query_src_md, source, or: freeSource),
            .read(DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, destination, or: freeDestination),
        ]) { forms, _ in
            try Primitive("a convolution's gradient of its weights") {
                vitrine_convolution_backward_weights(
                    &$0, $1, dnnl_convolution_direct, forms[0].handle, anyWeights.handle, bias?.handle, forms[1].handle, &window, $2)
            }
        }
        unpackGradient = try Reorder(
            "unpacking a gradient", from: MemoryDescription(of: learning.primitive.description, dnnl_query_diff_weights_md), to: plain)
        self.bias = bias
    }

    /// The packed weights of both directions.
    public var memoryBytes: Int { forward.packedBytes + (pullback?.packedBytes ?? 0) }

    public var scratchBytes: Int {
        let directions = [forward, pullback].compactMap { $0 }.map { max($0.scratchBytes, $0.packingScratchBytes) }
        return max(directions.max() ?? 0, unpackGradient.sourceBytes + max(learning.scratchBytes, unpackGradient.scratchBytes))
    }

    public var implementations: [String] { [forward.implementation, pullback?.implementation, learning.implementation].compactMap { $0 } }

    /// The step that packs `weights` into `memory` and computes `W * x + b`.
    public func bindForward(
        source input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias biases: UnsafeMutablePointer<Float>?,
        destination output: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let pack = try forward.bindPacking(weights, into: memory, scratch: scratch)
        let packAgain = try pullback?.bindPacking(weights, into: memory + forward.packedBytes, scratch: scratch)
        let convolve = try forward.bind(source: input, memory: memory, bias: biases, destination: output, scratch: scratch)
        return { stream in
            try pack(stream)
            try packAgain?(stream)
            try convolve(stream)
        }
    }

    /// The step that writes the gradient of the input, with the weights that the forward pass left in `memory`.
    public func bindPullback(
        outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        guard let pullback else { preconditionFailure("prepared without the gradient of its input") }
        return try pullback.bind(
            source: outputGradient, memory: memory + forward.packedBytes, bias: nil, destination: inputGradient, scratch: scratch)
    }

    /// The step that writes the gradients of the weights, row-major, and of the bias.
    public func bindLearning(
        source input: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
        weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let working = scratch + unpackGradient.sourceBytes
        let learn = try learning.bind([input, outputGradient], scratch: working) { arguments in
            try arguments.bind(DNNL_ARG_DIFF_WEIGHTS, unpackGradient.source, scratch)
            if let bias, let biasGradient { try arguments.bind(DNNL_ARG_DIFF_BIAS, bias, biasGradient) }
        }
        let unpack = try unpackGradient.bind(from: scratch, to: weightGradient, scratch: working)
        return { stream in
            try learn(stream)
            try unpack(stream)
        }
    }
}
