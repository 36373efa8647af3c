internal import COneDNN
import Diagnostics

/// The extents and layout of a float32 buffer as oneDNN describes them.
final class MemoryDescription: @unchecked Sendable {
    let handle: vitrine_md

    /// A description of a buffer with `dimensions` in the layout that `tag` names; `dnnl_format_tag_any` leaves the choice to
    /// the primitive it is given to.
    init(_ dimensions: [Int], _ tag: dnnl_format_tag_t) throws {
        var made: vitrine_md?
        try OneDNN.check(
            vitrine_md_create(&made, Int32(dimensions.count), dimensions.map(Int64.init), tag), "describing \(dimensions)")
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

    func equals(_ other: MemoryDescription) -> Bool { vitrine_md_equal(handle, other.handle) }
}
