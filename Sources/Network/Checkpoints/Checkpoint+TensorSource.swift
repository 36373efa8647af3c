public import Tensors

extension Checkpoint: TensorSource {
    public func shape(of name: String) -> Shape? { entry(name)?.shape }
}
