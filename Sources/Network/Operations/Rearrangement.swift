import Diagnostics
public import Tensors

/// Values brought to other places, none of them changed: transposing, slicing, gathering, padding, repeating.
public struct Rearrangement: Operation {
    public enum Step: Sendable, Equatable {
        /// The input's axes in their new order.
        case transpose([Int])
        /// `count` indices from `start` on, every `step`-th; `step` may be negative. A negative `axis` counts from the end, here
        /// and below.
        case slice(axis: Int, start: Int, count: Int, step: Int)
        case gather(axis: Int, indices: [Int])
        /// Added before and behind each axis; negative amounts take away.
        case pad(low: [Int], high: [Int], mode: PaddingMode)
        /// Extents of 1, and axes in front, repeated.
        case expand(to: Shape)
    }

    /// What stands outside.
    public enum PaddingMode: Sendable, Equatable {
        case constant(Float)
        /// Mirrored at the edge, which is not repeated.
        case reflect
        /// The nearest value inside.
        case edge
        /// From the other side.
        case circular
    }

    public let step: Step

    public init(_ step: Step) { self.step = step }

    public var role: OperationRole { .rearrangement }
    public var kind: String {
        switch step {
        case .transpose(let order): "transpose \(order.map(String.init).joined(separator: " "))"
        case .slice: "slice"
        case .gather: "gather"
        case .pad: "pad"
        case .expand(let shape): "repeat to \(shape)"
        }
    }

    public var window: ReceptiveWindow {
        switch step {
        case .transpose, .expand: .point
        case .slice, .gather, .pad: .everything
        }
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 0 }

    public func outputShape(for inputs: [Shape]) throws -> Shape { try sources(inputs[0]).output }

    /// For every axis of the output: the axis of the input that it reads (nil repeats one value), and at which index; a negative
    /// index reads nothing.
    private func sources(_ input: Shape) throws -> (output: Shape, axes: [(input: Int?, indices: [Int])]) {
        var axes: [(input: Int?, indices: [Int])] = (0..<input.rank).map { ($0, Array(0..<input[$0])) }
        switch step {
        case .transpose(let order):
            guard order.sorted() == Array(0..<input.rank) else { throw Problem("cannot reorder the axes of \(input) as \(order)") }
            axes = order.map { axes[$0] }
        case .slice(let axis, let start, let count, let step):
            let axis = try input.axis(axis)
            let indices = count <= 0 ? [] : [start, start + (count - 1) * step]
            guard count > 0, indices.allSatisfy({ (0..<input[axis]).contains($0) }) else {
                throw Problem("cannot take \(count) from \(start) on along axis \(axis) of \(input)")
            }
            axes[axis].indices = (0..<count).map { start + $0 * step }
        case .gather(let axis, let indices):
            let axis = try input.axis(axis)
            guard !indices.isEmpty, indices.allSatisfy({ (0..<input[axis]).contains($0) }) else {
                throw Problem("gathers indices that axis \(axis) of \(input) does not have")
            }
            axes[axis].indices = indices
        case .pad(let low, let high, let mode):
            guard low.count == input.rank, high.count == input.rank else {
                throw Problem("pads \(low.count) axes and is given \(input)")
            }
            for axis in 0..<input.rank where low[axis] != 0 || high[axis] != 0 {
                axes[axis].indices = try Self.padded(input[axis], low[axis], high[axis], mode)
            }
        case .expand(let target):
            let added = target.rank - input.rank
            guard added >= 0 else { throw Problem("cannot repeat \(input) to \(target)") }
            axes = try (0..<target.rank).map { axis in
                guard axis >= added else { return (nil, Array(repeating: 0, count: target[axis])) }
                let extent = input[axis - added]
                guard extent == target[axis] || extent == 1 else { throw Problem("cannot repeat \(input) to \(target)") }
                return (axis - added, extent == 1 ? Array(repeating: 0, count: target[axis]) : Array(0..<extent))
            }
        }
        return (Shape(axes.map(\.indices.count)), axes)
    }

