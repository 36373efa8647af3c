internal import COneDNN

/// Rounds a float32 buffer to another number format in scratch memory before a primitive reads it.
struct RoundingStep: Sendable {
    private let primitive: Primitive
    private let source: MemoryDescription
    let result: MemoryDescription

    /// From `source` to the same extents and layout with numbers of `result`.
    init(from source: MemoryDescription, to result: MemoryDescription) throws {
        primitive = try Primitive("rounding") { vitrine_reorder(&$0, $1, source.handle, result.handle, $2) }
        self.source = source
        self.result = result
    }

    /// Bytes of the rounded copy, filled up so that what follows is aligned.
    var copyBytes: Int { (result.bytes + 63) / 64 * 64 }
    var scratchBytes: Int { copyBytes + primitive.scratchBytes }

    /// The step that rounds `values` into the beginning of `scratch`.
    func bind(_ values: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_FROM, source, values)
        try arguments.bind(DNNL_ARG_TO, result, scratch)
        try arguments.bindScratch(of: primitive, scratch + copyBytes)
        return { [primitive] stream in try primitive.run(on: stream, arguments) }
    }
}
