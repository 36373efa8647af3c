import Foundation
import Tensors
import TestSupport

@testable import Network

/// What PyTorch makes of a ResNet-8 with a template block and two knowledge distillation layers; `make_goldens.py` beside the file says
/// what is what.
struct TemplateGolden: Decodable {
    struct Entry: Decodable {
        var name: String
        var shape: [Int]
    }

    struct Kernels: Decodable {
        var layer: String
        var effective: [Float]
        var kernels: [Double]
        var gain: Double
    }

    var architecture: String
    var gain: Double
    var input: [Int]
    var target: Int
    var tensors: [Entry]
    var logits: GoldenFile.Logits
    var layers: [GoldenFile.Layer]
    var gradients: [GoldenFile.Layer]
    var kernels: Kernels

    init() throws {
        let path = GoldenFile.folder.appendingPathComponent("../templates/resnet8.json")
        self = try JSONDecoder().decode(TemplateGolden.self, from: Data(contentsOf: path))
    }

    /// The tensors that it was made with.
    var source: ReplacedTensors {
        get throws {
            let shapes = try Architectures.named(architecture).tensorShapes() + tensors.map { ($0.name, Shape($0.shape)) }
            return ReplacedTensors(base: FormulaTensors(shapes, gain: gain), changes: ["layer1.0.templates.per_class": Tensor(shape: [1], values: [2])])
        }
    }
}

/// What PyTorch makes of it in a pass of training.
struct TemplateTrainingGolden: Decodable {
    var seeds: [String]
    var layers: [GoldenFile.Layer]
    var learned: [GoldenFile.Layer]
    var statistics: [GoldenFile.Layer]

    init() throws {
        let path = GoldenFile.folder.appendingPathComponent("../templates/resnet8_training.json")
        self = try JSONDecoder().decode(TemplateTrainingGolden.self, from: Data(contentsOf: path))
    }
}

/// Tensors of another source, some of them with other values, added, or left out.
struct ReplacedTensors: TensorSource {
    var base: FormulaTensors
    var changes: [String: Tensor?]

    var names: [String] {
        base.names.filter { changes[$0].map { $0 != nil } ?? true }
            + changes.filter { $0.value != nil && base.shape(of: $0.key) == nil }.map(\.key).sorted()
    }

    func shape(of name: String) -> Shape? { changes[name].map { $0?.shape } ?? base.shape(of: name) }
    func tensor(_ name: String) throws -> Tensor { try changes[name].flatMap { $0 } ?? base.tensor(name) }

    /// With one more change; nil leaves the tensor out.
    func changing(_ name: String, to tensor: Tensor?) -> ReplacedTensors {
        var result = self
        result.changes.updateValue(tensor, forKey: name)
        return result
    }
}
