import Diagnostics
public import Tensors

/// The same values in row-major order under another shape: nothing is moved.
public struct Reshaping: Operation {
    public let shape: Shape

    public init(to shape: Shape) { self.shape = shape }

    public var role: OperationRole { .rearrangement }
    public var kind: String { "reshape to \(shape)" }
    public var isView: Bool { true }
    public var passesGradientUnchanged: Bool { true }
    public var window: ReceptiveWindow { .everything }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0].count == shape.count else { throw Problem("\(inputs[0]) cannot be reshaped to \(shape)") }
        return shape
    }

    /// A vector stays one in either layout.
    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        inputs[0].isVector && shape.isVector && offered[0] == .blocked ? .allBlocked(1) : .allPlain(1)
    }

    /// The axis of as many channels with as much before and behind it, where there is one; otherwise that which joins them with others, such
    /// as those of neighbours.
    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int {
        let channels = inputs[0][axes[0]]
        let before = inputs[0].dimensions[..<axes[0]].reduce(1, *)
        var seen = 1
        for axis in 0..<output.rank {
            if seen == before, output[axis] == channels, channels > 1 { return axis }
            seen *= output[axis]
        }
        seen = 1
        for axis in 0..<output.rank {
            let end = seen * output[axis]
            if channels > 1, before > 0, before % max(1, seen) == 0, seen <= before, end % (before * channels) == 0 { return axis }
            seen = end
        }
        return output.conventionalChannelAxis
    }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 0 }

    public func prepare(_ preparation: Preparation) throws -> any Kernel { preconditionFailure("a view never runs") }
}
