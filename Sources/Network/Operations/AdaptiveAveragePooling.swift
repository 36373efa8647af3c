import Diagnostics
public import Tensors

/// The means over as many windows as the output has positions, whatever the input's size, as PyTorch's `AdaptiveAvgPool2d`: on
/// each axis, output `i` of `n` sees the inputs from `floor(i * size / n)` to `ceil((i + 1) * size / n)`, exclusive.
public struct AdaptiveAveragePooling: Operation {
    /// Height and width of the output.
    public let size: [Int]

    public init(to size: [Int]) { self.size = size }

    public var role: OperationRole { .averaging }
    public var kind: String { "average pooling to \(size[0]) x \(size[1])" }
    public var window: ReceptiveWindow { .everything }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0].rank == 3, inputs[0].count > 0 else { throw Problem("pools maps (C x H x W) and is given \(inputs[0])") }
        return [inputs[0][0], size[0], size[1]]
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { max(inputs[0].count, output.count) }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let input = preparation.inputs[0]
        func windows(_ axis: Int) -> [Range<Int>] {
            let (from, to) = (input[axis + 1], size[axis])
            return (0..<to).map { ($0 * from / to)..<((($0 + 1) * from + to - 1) / to) }
        }
        return Prepared(
            maps: preparation.batch * Layout.blocks(input[0]), area: input[1] * input[2], width: input[2], rows: windows(0),
            columns: windows(1))
    }

    private struct Prepared: Kernel {
        /// Blocks of sixteen channels, over all images.
        let maps: Int
        /// Of the input.
        let area: Int
        let width: Int
        let rows: [Range<Int>]
        let columns: [Range<Int>]

        /// Calls `body` with every output position, the input positions it sees, and one over their number.
        private func forEachPosition(_ body: (_ output: Int, _ inputs: [Int], _ scale: Float) -> Void) {
            for (y, rows) in rows.enumerated() {
                for (x, columns) in columns.enumerated() {
                    body(
                        y * self.columns.count + x, rows.flatMap { row in columns.map { row * width + $0 } },
                        1 / Float(rows.count * columns.count))
                }
            }
        }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            let outputArea = rows.count * columns.count
            return { _ in
                forEachPosition { position, seen, scale in
                    for map in 0..<maps {
                        let target = output + (map * outputArea + position) * 16
                        target.update(repeating: 0, count: 16)
                        for place in seen {
                            let values = source + (map * area + place) * 16
                            for lane in 0..<16 { target[lane] += values[lane] * scale }
                        }
                    }
                }
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            let outputArea = rows.count * columns.count
            return { _ in
                inputGradient.update(repeating: 0, count: maps * area * 16)
                forEachPosition { position, seen, scale in
                    for map in 0..<maps {
                        let values = outputGradient + (map * outputArea + position) * 16
                        for place in seen {
                            let target = inputGradient + (map * area + place) * 16
                            for lane in 0..<16 { target[lane] += values[lane] * scale }
                        }
                    }
                }
            }
        }
    }
}
