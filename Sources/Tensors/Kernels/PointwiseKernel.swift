internal import COneDNN

/// A function of every value by itself, prepared for one shape, with its pullback, which reads the function's input.
public final class PointwiseKernel: Sendable {
    private let function: PointwiseFunction
    private let values: MemoryDescription
    /// None where the library has no such function; then values are taken one by one.
    private let primitives: (forward: Primitive, backward: Primitive?)?
    private let layout: Layout
    private let batch: Int
    private let shape: Shape

    /// For `batch` values of `shape` in `layout`.
    public init(_ function: PointwiseFunction, batch: Int, shape: Shape, layout: Layout, withGradient: Bool) throws {
        self.function = function
        self.layout = layout
        self.batch = batch
        self.shape = shape
        let values: MemoryDescription
        if layout == .blocked, let map = shape.map {
            values = try MemoryDescription([batch, map[0], map[1], map[2]], layout.tag)
        } else {
            values = try MemoryDescription([layout.count(batch: batch, shape)], dnnl_a)
        }
        self.values = values
        if let (algorithm, alpha, beta) = function.algorithm {
            let forward = try Primitive("a pointwise function") { vitrine_eltwise_forward(&$0, $1, algorithm, alpha, beta, values.handle, $2) }
            let hint = forward.description
            let backward =
                withGradient
                ? try Primitive("a pointwise function's gradient") {
                    vitrine_eltwise_backward(&$0, $1, algorithm, alpha, beta, values.handle, hint, $2)
                } : nil
            primitives = (forward, backward)
        } else {
            primitives = nil
        }
    }

    public var scratchBytes: Int { max(primitives?.forward.scratchBytes ?? 0, primitives?.backward?.scratchBytes ?? 0) }

    public func bindForward(
        source: UnsafeMutablePointer<Float>, destination: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        guard let forward = primitives?.forward else {
            return { [self] _ in eachValue { destination[$0] = $1 ? Float(function(Double(source[$0]))) : 0 } }
        }
        return try forward.bind(values, [DNNL_ARG_SRC: source, DNNL_ARG_DST: destination], scratch: scratch)
    }

    public func bindPullback(
        source: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        guard let primitives else {
            return { [self] _ in
                eachValue { inputGradient[$0] = $1 ? outputGradient[$0] * Float(function.derivative(at: Double(source[$0]))) : 0 }
            }
        }
        guard let backward = primitives.backward else { preconditionFailure("planned without gradient") }
        return try backward.bind(
            values, [DNNL_ARG_SRC: source, DNNL_ARG_DIFF_DST: outputGradient, DNNL_ARG_DIFF_SRC: inputGradient], scratch: scratch)
    }

    /// Calls `body` with the place of every value; false for lanes past the last channel.
    private func eachValue(_ body: (_ place: Int, _ isValue: Bool) -> Void) {
        let count = layout.count(batch: batch, shape)
        guard layout == .blocked else {
            for place in 0..<count { body(place, true) }
            return
        }
        let blocks = Layout.blocks(shape[0]), area = shape.count / max(1, shape[0])
        for place in 0..<count { body(place, place / (area * 16) % blocks * 16 + place % 16 < shape[0]) }
    }
}

extension PointwiseFunction {
    /// oneDNN's name for the function, with its parameters.
    fileprivate var algorithm: (dnnl_alg_kind_t, Float, Float)? {
        switch self {
        case .leakyRectifier(let slope): (dnnl_eltwise_relu, slope, 0)
        case .exponentialLinear(let alpha): (dnnl_eltwise_elu, alpha, 0)
        case .sigmoid: (dnnl_eltwise_logistic, 0, 0)
        case .tanh: (dnnl_eltwise_tanh, 0, 0)
        case .gelu: (dnnl_eltwise_gelu_erf, 0, 0)
        case .geluTanh: (dnnl_eltwise_gelu_tanh, 0, 0)
        case .silu: (dnnl_eltwise_swish, 1, 0)
        case .mish: (dnnl_eltwise_mish, 0, 0)
        case .exponential: (dnnl_eltwise_exp, 0, 0)
        case .logarithm: (dnnl_eltwise_log, 0, 0)
        case .absolute: (dnnl_eltwise_abs, 0, 0)
        case .affine(let scale, let shift): (dnnl_eltwise_linear, scale, shift)
        // Version 3 takes slope and offset of hard swish as parameters, version 2 does not; and libraries differ at kinks.
        case .hardSwish, .hardSigmoid, .erf, .softplus, .squareRoot, .reciprocal, .power, .clip: nil
        }
    }
}
