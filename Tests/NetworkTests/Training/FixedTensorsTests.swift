import Diagnostics
import Tensors
import Testing

@testable import Network

struct FixedTensorsTests {
    private struct Written: TensorSource {
        let values: [String: Tensor]
        var names: [String] { values.keys.sorted() }
        func shape(of name: String) -> Shape? { values[name]?.shape }
        func tensor(_ name: String) throws -> Tensor { try #require(values[name]) }
    }

    /// What learns, and what does not, together are the network that training began with.
    @Test(arguments: [("convnext_tiny", true), ("swin", true), ("cifar_resnet20", false), ("densenet121", false), ("cifar_vgg8_bn", false)])
    func `what training writes can be read back`(_ name: String, leaves: Bool) throws {
        let values = try InitialValues(architecture: name, classes: 3, seed: 1)
        let network = try Architectures.network(values, architecture: name)
        let fixed = try FixedTensors(of: network, in: values)
        #expect(fixed.tensors.isEmpty == !leaves && (fixed.remark == nil) == !leaves)
        if let remark = fixed.remark { #expect(remark.contains("do not learn") && remark.contains(fixed.tensors[0].0)) }
        let learned = try LearnedValues(network.graph).tensors()
        #expect(Set(learned.map(\.0)).isDisjoint(with: fixed.tensors.map(\.0)))
        let written = Written(values: Dictionary(uniqueKeysWithValues: fixed.joined(to: learned)))
        let again = try Architectures.network(written, architecture: nil)
        #expect(again.classCount == 3 && again.parameterCount == network.parameterCount && again.unusedTensors.isEmpty)
        for name in values.names { #expect(try written.tensor(name) == values.tensor(name), "\(name)") }
    }
}
