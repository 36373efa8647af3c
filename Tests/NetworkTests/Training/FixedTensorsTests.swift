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

    /// Where queries, keys and values have rows of one tensor each.
    private static let parted = ["timm_beit"]

    @Test(arguments: Architectures.all.map(\.name))
    func `all that a network has learns`(_ name: String) throws {
        let outline = Parameters(), architecture = try Architectures.named(name)
        let graph = try architecture.build(outline).graph
        var learned = Set<String>()
        for node in graph.nodes {
            for tensor in (node.operation as? any TrainableOperation)?.learned ?? [] { #expect(learned.insert(tensor.name(in: node.name)).inserted) }
        }
        let left = Set(outline.asked.map(\.name)).symmetricDifference(learned)
        #expect(left.isEmpty != Self.parted.contains(name), "\(left.sorted().prefix(4))")
    }

    @Test
    func `indices that can be worked out stay in the file, and are nobody's to learn`() throws {
        let values = try InitialValues(architecture: "swin", classes: 3, seed: 1), index = "features.1.0.attn.relative_position_index"
        let network = try Architectures.network(values, architecture: "swin")
        var all = try Dictionary(uniqueKeysWithValues: values.names.map { ($0, try values.tensor($0)) })
        // As torchvision has it: rows and columns from query to key, in a table of 13 x 13 differences.
        var places: [Float] = []
        for query in 0..<49 {
            for key in 0..<49 {
                let row = query / 7 - key / 7 + 6, column = query % 7 - key % 7 + 6
                places.append(Float(13 * row + column))
            }
        }
        #expect(all[index] == Tensor(shape: [49 * 49], values: places) && values.names.count { $0.hasSuffix("_index") } == 12)
        all = all.filter { $0.key == index || !$0.key.hasSuffix("_index") }
        let fixed = try FixedTensors(of: network, in: Written(values: all))
        #expect(fixed.tensors.map(\.0) == [index] && fixed.remark == nil)
    }

    @Test
    func `joined projections are no training's`() throws {
        let values = try InitialValues(architecture: "timm_beit", classes: 3, seed: 1)
        let network = try Architectures.network(values, architecture: "timm_beit")
        let problem = #expect(throws: Problem.self) { try FixedTensors(of: network, in: values) }
        #expect(problem?.explanation?.contains("blocks.0.attn.qkv.queries.weight") == true)
    }

    /// What learns, and what does not, together are the network that training began with.
    @Test(arguments: ["convnext_tiny", "swin", "timm_vit_tiny_patch16", "cifar_resnet20", "densenet121", "cifar_vgg8_bn"])
    func `what training writes can be read back`(_ name: String) throws {
        let values = try InitialValues(architecture: name, classes: 3, seed: 1)
        let network = try Architectures.network(values, architecture: name)
        let fixed = try FixedTensors(of: network, in: values)
        #expect(fixed.tensors.map(\.0) == values.names.filter { $0.hasSuffix("_index") } && fixed.remark == nil)
        let learned = try LearnedValues(network.graph).tensors()
        #expect(Set(learned.map(\.0)).isDisjoint(with: fixed.tensors.map(\.0)))
        let written = Written(values: Dictionary(uniqueKeysWithValues: fixed.joined(to: learned)))
        let again = try Architectures.network(written, architecture: nil)
        #expect(again.classCount == 3 && again.parameterCount == network.parameterCount && again.unusedTensors.isEmpty)
        for name in values.names { #expect(try written.tensor(name) == values.tensor(name), "\(name)") }
    }
}
