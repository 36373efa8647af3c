import Diagnostics
public import Tensors

/// The mean, sum or maximum over some axes.
public struct Reduction: Operation {
    public enum Function: String, Sendable { case mean, sum, maximum }

    public let function: Function
    /// Negative ones count from the end.
    public let axes: [Int]
    /// True when reduced axes stay, with an extent of 1.
    public let keepsAxes: Bool

    public init(_ function: Function, axes: [Int], keepsAxes: Bool) {
        self.function = function
        self.axes = axes
        self.keepsAxes = keepsAxes
    }

    public var role: OperationRole { function == .maximum ? .maximum : .averaging }
    public var kind: String { "\(function.rawValue) over axes \(axes.map(String.init).joined(separator: ", "))" }
    public var window: ReceptiveWindow { .everything }

    private func reduced(_ input: Shape) throws -> Set<Int> { Set(try axes.map { try input.axis($0) }) }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let reduced = try reduced(inputs[0])
        guard inputs[0].count > 0 else { throw Problem("reduces \(inputs[0]), which holds nothing") }
        return Shape(
            (0..<inputs[0].rank).compactMap { axis in reduced.contains(axis) ? (keepsAxes ? 1 : nil) : inputs[0][axis] })
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .allPlain(1) }

    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int {
        guard !keepsAxes else { return axes[0] }
        let reduced = (try? reduced(inputs[0])) ?? []
        return reduced.contains(axes[0]) ? output.conventionalChannelAxis : axes[0] - reduced.filter { $0 < axes[0] }.count
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { inputs[0].count }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let input = preparation.inputs[0]
        let reduced = try reduced(input)
        let kept = (0..<input.rank).map { reduced.contains($0) ? 1 : input[$0] }
        return Prepared(
            kernel: ReductionKernel(input: [preparation.batch] + input.dimensions, output: [preparation.batch] + kept), function: function)
    }

    private struct Prepared: Kernel {
        let kernel: ReductionKernel
        let function: Function

        /// Where each maximum was.
        var memoryBytes: Int { function == .maximum ? kernel.outputCount * MemoryLayout<Int32>.size : 0 }
        var scratchBytes: Int { memoryBytes }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (source, output) = (buffers.inputs[0], buffers.output)
            if function == .maximum {
                let places = (buffers.memory ?? buffers.scratch).assumingMemoryBound(to: Int32.self)
                return { _ in kernel.maximum(source, into: output, places: places) }
            }
            let scale = function == .mean ? 1 / Float(kernel.inputCount / kernel.outputCount) : 1
            return { _ in kernel.sum(source, scale: scale, into: output) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            if function == .maximum {
                guard let places = buffers.memory?.assumingMemoryBound(to: Int32.self) else { preconditionFailure("nothing was kept") }
                return { _ in
                    inputGradient.update(repeating: 0, count: kernel.inputCount)
                    for i in 0..<kernel.outputCount { inputGradient[Int(places[i])] += outputGradient[i] }
                }
            }
            let scale = function == .mean ? 1 / Float(kernel.inputCount / kernel.outputCount) : 1
            return { _ in kernel.spread(outputGradient, scale: scale, into: inputGradient) }
        }
    }
}
