import Diagnostics
public import Tensors

/// Cross-correlation with learned kernels, as PyTorch's `Conv2d`; after fusion also the sum and the nonlinearity behind it:
/// `activation(W * x + b + second input)`.
public struct Convolution: Operation {
    /// O x I/groups x height x width.
    public let weights: Tensor
    public let bias: [Float]?
    public let stride: [Int]
    public let dilation: [Int]
    public let padding: Padding
    public let groups: Int
    public var activation: Activation?
    /// True when a second input is added before the activation.
    public var adds: Bool

    public init(
        weights: Tensor, bias: [Float]? = nil, stride: Int = 1, dilation: Int = 1, padding: Padding, groups: Int = 1,
        activation: Activation? = nil, adds: Bool = false
    ) {
        self.weights = weights
        self.bias = bias
        self.stride = [stride, stride]
        self.dilation = [dilation, dilation]
        self.padding = padding
        self.groups = groups
        self.activation = activation
        self.adds = adds
    }

    /// The same convolution with other numbers.
    func with(weights: Tensor, bias: [Float]) -> Convolution {
        Convolution(
            weights: weights, bias: bias, stride: stride[0], dilation: dilation[0], padding: padding, groups: groups,
            activation: activation, adds: adds)
    }

    var kernel: [Int] { [weights.shape[2], weights.shape[3]] }
    var outputs: Int { weights.shape[0] }

    public var kind: String {
        let form = groups == 1 ? "convolution" : groups == outputs ? "depthwise convolution" : "grouped convolution"
        return "\(form) \(kernel[0]) x \(kernel[1])" + (stride == [1, 1] ? "" : ", stride \(stride[0])")
    }

    public var parameterCount: Int { weights.values.count + (bias?.count ?? 0) }
    public var window: ReceptiveWindow { .sliding(kernel: kernel, stride: stride, dilation: dilation, padding: padding) }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let channels = weights.shape[1] * groups
        guard inputs[0][0] == channels else {
            throw Problem("has \(inputs[0][0]) input channels, its weights (\(weights.shape)) expect \(channels)")
        }
        let extents = try padding.outputExtents(
            size: [inputs[0][1], inputs[0][2]], kernel: kernel, stride: stride, dilation: dilation)
        return [outputs, extents[0], extents[1]]
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let input = preparation.inputs[0]
        let (low, high) = padding.resolved(size: [input[1], input[2]], kernel: kernel, stride: stride, dilation: dilation)
        let geometry = WindowGeometry(
            batch: preparation.batch, input: input, output: preparation.output, kernel: kernel, stride: stride,
            dilation: dilation, paddingLow: low, paddingHigh: high, groups: groups)
        let forward = try ConvolutionKernel(
            geometry, from: preparation.layouts[0], weights: weights, bias: bias, adding: adds, activation: activation)
        var pullback: Pullback?
        if preparation.wantsGradient {
            // Padding as wide as the kernel leaves output positions that see nothing: rare, and not worth a faster way.
            let isNarrow = zip(low + high, kernel + kernel).allSatisfy { $0 < $1 }
            if preparation.layouts[0] == .plain, groups == 1, dilation == [1, 1], isNarrow {
                pullback = .subPixel(try SubPixelGradientKernel(geometry, weights: weights))
            } else {
                pullback = .direct(try ConvolutionGradientKernel(geometry, to: preparation.layouts[0], weights: weights))
            }
        }
        return Prepared(forward: forward, pullback: pullback)
    }

    private enum Pullback {
        case direct(ConvolutionGradientKernel)
        case subPixel(SubPixelGradientKernel)
    }

    private struct Prepared: Kernel {
        let forward: ConvolutionKernel
        let pullback: Pullback?

        var scratchBytes: Int {
            switch pullback {
            case nil: forward.scratchBytes
            case .direct(let kernel): max(forward.scratchBytes, kernel.scratchBytes)
            case .subPixel(let kernel): max(forward.scratchBytes, kernel.scratchBytes)
            }
        }

        func bindForward(
            inputs: [UnsafeMutablePointer<Float>], output: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer?,
            scratch: UnsafeMutableRawPointer
        ) throws -> BoundStep {
            try forward.bind(
                source: inputs[0], added: inputs.count > 1 ? inputs[1] : nil, destination: output, scratch: scratch)
        }

        func passesGradientUnchanged(to input: Int) -> Bool { input == 1 }

        func bindPullback(
            to input: Int, outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
            memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
        ) throws -> BoundStep {
            switch pullback {
            case nil: preconditionFailure("planned without gradient")
            case .direct(let kernel):
                try kernel.bind(outputGradient: outputGradient, inputGradient: inputGradient, scratch: scratch)
            case .subPixel(let kernel):
                try kernel.bind(outputGradient: outputGradient, inputGradient: inputGradient, scratch: scratch)
            }
        }
    }
}
