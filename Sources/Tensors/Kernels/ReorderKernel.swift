internal import COneDNN

/// Brings row-major values, `before x channels x after` an image, into blocked maps, or back; prepared for one shape.
public final class ReorderKernel: Sendable {
    private let primitive: Primitive
    private let source: MemoryDescription
    private let destination: MemoryDescription

    public init(batch: Int, before: Int, channels: Int, after: Int, toBlocks: Bool) throws {
        let extents = [batch, channels, before, after]
        let rows = try MemoryDescription(extents, strides: [before * channels * after, after, channels * after, 1])
        let blocks = try MemoryDescription(extents, Layout.blocked.tag)
        (source, destination) = toBlocks ? (rows, blocks) : (blocks, rows)
        let (from, to) = (source, destination)
        primitive = try Primitive("a change of layout") { vitrine_reorder(&$0, $1, from.handle, to.handle, $2) }
    }

    public var scratchBytes: Int { primitive.scratchBytes }

    public func bind(
        source input: UnsafeMutablePointer<Float>, destination output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_FROM, source, input)
        try arguments.bind(DNNL_ARG_TO, destination, output)
        try arguments.bindScratch(of: primitive, scratch)
        return { [primitive] stream in try primitive.run(on: stream, arguments) }
    }
}
