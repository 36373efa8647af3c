import Diagnostics
public import Tensors

/// The shortcut without weights between stages of CIFAR ResNets: every second row and column, and channels of zeros before
/// and behind (He et al. 2016, section 3.3, option A).
public struct ParameterFreeShortcut: Operation {
    public let stride: Int
    /// Channels of the output; half of the added ones stand before the input's.
    public let channels: Int

    public init(stride: Int, channels: Int) {
        self.stride = stride
        self.channels = channels
    }

    public var role: OperationRole { .rearrangement }
    public var kind: String { "shortcut without weights, stride \(stride)" }

    public var window: ReceptiveWindow {
        .sliding(kernel: [1, 1], stride: [stride, stride], dilation: [1, 1], padding: .symmetric(0))
    }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let input = inputs[0]
        guard input.rank == 3, channels >= input[0], (channels - input[0]) % 2 == 0 else {
            throw Problem("cannot widen \(input) to \(channels) channels")
        }
        return [channels, (input[1] + stride - 1) / stride, (input[2] + stride - 1) / stride]
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let (input, output) = (preparation.inputs[0], preparation.output)
        let from = Layout.blocked.places(input), to = Layout.blocked.places(output)
        let (inputCount, outputCount) = (Layout.blocked.count(batch: 1, input), Layout.blocked.count(batch: 1, output))
        let images = 0..<preparation.batch
        let before = (output[0] - input[0]) / 2
        return Prepared(
            kernel: GatherKernel([
                .init(from: images.map { $0 * inputCount }, to: images.map { $0 * outputCount }),
                .init(from: from[0], to: Array(to[0][before..<before + input[0]])),
                .init(from: (0..<output[1]).map { from[1][$0 * stride] }, to: to[1]),
                .init(from: (0..<output[2]).map { from[2][$0 * stride] }, to: to[2]),
            ]), inputCount: preparation.inputCount(0), outputCount: preparation.outputCount)
    }

    private struct Prepared: Kernel {
        let kernel: GatherKernel
        let inputCount: Int
        let outputCount: Int

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, target) = (buffers.inputs[0], buffers.output)
            return { _ in
                target.update(repeating: 0, count: outputCount)
                kernel.move(source, to: target)
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in
                inputGradient.update(repeating: 0, count: inputCount)
                kernel.addBack(outputGradient, to: inputGradient)
            }
        }
    }
}
