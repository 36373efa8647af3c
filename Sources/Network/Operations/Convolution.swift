import Diagnostics
public import Tensors

/// Cross-correlation with learned kernels, as PyTorch's `Conv2d`; after fusion also the sum and the nonlinearity behind it:
/// `activation(W * x + b + second input)`.
public struct Convolution: Operation {
    /// O x I/groups x height x width, before `scale`.
    let kernels: Tensor
    /// What each output's kernel is multiplied with: made into numbers only where these are asked for, so that a network of which a
    /// plan folds the batch normalisation is not in memory twice. Nil for 1.
    let scale: [Double]?
    public let bias: [Float]?
    public let stride: [Int]
    public let dilation: [Int]
    public let padding: Padding
    public let groups: Int
    public var activation: Activation?
    /// True when a second input is added before the activation.
    public var adds: Bool
    /// False where the numbers are part of a formula, such as a sum over channels.
    public var isLearned = true

    public init(
        weights: Tensor, bias: [Float]? = nil, stride: Int = 1, dilation: Int = 1, padding: Padding, groups: Int = 1,
        activation: Activation? = nil, adds: Bool = false
    ) {
        self.init(
            weights: weights, bias: bias, stride: [stride, stride], dilation: [dilation, dilation], padding: padding,
            groups: groups, activation: activation, adds: adds)
    }

    /// `stride` and `dilation` for rows and for columns.
    public init(
        weights: Tensor, bias: [Float]? = nil, stride: [Int], dilation: [Int], padding: Padding, groups: Int = 1,
        activation: Activation? = nil, adds: Bool = false
    ) {
        kernels = weights
        scale = nil
        self.bias = bias
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
        self.groups = groups
        self.activation = activation
        self.adds = adds
    }

    /// `convolution` with every output's kernel multiplied with its `scale`, and another bias.
    init(scaling convolution: Convolution, by scale: [Double], bias: [Float]) {
        (kernels, self.bias) = (convolution.weights, bias)
        self.scale = scale
        (stride, dilation, padding, groups) = (convolution.stride, convolution.dilation, convolution.padding, convolution.groups)
        (activation, adds, isLearned) = (convolution.activation, convolution.adds, convolution.isLearned)
    }

    /// The same convolution with other numbers.
    func with(weights: Tensor, bias: [Float]) -> Convolution {
        Convolution(
            weights: weights, bias: bias, stride: stride, dilation: dilation, padding: padding, groups: groups,
            activation: activation, adds: adds)
    }

    /// O x I/groups x height x width; computed at every call where the kernels are scaled.
    public var weights: Tensor {
        guard let scale else { return kernels }
        var scaled = kernels
        let row = kernels.values.count / max(1, outputs)
        scaled.values.withUnsafeMutableBufferPointer { values in
            for (output, scale) in scale.enumerated() {
                for i in output * row..<(output + 1) * row { values[i] = Float(Double(values[i]) * scale) }
            }
        }
        return scaled
    }

    /// O x I/groups x height x width.
    public var weightShape: Shape { kernels.shape }
    var kernel: [Int] { [weightShape[2], weightShape[3]] }
    var outputs: Int { weightShape[0] }
    /// True when each output channel reads a single channel of several.
    public var isDepthwise: Bool { groups > 1 && weightShape[1] == 1 }

    public var role: OperationRole { .convolution }
    public var kind: String {
        let form = groups == 1 ? "convolution" : groups == outputs ? "depthwise convolution" : "grouped convolution"
        return "\(form) \(kernel[0]) x \(kernel[1])" + (stride == [1, 1] ? "" : ", stride \(stride[0])")
    }

    public var parameterCount: Int { isLearned ? kernels.values.count + (bias?.count ?? 0) : 0 }
    public var window: ReceptiveWindow { .sliding(kernel: kernel, stride: stride, dilation: dilation, padding: padding) }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let channels = weightShape[1] * groups
        guard inputs[0].rank == 3, inputs[0][0] == channels else {
            throw Problem("is given \(inputs[0]), its weights (\(weightShape)) expect \(channels) channels")
        }
        let extents = try padding.outputExtents(
            size: [inputs[0][1], inputs[0][2]], kernel: kernel, stride: stride, dilation: dilation)
        return [outputs, extents[0], extents[1]]
    }

    /// Few channels are read as the image has them, row-major; everything else is blocked.
    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        var choice = LayoutChoice.allBlocked(inputs.count)
        if offered[0] == .plain, inputs[0][0] <= 4, groups == 1 { choice.inputs[0] = .plain }
        return choice
    }

    public var narrowMaps: NarrowMaps { .wanted }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 2 * output.count * (kernels.values.count / outputs) }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let input = preparation.inputs[0]
        let (low, high) = padding.resolved(size: [input[1], input[2]], kernel: kernel, stride: stride, dilation: dilation)
        let (groups, weights) = joiningGroups()
        let geometry = WindowGeometry(
            batch: preparation.batch, input: input, output: preparation.output, kernel: kernel, stride: stride,
            dilation: dilation, paddingLow: low, paddingHigh: high, groups: groups)
        let forward = try ConvolutionKernel.chosen(
            by: preparation.algorithms, precision: preparation.precision, geometry, from: preparation.layouts[0], to: preparation.outputLayout,
            weights: weights, bias: bias, adding: adds, activation: activation)
        var pullback: Pullback?
        if preparation.wantsGradient {
            // Padding as wide as the kernel leaves output positions that see nothing: rare, and not worth a faster way.
            let isNarrow = zip(low + high, kernel + kernel).allSatisfy { $0 < $1 }
            if preparation.layouts[0] == .plain, groups == 1, dilation == [1, 1], isNarrow {
                pullback = .subPixel(try SubPixelGradientKernel(geometry, from: preparation.outputLayout, weights: weights))
            } else {
                pullback = .direct(
                    try .chosen(
                        by: preparation.algorithms, precision: preparation.precision, geometry, to: preparation.layouts[0],
                        from: preparation.outputLayout, weights: weights))
            }
        }
        return Prepared(forward: forward, pullback: pullback)
    }

    private enum Pullback {
        case direct(ConvolutionGradientKernel)
        case subPixel(SubPixelGradientKernel)
    }

    private struct Prepared: Kernel {
        let forward: any PreparedConvolution
        let pullback: Pullback?

        var scratchBytes: Int {
            switch pullback {
            case nil: forward.scratchBytes
            case .direct(let kernel): max(forward.scratchBytes, kernel.scratchBytes)
            case .subPixel(let kernel): max(forward.scratchBytes, kernel.scratchBytes)
            }
        }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            try forward.bind(
                source: buffers.inputs[0], added: buffers.inputs.count > 1 ? buffers.inputs[1] : nil, destination: buffers.output,
                scratch: buffers.scratch)
        }

        func passesGradientUnchanged(to input: Int) -> Bool { input == 1 }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            switch pullback {
            case nil: preconditionFailure("planned without gradient")
            case .direct(let kernel):
                try kernel.bind(source: buffers.outputGradient, destination: buffers.inputGradient, scratch: buffers.scratch)
            case .subPixel(let kernel):
                try kernel.bind(
                    outputGradient: buffers.outputGradient, inputGradient: buffers.inputGradient, scratch: buffers.scratch)
            }
        }
    }
}
