import Diagnostics
import Foundation
import Network
import Relevance
import Tensors
import TestSupport
import Testing

@testable import Analysis

/// One step for an inner unit against a plain PyTorch implementation (`RelevanceTests/Fixtures/flows.py`).
@Suite(.serialized) struct RelevanceTraceTests {
    struct Map: Decodable {
        var shape: [Int]
        var largest: Double
        var places: [Int]
        var values: [Double]
    }

    struct Layer: Decodable {
        var name: String
        var loss: Double
        var relevance: Map
        var mask: Map
        var masked: Map
        var importance: Map
    }

    struct Image: Decodable {
        var loss: Double
        var gradient: Map
        var layers: [Layer]
    }

    struct Golden: Decodable {
        struct Target: Decodable {
            var layer: String
            var unit: Int
        }

        var architecture: String
        var gain: Double
        var input: [Int]
        var references: [Int]
        var weights: [Float]
        var target: Target
        var images: [Image]
    }

    private static func golden(_ name: String) throws -> Golden {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../RelevanceTests/Fixtures")
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
    }

    private static func images(_ name: String, _ extents: [Int]) -> Tensor {
        let shape = Shape(extents), scale = 3.0.squareRoot()
        return Tensor(shape: shape, values: FormulaTensors.uniform(name, count: shape.count).map { Float((2 * $0 - 1) * scale) })
    }

    @Test(arguments: ["resnet18_inner", "resnet50_inner"])
    func anInnerStepAgreesWithPyTorch(_ name: String) throws {
        let golden = try Self.golden(name)
        let network = try Architectures.network(
            FormulaTensors(architecture: golden.architecture, gain: golden.gain), architecture: golden.architecture)
        let layers = golden.images[0].layers.map(\.name)
        let trace = RelevanceTrace(
            layers: layers, target: .unit(layer: golden.target.layer, unit: golden.target.unit), composite: .vital,
            matching: (Self.images("references", golden.references), golden.weights))
        let tensors = try trace.run(network, inputs: Self.images("input", golden.input)).tensors
        let found = Dictionary(tensors, uniquingKeysWith: { first, _ in first })

        func check(_ key: String, _ image: Int?, _ expected: Map) throws {
            let tensor = try #require(found[key], "\(key)")
            let count = expected.shape.reduce(1, *), first = (image ?? 0) * count
            #expect(tensor.values.count == count * (image == nil ? 1 : golden.input[0]), "\(key)")
            let error = zip(expected.places, expected.values).reduce(0) { max($0, abs(Double(tensor.values[first + $1.0]) - $1.1)) }
            #expect(error <= 1e-3 * expected.largest, "\(key) of image \(image ?? 0): \(error / expected.largest)")
        }
        for (number, image) in golden.images.enumerated() {
            #expect(abs(Double(found["loss"]?.values[number] ?? .nan) / image.loss - 1) < 1e-3)
            try check("gradient/input", number, image.gradient)
            for layer in image.layers {
                #expect(abs(Double(found["loss/\(layer.name)"]?.values[number] ?? .nan) / layer.loss - 1) < 1e-3, "\(layer.name)")
                try check("relevance/\(layer.name)", number, layer.relevance)
                try check("mask/\(layer.name)", number, layer.mask)
                try check("masked/\(layer.name)", number, layer.masked)
                try check("importance/\(layer.name)", nil, layer.importance)
            }
        }
    }

    @Test func whatLiesBehindTheTargetIsNamed() throws {
        let network = try Architectures.network(FormulaTensors(architecture: "cifar_resnet20"), architecture: "cifar_resnet20")
        let trace = RelevanceTrace(layers: ["layer3"], target: .unit(layer: "layer2", unit: 3), composite: .vital)
        let problem = try #require(throws: Problem.self) { try trace.run(network, inputs: Self.images("input", [1, 3, 32, 32])) }
        #expect(problem.summary.contains("layer2") && problem.summary.contains("layer3"), "\(problem)")
    }
}
