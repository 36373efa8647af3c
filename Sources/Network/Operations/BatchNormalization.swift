import Diagnostics
public import Tensors

/// Batch normalisation with running statistics: `(x - mean) / sqrt(variance + epsilon) * weight + bias` a channel, which is
/// an affine map (Ioffe and Szegedy 2015).
public struct BatchNormalization: Operation {
    /// What each channel is multiplied with, and what is added then. In double precision, so that folding them into weights
    /// rounds once.
    public let scale: [Double]
    public let shift: [Double]
    /// The mean and the variance of each channel of the input over the training images, as it kept them; nil where it has none of its
    /// own, but stands for a scale and a shift.
    public let statistics: (mean: [Float], variance: [Float])?
    /// The learned factor and offset of each channel, as the checkpoint has them, and what is added to the variance; for one without
    /// statistics its scale and shift.
    public let weight: [Float]
    public let bias: [Float]
    public let epsilon: Float
    public var parameterCount: Int { weight.count + bias.count }

    public init(weight: [Float], bias: [Float], mean: [Float], variance: [Float], epsilon: Float) {
        let scale = zip(weight, variance).map { Double($0) / (Double($1) + Double(epsilon)).squareRoot() }
        self.scale = scale
        shift = scale.indices.map { Double(bias[$0]) - Double(mean[$0]) * scale[$0] }
        statistics = (mean, variance)
        (self.weight, self.bias, self.epsilon) = (weight, bias, epsilon)
    }

    /// A scale and a shift by channel, without statistics.
    public init(scale: [Float], shift: [Float]) {
        precondition(scale.count == shift.count, "a shift for every scale")
        self.scale = scale.map(Double.init)
        self.shift = shift.map(Double.init)
        statistics = nil
        (weight, bias, epsilon) = (scale, shift, 0)
    }

    public var role: OperationRole { .normalization }
    public var kind: String { "batch normalisation" }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 2 * output.count }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0].map?[0] == scale.count else {
            throw Problem("normalises \(scale.count) channels and is given \(inputs[0])")
        }
        return inputs[0]
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        try Affine(scale: scale.map(Float.init), shift: shift.map(Float.init), axis: 0).prepare(preparation)
    }
}
