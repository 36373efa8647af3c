internal import COneDNN

/// A convolution prepared for one shape: `activation(W * x + b + added)`, its weights packed as oneDNN wants them.
public final class ConvolutionKernel: Sendable {
    private let primitive: Primitive
    private let source: MemoryDescription
    private let destination: MemoryDescription
    private let weights: (description: MemoryDescription, values: AlignedBuffer)
    private let bias: (description: MemoryDescription, values: AlignedBuffer)?
    private let adds: Bool
    /// What the primitive leaves to a loop behind it.
    private let isCompletedByLoop: Bool
    private let activation: Activation?
    private let count: Int

    /// Prepares a convolution of maps in `layout` to blocked maps. `weights` is O x I/groups x H x W. With `adding` a map of
    /// the output's shape is added before the activation. Throws a `Problem` where the library has no such `algorithm`.
    public init(
        _ geometry: WindowGeometry, from layout: Layout, weights: Tensor, bias: [Float]?, adding: Bool,
        activation: Activation?, algorithm: ConvolutionAlgorithm = .direct
    ) throws {
        adds = adding
        self.activation = activation
        let source = try geometry.source(layout)
        let destination = try geometry.destination()
        let anyWeights = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any)
        let biasDescription = try bias.map { try MemoryDescription([$0.count], dnnl_a) }
        // Winograd's kernels know no other nonlinearity, and no sum with a map elsewhere.
        isCompletedByLoop = algorithm != .direct && (adding || !(activation == nil || activation == .relu))
        var window = geometry.window
        primitive = try Primitive(
            "convolution", adding: adding && !isCompletedByLoop ? destination : nil, activation: isCompletedByLoop ? nil : activation
        ) {
            vitrine_convolution_forward(
                &$0, $1, algorithm.kind, source.handle, anyWeights.handle, biasDescription?.handle, destination.handle, &window, $2)
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
        count = Layout.blocked.count(batch: geometry.batch, geometry.output)
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
        if adds, !isCompletedByLoop, let added {
            // Argument of the first post-operation: DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1.
            try arguments.bind(Int32(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE) | DNNL_ARG_SRC_1, destination, added)
        }
        try arguments.bindScratch(of: primitive, scratch)
        guard isCompletedByLoop else { return { [primitive] stream in try primitive.run(on: stream, arguments) } }
        let sources = adds ? [output] + (added.map { [$0] } ?? []) : [output]
        return { [primitive, count, activation] stream in
            try primitive.run(on: stream, arguments)
            Elementwise.sum(sources, into: output, count: count, activation: activation)
        }
    }
}

extension ConvolutionKernel {
    /// The convolution by the algorithm that `choices` names for it; direct without them.
    public static func chosen(
        by choices: AlgorithmChoices?, _ geometry: WindowGeometry, from layout: Layout, weights: Tensor, bias: [Float]?, adding: Bool,
        activation: Activation?
    ) throws -> ConvolutionKernel {
        func make(_ algorithm: ConvolutionAlgorithm) throws -> ConvolutionKernel {
            try ConvolutionKernel(
                geometry, from: layout, weights: weights, bias: bias, adding: adding, activation: activation, algorithm: algorithm)
        }
        guard let choices, layout == .blocked, geometry.suitsWinograd else { return try make(.direct) }
        let behind = (adding ? ", sum" : "") + (activation.map { ", \($0)" } ?? "")
        let algorithm = try choices.algorithm(
            for: "forward \(geometry.key)\(behind), threads \(Parallel.threads)", among: [.direct, .winograd]
        ) { candidates in
            let kernels = candidates.map { try? make($0) }
            let source = try AlignedBuffer(bytes: geometry.sourceBytes), result = try AlignedBuffer(bytes: geometry.destinationBytes)
            let added = adding ? try AlignedBuffer(bytes: geometry.destinationBytes) : nil
            let scratch = try AlignedBuffer(bytes: kernels.compactMap { $0?.scratchBytes }.max() ?? 0)
            return try withExtendedLifetime((source, result, added, scratch)) {
                try shortestTimes(
                    of: kernels.map {
                        try $0?.bind(
                            source: source.floats(), added: added?.floats(), destination: result.floats(), scratch: scratch.address)
                    })
            }
        }
        // A record may come from a machine that could do what this one cannot.
        return try (try? make(algorithm)) ?? make(.direct)
    }
}

extension WindowGeometry {
    var sourceBytes: Int { Layout.blocked.count(batch: batch, input) * MemoryLayout<Float>.size }
    var destinationBytes: Int { Layout.blocked.count(batch: batch, output) * MemoryLayout<Float>.size }
}
