import Diagnostics
public import Tensors

/// The maximum or the mean over windows, as PyTorch's `MaxPool2d` and `AvgPool2d`.
public struct Pooling: Operation {
    public let function: PoolingKernel.Kind
    public let kernel: [Int]
    public let stride: [Int]
    public let padding: Padding

    /// Where it `roundsUp`, a last window that reaches past the padding counts (PyTorch's `ceil_mode`; not for averages that count
    /// padding).
    public init(_ function: PoolingKernel.Kind, kernel: Int, stride: Int, padding: Int = 0, roundsUp: Bool = false) {
        self.init(
            function, kernel: [kernel, kernel], stride: [stride, stride],
            padding: roundsUp ? .roundedUp(padding) : .symmetric(padding))
    }

    /// `kernel` and `stride` for rows and for columns.
    public init(_ function: PoolingKernel.Kind, kernel: [Int], stride: [Int], padding: Padding) {
        self.function = function
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    public var role: OperationRole { function == .maximum ? .maximum : .averaging }
    public var kind: String {
        "\(function == .maximum ? "maximum" : "average") pooling \(kernel[0]) x \(kernel[1]), stride \(stride[0])"
    }

    public var window: ReceptiveWindow { .sliding(kernel: kernel, stride: stride, dilation: [1, 1], padding: padding) }

    public var narrowMaps: NarrowMaps { .wanted }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { output.count * kernel[0] * kernel[1] }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0].rank == 3 else { throw Problem("pools maps (C x H x W) and is given \(inputs[0])") }
        let extents = try padding.outputExtents(
            size: [inputs[0][1], inputs[0][2]], kernel: kernel, stride: stride, dilation: [1, 1])
        return [inputs[0][0], extents[0], extents[1]]
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let input = preparation.inputs[0]
        let (low, high) = padding.resolved(size: [input[1], input[2]], kernel: kernel, stride: stride, dilation: [1, 1])
        let geometry = WindowGeometry(
            batch: preparation.batch, input: input, output: preparation.output, kernel: kernel, stride: stride,
            paddingLow: low, paddingHigh: high)
        return Prepared(
            kernel: try PoolingKernel(
                geometry, from: preparation.layouts[0], to: preparation.outputLayout, kind: function, withGradient: preparation.wantsGradient))
    }

    private struct Prepared: Kernel {
        let kernel: PoolingKernel
        var scratchBytes: Int { kernel.scratchBytes }
        var memoryBytes: Int { kernel.memoryBytes }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            try kernel.bindForward(
                source: buffers.inputs[0], destination: buffers.output, memory: buffers.memory, scratch: buffers.scratch)
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            try kernel.bindPullback(
                outputGradient: buffers.outputGradient, inputGradient: buffers.inputGradient, memory: buffers.memory,
                scratch: buffers.scratch)
        }
    }
}
