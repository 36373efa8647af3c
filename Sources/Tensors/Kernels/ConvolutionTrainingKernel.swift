internal import COneDNN

/// A convolution whose weights change between runs, prepared for one shape: forward, and the gradients of its input, its weights
/// and its bias. Weights come row-major (O x I/groups x H x W) and are packed anew in every forward pass.
public final class ConvolutionTrainingKernel: Sendable {
    private let forward: Primitive
    private let pullback: Primitive?
    private let learning: Primitive
    private let source: MemoryDescription
    private let destination: MemoryDescription
    private let plainWeights: MemoryDescription
    private let bias: MemoryDescription?
    /// From row-major weights to those of each primitive, and back for the gradient; nil where they lie as wanted.
    private let packForward: Reorder
    private let packPullback: Reorder?
    private let unpackGradient: Reorder

    /// Prepares a convolution of maps in `layout` to blocked maps; with the gradient of its input only where `wantsInputGradient`.
    public init(_ geometry: WindowGeometry, from layout: Layout, hasBias: Bool, wantsInputGradient: Bool) throws {
        let source = try geometry.source(layout), destination = try geometry.destination()
        let anyWeights = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any)
        let plain = try MemoryDescription(geometry.weightDimensions, geometry.groups == 1 ? dnnl_abcd : dnnl_abcde)
        let bias = hasBias ? try MemoryDescription([geometry.output[0]], dnnl_a) : nil
        var window = geometry.window
        forward = try Primitive("convolution") {
            vitrine_convolution_forward(
                &$0, $1, dnnl_convolution_direct, source.handle, anyWeights.handle, bias?.handle, destination.handle, &window, $2)
        }
        packForward = try Reorder(
            "packing weights", from: plain, to: MemoryDescription(of: forward.description, dnnl_query_weights_md))
        let pullback =
            wantsInputGradient
            ? try Primitive("a convolution's gradient") {
                vitrine_convolution_backward_data(
                    &$0, $1, dnnl_convolution_direct, source.handle, source.handle, anyWeights.handle, destination.handle, &window, $2)
            } : nil
        packPullback = try pullback.map {
            try Reorder("packing weights", from: plain, to: MemoryDescription(of: $0.description, dnnl_query_weights_md))
        }
        self.pullback = pullback
        learning = try Primitive("a convolution's gradient of its weights") {
            vitrine_convolution_backward_weights(
                &$0, $1, dnnl_convolution_direct, source.handle, anyWeights.handle, bias?.handle, destination.handle, &window, $2)
        }
        unpackGradient = try Reorder(
            "unpacking a gradient", from: MemoryDescription(of: learning.description, dnnl_query_diff_weights_md), to: plain)
        self.source = source
        self.destination = destination
        self.bias = bias
        plainWeights = plain
    }

    /// The packed weights of both directions.
    public var memoryBytes: Int { packForward.resultBytes + (packPullback?.resultBytes ?? 0) }

    public var scratchBytes: Int {
        let own = [forward, pullback].compactMap { $0?.scratchBytes }.max() ?? 0
        let packing = [packForward, packPullback].compactMap { $0?.scratchBytes }.max() ?? 0
        return max(own, packing, unpackGradient.sourceBytes + max(learning.scratchBytes, unpackGradient.scratchBytes))
    }

    public var implementations: [String] { [forward, pullback, learning].compactMap { $0?.implementation } }

    /// The step that packs `weights` into `memory` and computes `W * x + b`.
    public func bindForward(
        source input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias biases: UnsafeMutablePointer<Float>?,
        destination output: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let pack = try packForward.bind(from: weights, to: memory, scratch: scratch)
        let packAgain = try packPullback?.bind(from: weights, to: memory + packForward.resultBytes, scratch: scratch)
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_SRC, source, input)
        try arguments.bind(DNNL_ARG_WEIGHTS, packForward.result, memory)
        if let bias, let biases { try arguments.bind(DNNL_ARG_BIAS, bias, biases) }
        try arguments.bind(DNNL_ARG_DST, destination, output)
        try arguments.bindScratch(of: forward, scratch)
        return { [forward] stream in
            try pack(stream)
            try packAgain?(stream)
            try forward.run(on: stream, arguments)
        }
    }

    /// The step that writes the gradient of the input, with the weights that the forward pass left in `memory`.
    public func bindPullback(
        outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        guard let pullback, let packPullback else { preconditionFailure("prepared without the gradient of its input") }
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_DIFF_DST, destination, outputGradient)
        try arguments.bind(DNNL_ARG_WEIGHTS, packPullback.result, memory + packForward.resultBytes)
        try arguments.bind(DNNL_ARG_DIFF_SRC, source, inputGradient)
        try arguments.bindScratch(of: pullback, scratch)
        return { stream in try pullback.run(on: stream, arguments) }
    }

    /// The step that writes the gradients of the weights, row-major, and of the bias.
    public func bindLearning(
        source input: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
        weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let working = scratch + unpackGradient.sourceBytes
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_SRC, source, input)
        try arguments.bind(DNNL_ARG_DIFF_DST, destination, outputGradient)
        try arguments.bind(DNNL_ARG_DIFF_WEIGHTS, unpackGradient.source, scratch)
        if let bias, let biasGradient { try arguments.bind(DNNL_ARG_DIFF_BIAS, bias, biasGradient) }
        try arguments.bindScratch(of: learning, working)
        let unpack = try unpackGradient.bind(from: scratch, to: weightGradient, scratch: working)
        return { [learning] stream in
            try learning.run(on: stream, arguments)
            try unpack(stream)
        }
    }
}
