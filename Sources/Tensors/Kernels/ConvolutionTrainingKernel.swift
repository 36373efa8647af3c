internal import COneDNN

/// A convolution whose weights change between runs, prepared for one shape: forward, and the gradients of its input, its weights
/// and its bias. Weights come row-major (O x I/groups x H x W) and are packed anew in every forward pass.
public final class ConvolutionTrainingKernel: Sendable {
    /// One of the two directions: a primitive, and how weights are brought into its form.
    private struct Direction {
        /// Of an input and a result.
        let convolution: AdaptedPrimitive
        let packing: Reorder
        /// Instead of `packing`, where that is slow.
        let winograd: WinogradPacking?
        /// True for the pullback as a forward convolution with kernels turned by half a turn.
        var isTurned = false

        /// The step that packs row-major `weights` into `memory`; `scratch` has room for them turned, besides the reorder's own.
        func bindPacking(
            _ weights: UnsafeMutablePointer<Float>, _ geometry: WindowGeometry, into memory: UnsafeMutableRawPointer,
            scratch: UnsafeMutableRawPointer
        ) throws -> BoundStep {
            if let winograd {
                let target = memory.assumingMemoryBound(to: Float.self)
                return { [isTurned] _ in winograd.pack(weights, isTurned: isTurned, into: target) }
            }
            guard isTurned else { return try packing.bind(from: weights, to: memory, scratch: scratch) }
            let turned = scratch.assumingMemoryBound(to: Float.self)
            let pack = try packing.bind(from: turned, to: memory, scratch: scratch + packing.sourceBytes)
            let area = geometry.kernel[0] * geometry.kernel[1]
            return { stream in
                turnKernels(weights, outputs: geometry.output[0], inputs: geometry.input[0], area: area, into: turned)
                try pack(stream)
            }
        }

        var packingScratchBytes: Int { winograd == nil ? (isTurned ? packing.sourceBytes : 0) + packing.scratchBytes : 0 }
    }

    private let geometry: WindowGeometry
    private let forward: Direction
    private let pullback: Direction?
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
        func direction(
            _ algorithm: ConvolutionAlgorithm, _ geometry: WindowGeometry, from weights: MemoryDescription,
            _ operands: [AdaptedPrimitive.Operand], _ make: ([MemoryDescription]) throws -> Primitive
        ) throws -> Direction {
            let convolution = try AdaptedPrimitive(operands, when: algorithm == .direct ? .slow : .never) { forms, _ in try make(forms) }
            let packing = try Reorder(
                "packing weights", from: weights, to: MemoryDescription(of: convolution.primitive.description, dnnl_query_weights_md))
            return Direction(
                convolution: convolution, packing: packing,
                winograd: algorithm == .direct ? nil : try .of(packing, outputs: geometry.output[0], inputs: geometry.input[0]))
        }
        let (freeSource, freeDestination) = (try geometry.source(as: dnnl_format_tag_any), try geometry.destination(as: dnnl_format_tag_any))
        func makeForward(_ algorithm: ConvolutionAlgorithm) throws -> Direction {
            try direction(
                algorithm, geometry, from: plain,
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
        func makePullback(_ algorithm: ConvolutionAlgorithm) throws -> Direction {
            guard algorithm == .turnedWinograd else {
                return try direction(
                    algorithm, geometry, from: plain,
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
            let turned = geometry.turned
            var turnedWindow = turned.window
            let turnedWeights = try MemoryDescription(turned.weightDimensions, dnnl_format_tag_any)
            var made = try direction(
                algorithm, turned, from: MemoryDescription(turned.weightDimensions, dnnl_abcd),
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
            made.isTurned = true
            return made
        }
        // Timed with weights of zero, which take as long.
        let zeros = Tensor(zeros: Shape([geometry.output[0], geometry.input[0] / geometry.groups] + geometry.kernel))
        let way = try ConvolutionKernel.algorithm(by: choices, geometry, from: layout) {
            try ConvolutionKernel(geometry, from: layout, weights: zeros, bias: nil, adding: false, activation: nil, algorithm: $0)
        }
        forward = try (try? makeForward(way)) ?? makeForward(.direct)
        if wantsInputGradient {
            let back = try ConvolutionGradientKernel.algorithm(by: choices, geometry, to: layout) {
                try ConvolutionGradientKernel(geometry, to: layout, weights: zeros, algorithm: $0)
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
        self.geometry = geometry
        self.bias = bias
    }

    /// The packed weights of both directions.
    public var memoryBytes: Int { forward.packing.resultBytes + (pullback?.packing.resultBytes ?? 0) }

    public var scratchBytes: Int {
        let directions = [forward, pullback].compactMap { $0 }.map { max($0.convolution.scratchBytes, $0.packingScratchBytes) }
        return max(directions.max() ?? 0, unpackGradient.sourceBytes + max(learning.scratchBytes, unpackGradient.scratchBytes))
    }

    public var implementations: [String] { [forward.convolution, pullback?.convolution, learning].compactMap { $0?.implementation } }

    /// The step that packs `weights` into `memory` and computes `W * x + b`.
    public func bindForward(
        source input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias biases: UnsafeMutablePointer<Float>?,
        destination output: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let pack = try forward.bindPacking(weights, geometry, into: memory, scratch: scratch)
        let packAgain = try pullback?.bindPacking(weights, geometry, into: memory + forward.packing.resultBytes, scratch: scratch)
        let convolve = try forward.convolution.bind([input, output], scratch: scratch) { arguments in
            try arguments.bind(DNNL_ARG_WEIGHTS, forward.packing.result, memory)
            if let bias, let biases { try arguments.bind(DNNL_ARG_BIAS, bias, biases) }
        }
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
        return try pullback.convolution.bind([outputGradient, inputGradient], scratch: scratch) {
            try $0.bind(DNNL_ARG_WEIGHTS, pullback.packing.result, memory + forward.packing.resultBytes)
        }
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
