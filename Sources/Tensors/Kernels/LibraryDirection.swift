internal import COneDNN

/// A direction as the library computes it: a primitive, and how weights are brought into its form.
struct LibraryDirection: ConvolutionDirection {
    /// Of an input and a result.
    private let convolution: AdaptedPrimitive
    private let packing: Reorder
    /// Instead of `packing`, where that is slow.
    private let winograd: WinogradPacking?
    private let bias: MemoryDescription?
    private let geometry: WindowGeometry
    /// True for the pullback as a forward convolution with kernels turned by half a turn.
    private let isTurned: Bool

    /// - Parameters:
    ///   - geometry: of the convolution that is computed, which for a turned one is the pullback's as a forward convolution.
    ///   - operands: input and result.
    ///   - make: gives the primitive for operands in these forms, with weights in a form of its choice.
    init(
        _ algorithm: ConvolutionAlgorithm, _ geometry: WindowGeometry, isTurned: Bool = false, bias: MemoryDescription? = nil,
        _ operands: [AdaptedPrimitive.Operand], _ make: ([MemoryDescription]) throws -> Primitive
    ) throws {
        convolution = try AdaptedPrimitive(operands, when: algorithm == .direct ? .slow : .never) { forms, _ in try make(forms) }
        let plain = try MemoryDescription(geometry.weightDimensions, geometry.groups == 1 ? dnnl_abcd : dnnl_abcde)
        packing = try Reorder(
            "packing weights", from: plain, to: MemoryDescription(of: convolution.primitive.description, dnnl_query_weights_md))
        winograd = algorithm == .direct ? nil : try .of(packing, outputs: geometry.output[0], inputs: geometry.input[0])
        (self.bias, self.geometry, self.isTurned) = (bias, geometry, isTurned)
    }

    var packedBytes: Int { packing.resultBytes }
    var packingScratchBytes: Int { winograd == nil ? (isTurned ? packing.sourceBytes : 0) + packing.scratchBytes : 0 }
    var scratchBytes: Int { convolution.scratchBytes }
    var implementation: String { convolution.implementation }

    /// `scratch` has room for weights turned, besides the reorder's own.
    func bindPacking(
        _ weights: UnsafeMutablePointer<Float>, into memory: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        if let winograd {
            let target = memory.assumingMemoryBound(to: Float.self)
            return { [isTurned] _ in winograd.pack(weights, isTurned: isTurned, into: target) }
        }
        guard isTurned else { return try packing.bind(from: weights, to: memory, scratch: scratch) }
        let turned = scratch.assumingMemoryBound(to: Float.self)
        let pack = try packing.bind(from: turned, to: memory, scratch: scratch + packing.sourceBytes)
        let area = geometry.kernel[0] * geometry.kernel[1]
        return { [geometry] stream in
            turnKernels(weights, outputs: geometry.input[0], inputs: geometry.output[0], area: area, into: turned)
            try pack(stream)
        }
    }

    func bind(
        source input: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer, bias biases: UnsafeMutablePointer<Float>?,
        destination output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        try convolution.bind([input, output], scratch: scratch) { arguments in
            try arguments.bind(DNNL_ARG_WEIGHTS, packing.result, memory)
            if let bias, let biases { try arguments.bind(DNNL_ARG_BIAS, bias, biases) }
        }
    }
}
