public import Tensors

/// A 1 x 1 convolution whose kernels have unit length, times a learned gain and a fixed factor: on positions of unit length, scaled
/// cosines (Gorgun, Gurbuz and Alatan, BMVC 2023: the scores and the semantic vectors of a knowledge distillation layer). Without a
/// gain kernels keep their own length, and only the factor scales them.
///
/// Its kernels, gain and factor are learned and stored; what it computes is a plain `Convolution` with the weights that follow.
public struct CosineConvolution: Operation {
    /// As learned, of any length: O x I x 1 x 1.
    public let kernels: Tensor
    /// Nil where kernels keep their length.
    public let gain: Float?
    /// Not learned.
    public let factor: Float
    /// The convolution that this is.
    public let convolution: Convolution

    public init(kernels: Tensor, gain: Float?, factor: Float = 1) {
        precondition(kernels.shape.rank == 4 && kernels.shape[2] == 1 && kernels.shape[3] == 1, "kernels of one position")
        self.kernels = kernels
        self.gain = gain
        self.factor = factor
        var weights = kernels
        weights.values.withUnsafeMutableBufferPointer { result in
            kernels.values.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress, let result = result.baseAddress else { return }
                Self.weights(of: source, gain: gain, factor: factor, outputs: kernels.shape[0], inputs: kernels.shape[1], into: result)
            }
        }
        convolution = Convolution(weights: weights, padding: .symmetric(0))
    }

    /// The same kernels with another factor.
    public func with(factor: Float) -> CosineConvolution { CosineConvolution(kernels: kernels, gain: gain, factor: factor) }

    public var role: OperationRole { .convolution }
    public var kind: String { gain == nil ? "scaled convolution 1 x 1" : "cosine convolution 1 x 1" }
    public var parameterCount: Int { kernels.values.count + (gain == nil ? 0 : 1) }
    public var window: ReceptiveWindow { convolution.window }

    public func outputShape(for inputs: [Shape]) throws -> Shape { try convolution.outputShape(for: inputs) }
    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { convolution.layouts(for: inputs, offered: offered) }
    public func operationCount(for inputs: [Shape], output: Shape) -> Int { convolution.operationCount(for: inputs, output: output) }
    public func prepare(_ preparation: Preparation) throws -> any Kernel { try convolution.prepare(preparation) }
}

extension CosineConvolution {
    /// Writes `factor * gain * w / |w|` for every kernel w of `inputs` values; without a gain `factor * w`. A kernel of zeros gives zeros.
    public static func weights(
        of kernels: UnsafePointer<Float>, gain: Float?, factor: Float, outputs: Int, inputs: Int, into weights: UnsafeMutablePointer<Float>
    ) {
        for output in 0..<outputs {
            let (w, result) = (kernels + output * inputs, weights + output * inputs)
            let scale = gain.map { Double($0) * Double(factor) * reciprocalLength(w, inputs) } ?? Double(factor)
            for i in 0..<inputs { result[i] = Float(Double(w[i]) * scale) }
        }
    }

    /// From the gradient g of a loss at those weights the gradient at the kernels, `factor * gain / |w| * (g - u (u . g))` with u the
    /// direction of a kernel, into `kernelGradient`, and that at the gain, `factor * sum of u . g`, returned; zero without a gain. A kernel of
    /// zeros has no direction and gets no gradient. `kernelGradient` may be `weightGradient`.
    public static func pullback(
        of weightGradient: UnsafePointer<Float>, kernels: UnsafePointer<Float>, gain: Float?, factor: Float, outputs: Int, inputs: Int,
        into kernelGradient: UnsafeMutablePointer<Float>
    ) -> Float {
        guard let gain else {
            for i in 0..<outputs * inputs { kernelGradient[i] = factor * weightGradient[i] }
            return 0
        }
        var gainGradient = 0.0
        for output in 0..<outputs {
            let (w, g, result) = (kernels + output * inputs, weightGradient + output * inputs, kernelGradient + output * inputs)
            let reciprocal = reciprocalLength(w, inputs)
            var along = 0.0
            for i in 0..<inputs { along += Double(w[i]) * reciprocal * Double(g[i]) }
            gainGradient += along
            let scale = Double(factor) * Double(gain) * reciprocal
            for i in 0..<inputs { result[i] = Float(scale * (Double(g[i]) - Double(w[i]) * reciprocal * along)) }
        }
        return Float(Double(factor) * gainGradient)
    }

    /// The gradients of a loss at the kernels and at the gain, from its gradient at `convolution.weights`.
    public func gradients(ofWeights gradient: Tensor) -> (kernels: Tensor, gain: Float) {
        precondition(gradient.shape.count == kernels.shape.count, "a gradient for every weight")
        var result = Tensor(zeros: kernels.shape)
        let gain = result.values.withUnsafeMutableBufferPointer { result in
            kernels.values.withUnsafeBufferPointer { kernels in
                gradient.values.withUnsafeBufferPointer { gradient -> Float in
                    guard let result = result.baseAddress, let kernels = kernels.baseAddress, let gradient = gradient.baseAddress else { return 0 }
                    return Self.pullback(
                        of: gradient, kernels: kernels, gain: self.gain, factor: factor, outputs: self.kernels.shape[0],
                        inputs: self.kernels.shape[1], into: result)
                }
            }
        }
        return (result, gain)
    }

    /// 0 for a kernel shorter than `UnitLength.epsilon`.
    private static func reciprocalLength(_ kernel: UnsafePointer<Float>, _ count: Int) -> Double {
        var squares = 0.0
        for i in 0..<count { squares += Double(kernel[i]) * Double(kernel[i]) }
        let length = squares.squareRoot()
        return length < Double(UnitLength.epsilon) ? 0 : 1 / length
    }
}
