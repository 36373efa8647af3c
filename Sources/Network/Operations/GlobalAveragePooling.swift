import Diagnostics
public import Tensors

/// The mean of every channel over all positions: C x H x W becomes C x 1 x 1.
public struct GlobalAveragePooling: Operation {
    public init() {}

    public var role: OperationRole { .averaging }
    public var kind: String { "global average pooling" }
    public var window: ReceptiveWindow { .everything }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0].rank == 3 else { throw Problem("pools maps (C x H x W) and is given \(inputs[0])") }
        return [inputs[0][0], 1, 1]
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { inputs[0].count }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let input = preparation.inputs[0]
        return Prepared(maps: preparation.batch * Layout.blocks(input[0]), area: input[1] * input[2])
    }

    private struct Prepared: Kernel {
        /// Blocks of sixteen channels, over all images.
        let maps: Int
        let area: Int

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { _ in
                let scale = 1 / Float(area)
                for map in 0..<maps {
                    for lane in 0..<16 {
                        var total: Float = 0
                        for position in 0..<area { total += source[(map * area + position) * 16 + lane] }
                        output[map * 16 + lane] = total * scale
                    }
                }
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in
                let scale = 1 / Float(area)
                for map in 0..<maps {
                    for position in 0..<area {
                        for lane in 0..<16 {
                            inputGradient[(map * area + position) * 16 + lane] = outputGradient[map * 16 + lane] * scale
                        }
                    }
                }
            }
        }
    }
}
