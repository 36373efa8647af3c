internal import COneDNN

/// A change of layout or number format, prepared once.
struct Reorder: Sendable {
    private let primitive: Primitive
    let source: MemoryDescription
    let result: MemoryDescription

    /// From `source` to the same extents as `result` describes them.
    init(_ name: String, from source: MemoryDescription, to result: MemoryDescription) throws {
        primitive = try Primitive(name) { vitrine_reorder(&$0, $1, source.handle, result.handle, $2) }
        self.source = source
        self.result = result
    }

    var scratchBytes: Int { primitive.scratchBytes }
    /// Bytes of the result, filled up so that what follows is aligned.
    var resultBytes: Int { result.bytes.upToCacheLine }
    /// The same of the source.
    var sourceBytes: Int { source.bytes.upToCacheLine }

    func bind(from input: UnsafeMutableRawPointer, to output: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_FROM, source, input)
        try arguments.bind(DNNL_ARG_TO, result, output)
        try arguments.bindScratch(of: primitive, scratch)
        return { [primitive] stream in try primitive.run(on: stream, arguments) }
    }
}
