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
        try forward.bind(values, [DNNL_ARG_SRC: source, DNNL_ARG_DST: destination], scratch: scratch)
    }

    public func bindPullback(
        result: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        guard let backward else { preconditionFailure("planned without gradient") }
        return try backward.bind(
            values, [DNNL_ARG_DST: result, DNNL_ARG_DIFF_DST: outputGradient, DNNL_ARG_DIFF_SRC: inputGradient], scratch: scratch)
    }
}
