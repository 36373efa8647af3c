import Tensors
import Testing

@testable import Network

/// An operation with the shapes it is tried on, and how closely it has to agree with its definition.
struct OperationCase: Sendable, CustomTestStringConvertible {
    var name: String
    var operation: any Operation
    /// Of each input for one image; C x H x W for maps.
    var inputs: [Shape]
    /// Further inputs, the same for every image.
    var constants: [Tensor] = []
    /// Largest error of a result, in units of the largest magnitude; for gradients, of the gradient's Euclidean norm.
    var tolerance = 1e-5
    /// Step of the central differences. They are taken in double precision, so it may be small; operations without kinks are
    /// linear and bear any.
    var step = 1e-6
    /// Input values at which the slope changes: random inputs keep away from them.
    var kinks: [Float] = []
    /// Standard deviation of the random inputs.
    var spread: Float = 1
    /// Added to them.
    var offset: Float = 0
    /// True to have the inputs come row-major where the operation also takes blocked maps.
    var comesInRows = false
    /// True when the operation reads the image itself, in its plain layout, as a network's first layer does.
    var readsImage = false

    var testDescription: String { name }

    /// A convolution with random weights. `inputs` is C x H x W.
    static func convolution(
        _ inputs: Shape, to outputs: Int, kernel: [Int], stride: Int = 1, dilation: Int = 1, padding: Padding, groups: Int = 1,
        bias: Bool = false, activation: Activation? = nil, adds: Bool = false, readsImage: Bool = false, _ remark: String = ""
    ) -> OperationCase {
        let shape: Shape = [outputs, inputs[0] / groups, kernel[0], kernel[1]]
        var name =
            "\(groups == 1 ? "" : "grouped \(groups) ")convolution \(kernel[0])x\(kernel[1]) stride \(stride) padding \(padding)"
            + " dilation \(dilation), \(inputs) to \(outputs)"
        if bias { name += ", bias" }
        if adds { name += ", adds" }
        if let activation { name += ", \(activation)" }
        if readsImage { name += ", from the image" }
        if !remark.isEmpty { name += ", \(remark)" }
        var random = RandomSource(seed: 11, stream: name)
        let scale = (2 / Float(shape.count / outputs)).squareRoot()
        let operation = Convolution(
            weights: Tensor(shape: shape, values: (0..<shape.count).map { _ in scale * random.normal() }),
            bias: bias ? (0..<outputs).map { _ in random.normal() } : nil, stride: stride, dilation: dilation,
            padding: padding, groups: groups, activation: activation, adds: adds)
        guard let output = try? operation.outputShape(for: [inputs]) else { preconditionFailure("\(name) has no output") }
        return OperationCase(
            name: name, operation: operation, inputs: adds ? [inputs, output] : [inputs], step: activation == nil ? 1 : 1e-6,
            // ReLU6 is to be met on both sides.
            spread: activation == .clipped(upper: 6) ? 3 : 1, readsImage: readsImage)
    }

    static func linear(_ inputs: Int, to outputs: Int) -> OperationCase {
        var random = RandomSource(seed: 12, stream: "\(inputs)/\(outputs)")
        return OperationCase(
            name: "linear \(inputs) to \(outputs)",
            operation: Linear(
                weights: Tensor(shape: [outputs, inputs], values: (0..<inputs * outputs).map { _ in random.normal() }),
                bias: (0..<outputs).map { _ in random.normal() }),
            inputs: [[inputs, 1, 1]], step: 1)
    }

    static func batchNormalization(_ shape: Shape) -> OperationCase {
        var random = RandomSource(seed: 13, stream: "\(shape)")
        func values(_ low: Float, _ high: Float) -> [Float] { (0..<shape[0]).map { _ in low + (high - low) * random.uniform() } }
        return OperationCase(
            name: "batch normalisation \(shape)",
            operation: BatchNormalization(
                weight: values(-1, 2), bias: values(-1, 1), mean: values(-1, 1), variance: values(0.1, 2), epsilon: 1e-3),
            inputs: [shape], step: 1)
    }
}
