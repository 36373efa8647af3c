internal import COneDNN

/// `e^x / sum of e^x` along the middle of `outer x count x inner` values, with its pullback, which reads the result.
public final class SoftmaxKernel: Sendable {
    private let forward: Primitive
    private let backward: Primitive?
    private let values: MemoryDescription

    public init(outer: Int, count: Int, inner: Int, withGradient: Bool) throws {
        let values = try MemoryDescription([outer, count, inner], dnnl_abc)
        forward = try Primitive("softmax") { vitrine_softmax_forward(&$0, $1, 1, values.handle, $2) }
        let hint = forward.description
        backward =
            withGradient
            ? try Primitive("softmax's gradient") { vitrine_softmax_backward(&$0, $1, 1, values.handle, hint, $2) } : nil
        self.values = values
    }

    public var scratchBytes: Int { max(forward.scratchBytes, backward?.scratchBytes ?? 0) }

    public func bindForward(
        source: UnsafeMutablePointer<Float>, destination: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_SRC, values, source)
        try arguments.bind(DNNL_ARG_DST, values, destination)
        try arguments.bindScratch(of: forward, scratch)
        return { [forward] stream in try forward.run(on: stream, arguments) }
    }

    public func bindPullback(
        result: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        guard let backward else { preconditionFailure("planned without gradient") }
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_DST, values, result)
        try arguments.bind(DNNL_ARG_DIFF_DST, values, outputGradient)
        try arguments.bind(DNNL_ARG_DIFF_SRC, values, inputGradient)
        try arguments.bindScratch(of: backward, scratch)
        return { stream in try backward.run(on: stream, arguments) }
    }
}
