internal import COneDNN
import Diagnostics

/// Products of matrices, `scale * left * right + bias`, prepared for one shape: `batch` of them, row-major, one behind the other.
public final class MatrixKernel: Sendable {
    /// The extents of one product, and whether a factor lies transposed in its buffer.
    public struct Extents: Sendable, Hashable {
        public var batch: Int
        public var rows: Int
        public var columns: Int
        public var inner: Int
        /// `left` is stored inner x rows.
        public var transposesLeft: Bool
        /// `right` is stored columns x inner.
        public var transposesRight: Bool
        public var scale: Float

        public init(
            batch: Int, rows: Int, columns: Int, inner: Int, transposesLeft: Bool = false, transposesRight: Bool = false,
            scale: Float = 1
        ) {
            self.batch = batch
            self.rows = rows
            self.columns = columns
            self.inner = inner
            self.transposesLeft = transposesLeft
            self.transposesRight = transposesRight
            self.scale = scale
        }

        var left: (extents: [Int], strides: [Int]) {
            ([batch, rows, inner], transposesLeft ? [rows * inner, 1, rows] : [rows * inner, inner, 1])
        }
        var right: (extents: [Int], strides: [Int]) {
            ([batch, inner, columns], transposesRight ? [inner * columns, 1, inner] : [inner * columns, columns, 1])
        }
    }

    private let primitive: Primitive
    private let left: MemoryDescription
    /// As the caller has it, and as the primitive wants it: the same unless packed.
    private let given: MemoryDescription
    private let right: MemoryDescription
    private let bias: MemoryDescription?
    private let result: MemoryDescription

    /// Prepares the product. With `packsRight` the right factor is fixed and comes through `packed`; then `batch` is 1.
    public init(_ extents: Extents, packsRight: Bool = false, biased: Bool = false) throws {
        precondition(!packsRight || extents.batch == 1, "one packed factor")
        // Without a batch axis: the library packs factors of plain matrices only.
        let drop = packsRight ? 1 : 0
        func description(_ form: (extents: [Int], strides: [Int])) throws -> MemoryDescription {
            try MemoryDescription(Array(form.extents.dropFirst(drop)), strides: Array(form.strides.dropFirst(drop)))
        }
        let left = try description(extents.left)
        let given = try description(extents.right)
        let result = try description(
            ([extents.batch, extents.rows, extents.columns], [extents.rows * extents.columns, extents.columns, 1]))
        let bias = biased ? try MemoryDescription(drop == 1 ? [1, extents.columns] : [1, 1, extents.columns], drop == 1 ? dnnl_ab : dnnl_abc) : nil
        let wanted = packsRight ? try MemoryDescription([extents.inner, extents.columns], dnnl_format_tag_any) : given
        primitive = try Primitive("a matrix product", scale: extents.scale) {
            vitrine_matmul(&$0, $1, left.handle, wanted.handle, bias?.handle, result.handle, $2)
        }
        self.left = left
        self.given = given
        self.bias = bias
        self.result = result
        right = packsRight ? try MemoryDescription(of: primitive.description, dnnl_query_weights_md) : given
    }

    public var scratchBytes: Int { primitive.scratchBytes }
    public var implementation: String { primitive.implementation }

    /// The right factor as `bind` takes it.
    public func packed(_ values: [Float]) throws -> AlignedBuffer { try given.packing(values, as: right) }

    public func bind(
        left: UnsafeMutablePointer<Float>, right: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>? = nil,
        result: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_SRC, self.left, left)
        try arguments.bind(DNNL_ARG_WEIGHTS, self.right, right)
        if let description = self.bias, let bias { try arguments.bind(DNNL_ARG_BIAS, description, bias) }
        try arguments.bind(DNNL_ARG_DST, self.result, result)
        try arguments.bindScratch(of: primitive, scratch)
        return { [primitive] stream in try primitive.run(on: stream, arguments) }
    }
}
