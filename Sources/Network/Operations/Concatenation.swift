import Diagnostics
public import Tensors

/// Values behind one another along an axis, as in a dense block.
public struct Concatenation: Operation {
    /// Negative counts from the end.
    public let axis: Int

    public init(axis: Int) { self.axis = axis }

    public var role: OperationRole { .rearrangement }
    public var kind: String { "concatenation" }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 0 }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let axis = try inputs[0].axis(axis)
        var extents = inputs[0].dimensions
        for input in inputs.dropFirst() {
            guard input.rank == inputs[0].rank, (0..<input.rank).allSatisfy({ $0 == axis || input[$0] == inputs[0][$0] }) else {
                throw Problem("cannot join \(inputs.map(\.description).joined(separator: " and ")) along axis \(axis)")
            }
            extents[axis] += input[axis]
        }
        return Shape(extents)
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        inputs[0].rank == 3 && offered.contains(.blocked) ? .allBlocked(inputs.count) : .allPlain(inputs.count)
    }

    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int { axes[0] }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let output = preparation.output
        let axis = try output.axis(axis)
        let layout = preparation.outputLayout
        let to = layout.places(output)
        let outputCount = layout.count(batch: 1, output)
        var begin = 0
        let parts = preparation.inputs.enumerated().map { number, input -> GatherKernel in
            let from = preparation.layouts[number].places(input)
            let inputCount = preparation.layouts[number].count(batch: 1, input)
            let images = GatherKernel.Axis(
                from: (0..<preparation.batch).map { $0 * inputCount }, to: (0..<preparation.batch).map { $0 * outputCount })
            let range = begin..<begin + input[axis]
            begin += input[axis]
            if layout == .blocked, axis == 0, range.lowerBound % 16 == 0, input[0] % 16 == 0 {
                // Whole blocks: one run an image.
                let offset = range.lowerBound * input[1] * input[2]
                return GatherKernel([
                    images, .init(from: [0], to: [offset]), .init(from: Array(0..<inputCount), to: Array(0..<inputCount)),
                ])
            }
            var axes = (0..<input.rank).map { at in
                GatherKernel.Axis(from: from[at], to: at == axis ? Array(to[at][range]) : to[at])
            }
            // In blocks a position's sixteen channels lie together: walk along positions outside, channels inside.
            if layout == .blocked { axes = [axes[1], axes[2], axes[0]] }
            return GatherKernel([images] + axes)
        }
        return Prepared(
            parts: parts, inputCounts: preparation.inputs.indices.map(preparation.inputCount), outputCount: preparation.outputCount,
            clears: preparation.outputCount != output.count * preparation.batch)
    }

    private struct Prepared: Kernel {
        let parts: [GatherKernel]
        let inputCounts: [Int]
        let outputCount: Int
        /// True when lanes past the last channel have to be made zero.
        let clears: Bool

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (inputs, output) = (buffers.inputs, buffers.output)
            return { _ in
                if clears { output.update(repeating: 0, count: outputCount) }
                for (part, input) in zip(parts, inputs) { part.move(input, to: output) }
            }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in
                inputGradient.update(repeating: 0, count: inputCounts[input])
                parts[input].addBack(outputGradient, to: inputGradient)
            }
        }
    }
}
