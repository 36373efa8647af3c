public import Tensors

/// A function of every value by itself, such as GELU or a sigmoid.
public struct Pointwise: Operation {
    public let function: PointwiseFunction

    public init(_ function: PointwiseFunction) { self.function = function }

    public var role: OperationRole { .activation }
    public var kind: String {
        switch function {
        case .leakyRectifier: "leaky ReLU"
        case .exponentialLinear: "ELU"
        case .sigmoid: "sigmoid"
        case .hardSigmoid: "hard sigmoid"
        case .hardSwish: "hard swish"
        case .tanh: "tanh"
        case .erf: "error function"
        case .gelu, .geluTanh, .geluSigmoid: "GELU"
        case .silu: "SiLU"
        case .mish: "Mish"
        case .softplus: "softplus"
        case .exponential: "exponential"
        case .logarithm: "logarithm"
        case .squareRoot: "square root"
        case .reciprocal: "reciprocal"
        case .absolute: "absolute value"
        case .power(let exponent): "power of \(exponent)"
        case .affine: "scale and shift"
        case .clip: "clip"
        }
    }

    public func outputShape(for inputs: [Shape]) throws -> Shape { inputs[0] }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .pointwise(inputs, offered: offered) }

    public var narrowMaps: NarrowMaps { .kept }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        Prepared(
            kernel: try PointwiseKernel(
                function, batch: preparation.batch, shape: preparation.output, layout: preparation.outputLayout,
                withGradient: preparation.wantsGradient))
    }

    private struct Prepared: Kernel {
        let kernel: PointwiseKernel
        var scratchBytes: Int { kernel.scratchBytes }

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0]) }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            try kernel.bindForward(source: buffers.inputs[0], destination: buffers.output, scratch: buffers.scratch)
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            try kernel.bindPullback(
                source: buffers.inputs[0], outputGradient: buffers.outputGradient, inputGradient: buffers.inputGradient,
                scratch: buffers.scratch)
        }
    }
}
