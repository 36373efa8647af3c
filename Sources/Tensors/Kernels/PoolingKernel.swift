internal import COneDNN

/// A pool over windows of maps in blocks, prepared for one shape, with its pullback.
public final class PoolingKernel: Sendable {
    public enum Kind: Sendable, Hashable {
        case maximum
        /// `countsPadding` divides by the whole window, as PyTorch does unless told otherwise.
        case average(countsPadding: Bool)
    }

    private let forward: AdaptedPrimitive
    private let backward: AdaptedPrimitive?
    private let workspace: MemoryDescription?

    /// From maps in `layout` to maps in `outputLayout`.
    public init(
        _ geometry: WindowGeometry, from layout: Layout = .blocked, to outputLayout: Layout = .blocked, kind: Kind, withGradient: Bool
    ) throws {
        let source = try geometry.source(layout)
        let destination = try geometry.destination(outputLayout)
        let algorithm =
            switch kind {
            case .maximum: dnnl_pooling_max
            case .average(true): dnnl_pooling_avg_include_padding
            case .average(false): dnnl_pooling_avg_exclude_padding
            }
        // The library takes no choice here.
        let (otherSource, otherDestination) = (try geometry.source(as: dnnl_aBcd8b), try geometry.destination(as: dnnl_aBcd8b))
        var window = geometry.window
        let forward = try AdaptedPrimitive([
            .read(DNNL_ARG_SRC, dnnl_query_src_md, source, or: otherSource),
            .written(DNNL_ARG_DST, dnnl_query_dst_md, destination, or: otherDestination),
        ]) { forms, _ in
            try Primitive("pooling") {
                vitrine_pooling_forward(&$0, $1, algorithm, withGradient, forms[0].handle, forms[1].handle, &window, $2)
            }
        }
        self.forward = forward
        // What it remembers of maxima it remembers in its form: the pullback has the same.
        let hint = forward.primitive.description, isAdapted = forward.isAdapted
        backward =
            withGradient
            ? try AdaptedPrimitive([
                .read(DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, destination, or: otherDestination),
                .written(DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, source, or: otherSource),
            ], when: isAdapted ? .always : .never) { forms, _ in
                try Primitive("a pool's gradient") {
                    vitrine_pooling_backward(&$0, $1, algorithm, forms[1].handle, forms[0].handle, &window, hint, $2)
                }
            } : nil
        workspace =
            withGradient && kind == .maximum
            ? try MemoryDescription(of: forward.primitive.description, dnnl_query_workspace_md) : nil
    }

    public var scratchBytes: Int { max(forward.scratchBytes, backward?.scratchBytes ?? 0) }
    /// What the pullback needs to know from the forward pass (where each maximum was), in bytes.
    public var memoryBytes: Int { workspace?.bytes ?? 0 }

    public func bindForward(
        source input: UnsafeMutablePointer<Float>, destination output: UnsafeMutablePointer<Float>,
        memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        try forward.bind([input, output], scratch: scratch) { arguments in
            if let workspace, let memory { try arguments.bind(DNNL_ARG_WORKSPACE, workspace, memory) }
        }
    }

    public func bindPullback(
        outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        guard let backward else { preconditionFailure("planned without gradient") }
        return try backward.bind([outputGradient, inputGradient], scratch: scratch) { arguments in
            if let workspace, let memory { try arguments.bind(DNNL_ARG_WORKSPACE, workspace, memory) }
        }
    }
}
