internal import COneDNN
import Diagnostics

/// The extents, layout and number format of a buffer as oneDNN describes them; float32 unless said otherwise.
final class MemoryDescription: @unchecked Sendable {
    let handle: vitrine_md

    /// A description of a buffer with `dimensions` in the layout that `tag` names; `dnnl_format_tag_any` leaves the choice to
    /// the primitive it is given to.
    init(_ dimensions: [Int], _ tag: dnnl_format_tag_t, _ type: dnnl_data_type_t = dnnl_f32) throws {
        var made: vitrine_md?
        try OneDNN.check(
            vitrine_md_create(&made, Int32(dimensions.count), dimensions.map(Int64.init), type, tag), "describing \(dimensions)")
        guard let made else { throw Problem("oneDNN gave no description of \(dimensions)") }
        handle = made
    }

    /// A description of a buffer with `dimensions`, `strides` values apart on each axis.
    init(_ dimensions: [Int], strides: [Int]) throws {
        var made: vitrine_md?
        try OneDNN.check(
            vitrine_md_create_strided(&made, Int32(dimensions.count), dimensions.map(Int64.init), strides.map(Int64.init)),
            "describing \(dimensions)")
        guard let made else { throw Problem("oneDNN gave no description of \(dimensions)") }
        handle = made
    }

    /// A copy of one of a primitive's own descriptions.
    init(of primitive: const_dnnl_primitive_desc_t, _ what: dnnl_query_t) throws {
        var made: vitrine_md?
        try OneDNN.check(vitrine_pd_md(&made, primitive, what), "asking for a primitive's layout")
        guard let made else { throw Problem("oneDNN gave no layout of a primitive") }
        handle = made
    }

    deinit { vitrine_md_destroy(handle) }

    var bytes: Int { vitrine_md_size(handle) }

    /// `values`, which lie as described here, brought into the form of `other`.
    func packing(_ values: [Float], as other: MemoryDescription) throws -> AlignedBuffer {
        let buffer = try AlignedBuffer(bytes: other.bytes)
        let reorder = try Reorder("packing weights", from: self, to: other)
        let scratch = try AlignedBuffer(bytes: reorder.scratchBytes)
        // The primitive only reads, yet the library's interface takes a mutable address: give it a copy of its own.
        let copy = try AlignedBuffer(bytes: bytes)
        values.withUnsafeBufferPointer {
            if let base = $0.baseAddress { copy.floats().update(from: base, count: $0.count) }
        }
        // The step holds addresses only.
        try withExtendedLifetime((copy, scratch)) {
            try reorder.bind(from: copy.address, to: buffer.address, scratch: scratch.address)(Stream())
        }
        return buffer
    }

    func equals(_ other: MemoryDescription) -> Bool { vitrine_md_equal(handle, other.handle) }
}
