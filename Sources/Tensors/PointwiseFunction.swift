import Foundation

/// A function of one number that is applied to every value by itself, with parameters.
public enum PointwiseFunction: Sendable, Hashable {
    /// `x` above zero, `slope * x` below.
    case leakyRectifier(slope: Float)
    /// `x` above zero, `alpha * (e^x - 1)` below.
    case exponentialLinear(alpha: Float)
    case sigmoid
    /// `min(max(slope * x + offset, 0), 1)`; 1/6 and 1/2 in PyTorch.
    case hardSigmoid(slope: Float, offset: Float)
    /// `x * min(max(x / 6 + 1/2, 0), 1)` (Howard et al. 2019).
    case hardSwish
    case tanh
    case erf
    /// `x * Phi(x)` (Hendrycks and Gimpel 2016), with the error function.
    case gelu
    /// The same with the approximation by a hyperbolic tangent.
    case geluTanh
    /// The same with the approximation by a sigmoid, `x * sigmoid(1.702 x)`: "quick GELU", as in CLIP.
    case geluSigmoid
    /// `x * sigmoid(x)`, also known as Swish.
    case silu
    /// `x * tanh(softplus(x))` (Misra 2019).
    case mish
    /// `log(1 + e^x)`.
    case softplus
    case exponential
    case logarithm
    case squareRoot
    case reciprocal
    case absolute
    /// `x` to the power of a constant.
    case power(Float)
    /// `scale * x + shift`.
    case affine(scale: Float, shift: Float)
    /// `min(max(x, low), high)`.
    case clip(low: Float, high: Float)

    /// The function itself, in double precision.
    public func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .leakyRectifier(let slope): x > 0 ? x : Double(slope) * x
        case .exponentialLinear(let alpha): x > 0 ? x : Double(alpha) * expm1(x)
        case .sigmoid: Self.sigmoid(x)
        case .hardSigmoid(let slope, let offset): min(max(Double(slope) * x + Double(offset), 0), 1)
        case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
        case .tanh: Foundation.tanh(x)
        case .erf: Foundation.erf(x)
        case .gelu: 0.5 * x * (1 + Foundation.erf(x * 0.5.squareRoot()))
        case .geluTanh: 0.5 * x * (1 + Foundation.tanh(Self.inner(x)))
        case .geluSigmoid: x * Self.steep(x)
        case .silu: x * Self.sigmoid(x)
        case .mish: x * Foundation.tanh(Self.softplus(x))
        case .softplus: Self.softplus(x)
        case .exponential: exp(x)
        case .logarithm: log(x)
        case .squareRoot: x.squareRoot()
        case .reciprocal: 1 / x
        case .absolute: abs(x)
        case .power(let exponent): pow(x, Double(exponent))
        case .affine(let scale, let shift): Double(scale) * x + Double(shift)
        case .clip(let low, let high): min(max(x, Double(low)), Double(high))
        }
    }

    /// The derivative at `x`, in double precision; at kinks what PyTorch takes.
    public func derivative(at x: Double) -> Double {
        switch self {
        case .leakyRectifier(let slope): return x > 0 ? 1 : Double(slope)
        case .exponentialLinear(let alpha): return x > 0 ? 1 : Double(alpha) * exp(x)
        case .sigmoid:
            let y = Self.sigmoid(x)
            return y * (1 - y)
        case .hardSigmoid(let slope, let offset):
            let y = Double(slope) * x + Double(offset)
            return y > 0 && y < 1 ? Double(slope) : 0
        case .hardSwish: return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5
        case .tanh: return 1 - Foundation.tanh(x) * Foundation.tanh(x)
        case .erf: return 2 / Double.pi.squareRoot() * exp(-x * x)
        case .gelu:
            return 0.5 * (1 + Foundation.erf(x * 0.5.squareRoot())) + x * exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
        case .geluTanh:
            let t = Foundation.tanh(Self.inner(x))
            return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
        case .geluSigmoid:
            let s = Self.steep(x)
            return s * (1 + Double(Self.steepness) * x * (1 - s))
        case .silu:
            let s = Self.sigmoid(x)
            return s * (1 + x * (1 - s))
        case .mish:
            let t = Foundation.tanh(Self.softplus(x))
            return t + x * (1 - t * t) * Self.sigmoid(x)
        case .softplus: return Self.sigmoid(x)
        case .exponential: return exp(x)
        case .logarithm: return 1 / x
        case .squareRoot: return 0.5 / x.squareRoot()
        case .reciprocal: return -1 / (x * x)
        case .absolute: return x > 0 ? 1 : x < 0 ? -1 : 0
        case .power(let exponent): return Double(exponent) * pow(x, Double(exponent) - 1)
        case .affine(let scale, _): return Double(scale)
        case .clip(let low, let high): return x >= Double(low) && x <= Double(high) ? 1 : 0
        }
    }

    /// Of `geluSigmoid`.
    static let steepness: Float = 1.702

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    private static func steep(_ x: Double) -> Double { 1 / (1 + exp(-Double(steepness) * x)) }
    private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
    private static func inner(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }
}

extension PointwiseFunction {
    /// True when no result is negative.
    public var isNonNegative: Bool {
        switch self {
        case .sigmoid, .hardSigmoid, .softplus, .exponential, .squareRoot, .absolute: true
        case .clip(let low, _): low >= 0
        default: false
        }
    }
}
