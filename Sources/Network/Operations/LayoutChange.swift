import Diagnostics
public import Tensors

/// The same values in the other layout: row-major values of any rank as a blocked map C x H x W, and back. The engine puts it
/// where neighbours differ; no architecture needs it.
public struct LayoutChange: Operation {
    enum Direction: Sendable, Equatable {
        case toMap
        case toRows
    }

    let direction: Direction
    /// The row-major side, and which of its axes counts channels.
    let rows: Shape
    let channelAxis: Int

    /// Row-major values of `shape` as a map, with the channels of axis `channelAxis` first.
    static func toMap(from shape: Shape, channelAxis: Int) -> LayoutChange {
        LayoutChange(direction: .toMap, rows: shape, channelAxis: channelAxis)
    }

    /// A map as row-major values of `shape`, its channels at axis `channelAxis`.
    static func toRows(of shape: Shape, channelAxis: Int) -> LayoutChange {
        LayoutChange(direction: .toRows, rows: shape, channelAxis: channelAxis)
    }

    public var role: OperationRole { .rearrangement }
    public var kind: String { direction == .toMap ? "values as a map" : "a map as rows" }
    public var passesGradientUnchanged: Bool { isView }
    /// A vector of whole blocks lies the same either way.
    public var isView: Bool { rows.count == rows[channelAxis] && rows.count % Layout.block == 0 }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        let (from, to) = direction == .toMap ? (rows, rows.map(channelAxis: channelAxis)) : (rows.map(channelAxis: channelAxis), rows)
        guard inputs[0] == from || inputs[0].map == from else { throw Problem("expects \(from) and is given \(inputs[0])") }
        return to
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        direction == .toMap
            ? LayoutChoice(inputs: [.plain], output: .blocked) : LayoutChoice(inputs: [.blocked], output: .plain)
    }

    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int { direction == .toMap ? 0 : channelAxis }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { 0 }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        PreparedReorder(
            forward: try kernel(preparation.batch, direction),
            backward: preparation.wantsGradient ? try kernel(preparation.batch, direction == .toMap ? .toRows : .toMap) : nil)
    }

    private func kernel(_ batch: Int, _ direction: Direction) throws -> ReorderKernel {
        let before = rows.dimensions[..<channelAxis].reduce(1, *), after = rows.dimensions[(channelAxis + 1)...].reduce(1, *)
        return try ReorderKernel(
            batch: batch, before: before, channels: rows[channelAxis], after: after, toBlocks: direction == .toMap)
    }
}

extension Shape {
    /// The extents with the channels first, as C x H x W: what a reader is shown of values of this shape.
    public func map(channelAxis axis: Int) -> Shape {
        guard rank > 0 else { return [1, 1, 1] }
        var rest = dimensions
        let channels = rest.remove(at: axis)
        switch rest.count {
        case 0: return [channels, 1, 1]
        case 1: return [channels, rest[0], 1]
        case 2: return [channels, rest[0], rest[1]]
        default: return [channels, rest.dropLast().reduce(1, *), rest[rest.count - 1]]
        }
    }
}
