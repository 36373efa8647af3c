internal import COneDNN

/// Brings row-major values, `before x channels x after` an image, into blocked maps, or back, or maps into other blocks; prepared for one
/// shape.
public final class ReorderKernel: Sendable {
    private let reorder: Reorder

    public init(batch: Int, before: Int, channels: Int, after: Int, toBlocks: Bool) throws {
        let extents = [batch, channels, before, after]
        let rows = try MemoryDescription(extents, strides: [before * channels * after, after, channels * after, 1])
        let blocks = try MemoryDescription(extents, Layout.blocked.tag)
        reorder = try Reorder("a change of layout", from: toBlocks ? rows : blocks, to: toBlocks ? blocks : rows)
    }

    /// Maps of `shape` (C x H x W) from one layout into another.
    public init(batch: Int, _ shape: Shape, from source: Layout, to result: Layout) throws {
        let extents = [batch] + shape.dimensions
        reorder = try Reorder(
            "a change of blocks", from: MemoryDescription(extents, source.tag), to: MemoryDescription(extents, result.tag))
    }

    public var scratchBytes: Int { reorder.scratchBytes }

    public func bind(
        source input: UnsafeMutablePointer<Float>, destination output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        try reorder.bind(from: input, to: output, scratch: scratch)
    }
}