    private static func padded(_ extent: Int, _ low: Int, _ high: Int, _ mode: PaddingMode) throws -> [Int] {
        let length = extent + low + high
        guard length > 0, max(low, high) <= 1 << 20 else { throw Problem("cannot pad \(extent) values by \(low) and \(high)") }
        if mode == .reflect, max(low, high) >= extent { throw Problem("cannot mirror \(max(low, high)) of \(extent) values") }
        return (-low..<extent + high).map { index in
            if (0..<extent).contains(index) { return index }
            switch mode {
            case .constant: return -1
            case .edge: return min(max(index, 0), extent - 1)
            case .reflect: return index < 0 ? -index : 2 * (extent - 1) - index
            case .circular: return ((index % extent) + extent) % extent
            }
        }
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        let source: Layout = inputs[0].map != nil && offered[0] == .blocked ? .blocked : .plain
        guard case .transpose(let order) = step else {
            let isMap = inputs[0].rank == 3 && ((try? outputShape(for: inputs))?.rank == 3)
            return LayoutChoice(inputs: [source], output: isMap ? source : .plain)
        }
        // H x W x C becomes a map; a map whose channels go elsewhere does not stay one.
        let becomesMap = inputs[0].rank == 3 && (order == [2, 0, 1] || (source == .blocked && order[0] == 0))
        return LayoutChoice(inputs: [source], output: becomesMap ? .blocked : .plain)
    }

    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int {
        switch step {
        case .transpose(let order): order.firstIndex(of: axes[0]) ?? 0
        case .expand: axes[0] + output.rank - inputs[0].rank
        default: axes[0]
        }
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let input = preparation.inputs[0]
        let (output, sources) = try sources(input)
        let from = preparation.layouts[0].places(input), to = preparation.outputLayout.places(output)
        let inputCount = preparation.layouts[0].count(batch: 1, input)
        let outputCount = preparation.outputLayout.count(batch: 1, output)
        let axes = sources.enumerated().map { axis, source in
            GatherKernel.Axis(
                from: source.indices.map { index in index < 0 ? -1 : source.input.map { from[$0][index] } ?? 0 }, to: to[axis])
        }
        let images = GatherKernel.Axis(
            from: (0..<preparation.batch).map { $0 * inputCount }, to: (0..<preparation.batch).map { $0 * outputCount })
        var fill: Float = 0
        if case .pad(_, _, .constant(let value)) = step { fill = value }
        let isComplete = sources.allSatisfy { source in source.indices.allSatisfy { $0 >= 0 } } && outputCount == output.count
        return Prepared(
            kernel: GatherKernel([images] + axes), fill: isComplete ? nil : fill, outputCount: outputCount * preparation.batch,
            inputCount: inputCount * preparation.batch,
            tail: fill == 0 || outputCount == output.count ? nil : Tail(layout: preparation.outputLayout, shape: output, batch: preparation.batch))
    }

    /// Lanes past the last channel of a blocked map.
    private struct Tail: Sendable {
        let layout: Layout
        let shape: Shape
        let batch: Int

        func clear(_ values: UnsafeMutablePointer<Float>) {
            let blocks = Layout.blocks(shape[0]), area = shape.count / shape[0]
            for image in 0..<batch {
                let last = values + (image * blocks + blocks - 1) * area * 16
                for position in 0..<area {
                    for lane in shape[0] - (blocks - 1) * 16..<16 { last[position * 16 + lane] = 0 }
                }
            }
        }
    }

    private struct Prepared: Kernel {
        let kernel: GatherKernel
        /// What stands where nothing is read; nil when every place reads something.
        let fill: Float?
        let outputCount: Int
        let inputCount: Int
        let tail: Tail?

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            return { _ in
                if let fill { output.update(repeating: fill, count: outputCount) }
                kernel.move(source, to: output)
                tail?.clear(output)
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
