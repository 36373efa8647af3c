internal import COneDNN

extension WindowGeometry {
    var window: vitrine_window {
        func pair(_ values: [Int]) -> (Int64, Int64) { (Int64(values[0]), Int64(values[1])) }
        return vitrine_window(
            stride: pair(stride), dilation: (Int64(dilation[0] - 1), Int64(dilation[1] - 1)), padding_low: pair(paddingLow),
            padding_high: pair(paddingHigh), kernel: pair(kernel))
    }

    func source(_ layout: Layout, _ type: dnnl_data_type_t = dnnl_f32) throws -> MemoryDescription {
        try MemoryDescription([batch, input[0], input[1], input[2]], layout.tag, type)
    }

    func destination(_ layout: Layout = .blocked, _ type: dnnl_data_type_t = dnnl_f32) throws -> MemoryDescription {
        try MemoryDescription([batch, output[0], output[1], output[2]], layout.tag, type)
    }

    /// In the form that `tag` names; `dnnl_format_tag_any` leaves it to the library.
    func source(as tag: dnnl_format_tag_t) throws -> MemoryDescription { try MemoryDescription([batch, input[0], input[1], input[2]], tag) }

    func destination(as tag: dnnl_format_tag_t) throws -> MemoryDescription {
        try MemoryDescription([batch, output[0], output[1], output[2]], tag)
    }

    /// O x I x H x W, or G x O/G x I/G x H x W for grouped convolutions.
    var weightDimensions: [Int] {
        groups == 1
            ? [output[0], input[0]] + kernel
            : [groups, output[0] / groups, input[0] / groups] + kernel
    }

    func packedWeights(_ weights: Tensor, for primitive: Primitive) throws -> (MemoryDescription, AlignedBuffer) {
        let plain = try MemoryDescription(weightDimensions, groups == 1 ? dnnl_abcd : dnnl_abcde)
        let packed = try MemoryDescription(of: primitive.description, dnnl_query_weights_md)
        return (packed, try plain.packing(weights.values, as: packed))
    }
}

extension Layout {
    var tag: dnnl_format_tag_t {
        switch self {
        case .plain: dnnl_abcd
        case .blocked: dnnl_aBcd16b
        case .narrow: dnnl_aBcd8b
        }
    }
}
