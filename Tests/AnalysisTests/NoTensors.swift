import Diagnostics
import Network
import Tensors

/// What a checkpoint records that records nothing.
struct NoTensors: TensorSource {
    var names: [String] { [] }
    func shape(of name: String) -> Shape? { nil }
    func tensor(_ name: String) throws -> Tensor { throw Problem("there is no \(name)") }
}
