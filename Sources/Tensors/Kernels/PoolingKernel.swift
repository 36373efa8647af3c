internal import COneDNN

/// A pool over windows of blocked maps, prepared for one shape, with its pullback.
public final class PoolingKernel: Sendable {
    public enum Kind: Sendable, Hashable {
        case maximum
        /// `countsPadding` divides by the whole window, as PyTorch does unless told otherwise.
        case average(countsPadding: Bool)
    }

    private let forward: Primitive
    private let backward: Primitive?
    private let source: MemoryDescription
    private let destination: MemoryDescription
    private let workspace: MemoryDescription?

    public init(_ geometry: WindowGeometry, kind: Kind, withGradient: Bool) throws {
        let source = try geometry.source(.blocked)
        let destination = try geometry.destination()
        let algorithm =
            switch kind {
            case .maximum: dnnl_pooling_max
            case .average(true): dnnl_pooling_avg_include_padding
            case .average(false): dnnl_pooling_avg_exclude_padding
            }
        var window = geometry.window
        forward = try Primitive("pooling") {
            vitrine_pooling_forward(&$0, $1, algorithm, withGradient, source.handle, destination.handle, &window, $2)
        }
        let hint = forward.description
        backward =
            withGradient
            ? try Primitive("a pool's gradient") {
                vitrine_pooling_backward(&$0, $1, algorithm, source.handle, destination.handle, &window, hint, $2)
            } : nil
        workspace =
            withGradient && kind == .maximum
            ? try MemoryDescription(of: forward.description, dnnl_query_workspace_md) : nil
        self.source = source
        self.destination = destination
    }

    public var scratchBytes: Int { max(forward.scratchBytes, backward?.scratchBytes ?? 0) }
    /// What the pullback needs to know from the forward pass (where each maximum was), in bytes.
    public var memoryBytes: Int { workspace?.bytes ?? 0 }

    public func bindForward(
        source input: UnsafeMutablePointer<Float>, destination output: UnsafeMutablePointer<Float>,
        memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_SRC, source, input)
        try arguments.bind(DNNL_ARG_DST, destination, output)
        if let workspace, let memory { try arguments.bind(DNNL_ARG_WORKSPACE, workspace, memory) }
        try arguments.bindScratch(of: forward, scratch)
        return { [forward] stream in try forward.run(on: stream, arguments) }
    }

    public func bindPullback(
        outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        guard let backward else { preconditionFailure("planned without gradient") }
        let arguments = Primitive.Arguments()
        try arguments.bind(DNNL_ARG_DIFF_DST, destination, outputGradient)
        try arguments.bind(DNNL_ARG_DIFF_SRC, source, inputGradient)
        if let workspace, let memory { try arguments.bind(DNNL_ARG_WORKSPACE, workspace, memory) }
        try arguments.bindScratch(of: backward, scratch)
        return { stream in try backward.run(on: stream, arguments) }
    }
}
