internal import COneDNN

/// Brings row-major values, `before x channels x after` an image, into blocked maps, or back; prepared for one shape.
public final class ReorderKernel: Sendable {
    private let reorder: Reorder

    public init(batch: Int, before: Int, channels: Int, after: Int, toBlocks: Bool) throws {
        let extents = [batch, channels, before, after]
        let rows = try MemoryDescription(extents, strides: [before * channels * after, after, channels * after, 1])
        let blocks = try MemoryDescription(extents, Layout.blocked.tag)
        reorder = try Reorder("a change of layout", from: toBlocks ? rows : blocks, to: toBlocks ? blocks : rows)
    }

    public var scratchBytes: Int { reorder.scratchBytes }

    public func bind(
        source input: UnsafeMutablePointer<Float>, destination output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        try reorder.bind(from: input, to: output, scratch: scratch)
    }
}
