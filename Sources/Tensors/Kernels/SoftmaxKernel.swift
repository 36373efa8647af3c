internal import COneDNN

/// `e^x / sum of e^x` along the middle of `outer x count x inner` values, with its pullback, which reads the result.
public final class SoftmaxKernel: Sendable {
    private let forward: Primitive
    private let backward: Primitive?
    private let values: MemoryDescription
    private let extents: (outer: Int, count: Int, inner: Int)

    public init(outer: Int, count: Int, inner: Int, withGradient: Bool) throws {
        let values = try MemoryDescription([outer, count, inner], dnnl_abc)
        forward = try Primitive("softmax") { vitrine_softmax_forward(&$0, $1, 1, values.handle, $2) }
        let hint = forward.description
        backward =
            withGradient
            ? try Primitive("softmax's gradient") { vitrine_softmax_backward(&$0, $1, 1, values.handle, hint, $2) } : nil
        self.values = values
        extents = (outer, count, inner)
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
        if backward.isReference, extents.inner == 1 {
            return { [self] _ in pullBack(result, outputGradient, into: inputGradient) }
        }
        return try backward.bind(
            values, [DNNL_ARG_DST: result, DNNL_ARG_DIFF_DST: outputGradient, DNNL_ARG_DIFF_SRC: inputGradient], scratch: scratch)
    }

    /// `y (g - sum of y g)` of every row, for processors for which the library has but a loop that is slower.
    private func pullBack(
        _ result: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>
    ) {
        let count = extents.count, whole = count / 8 * 8
        Parallel.ranges(extents.outer, minimum: 1 + 32_768 / count) { rows in
            for row in rows {
                let y = result + row * count, g = gradient + row * count, x = target + row * count
                var sums = SIMD8<Float>.zero
                for place in stride(from: 0, to: whole, by: 8) { sums += lanes(y + place) * lanes(g + place) }
                var sum = sums.sum()
                for place in whole..<count { sum += y[place] * g[place] }
                for place in stride(from: 0, to: whole, by: 8) {
                    UnsafeMutableRawPointer(x + place).storeBytes(of: lanes(y + place) * (lanes(g + place) - sum), as: SIMD8<Float>.self)
                }
                for place in whole..<count { x[place] = y[place] * (g[place] - sum) }
            }
        }
    }

    @inline(__always)
    private func lanes(_ values: UnsafeMutablePointer<Float>) -> SIMD8<Float> { UnsafeRawPointer(values).loadUnaligned(as: SIMD8<Float>.self) }
}
