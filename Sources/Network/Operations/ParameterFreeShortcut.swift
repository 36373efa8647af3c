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
        Prepared(batch: preparation.batch, input: preparation.inputs[0], output: preparation.output, stride: stride)
    }

    private struct Prepared: Kernel {
        let batch: Int
        let input: Shape
        let output: Shape
        let stride: Int

        /// Calls `move` with the place of every value that has a counterpart: in the input and in the output.
        private func forEachPair(_ move: (_ input: Int, _ output: Int) -> Void) {
            let (inBlocks, outBlocks) = (Layout.blocks(input[0]), Layout.blocks(output[0]))
            let before = (output[0] - input[0]) / 2
            for image in 0..<batch {
                for channel in 0..<input[0] {
                    let other = channel + before
                    let from = (image * inBlocks + channel / 16) * input[1] * input[2] * 16 + channel % 16
                    let to = (image * outBlocks + other / 16) * output[1] * output[2] * 16 + other % 16
                    for y in 0..<output[1] {
                        for x in 0..<output[2] {
                            move(from + (y * stride * input[2] + x * stride) * 16, to + (y * output[2] + x) * 16)
                        }
                    }
                }
            }
        }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, target) = (buffers.inputs[0], buffers.output)
            return { _ in
                target.update(repeating: 0, count: Layout.blocked.count(batch: batch, output))
                forEachPair { target[$1] = source[$0] }
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in
                inputGradient.update(repeating: 0, count: Layout.blocked.count(batch: batch, self.input))
                forEachPair { inputGradient[$0] = outputGradient[$1] }
            }
        }
    }
}
