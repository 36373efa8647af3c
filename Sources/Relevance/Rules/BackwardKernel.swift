public import Network
public import Tensors

/// The kernels of rules run backward only.
extension Kernel {
    public func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
        preconditionFailure("a rule has no forward pass")
    }

    public func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        preconditionFailure("nothing comes here")
    }
}
