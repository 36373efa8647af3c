import Tensors

/// A change of layout, prepared, with its pullback: the change back.
struct PreparedReorder: Kernel {
    let forward: ReorderKernel
    let backward: ReorderKernel?
    var scratchBytes: Int { max(forward.scratchBytes, backward?.scratchBytes ?? 0) }

    func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
        try forward.bind(source: buffers.inputs[0], destination: buffers.output, scratch: buffers.scratch)
    }

    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        guard let backward else { preconditionFailure("planned without gradient") }
        return try backward.bind(
            source: buffers.outputGradient, destination: buffers.inputGradient, scratch: buffers.scratch)
    }
}
