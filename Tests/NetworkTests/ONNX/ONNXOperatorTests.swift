// The next operator: a `case` in `Fixtures/onnx/make_operators.py`.

import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

@Suite struct ONNXOperatorTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var model: Data
        var output: [Double]
        var testDescription: String { name }
    }

    static let cases: [Case] =
        (try? JSONDecoder().decode([Case].self, from: Data(contentsOf: ONNXGolden.folder.appendingPathComponent("operators.json")))) ?? []

    @Test func thereAreCases() { #expect(Self.cases.count > 200) }

    @Test(arguments: cases)
    func agreesWithOnnxruntime(_ subject: Case) throws {
        let network = try withFolder { folder in
            let path = folder.appendingPathComponent("case.onnx")
            try subject.model.write(to: path)
            return try importedNetwork(path.path)
        }
        // One number is a score, which the network has with both signs, the score last; a sigmoid at the end is taken off.
        let isScore = network.head.kind == .score, isStripped = network.displayName.hasSuffix("without its last sigmoid")
        #expect(network.classCount == (isScore ? 2 : subject.output.count))
        let image = network.input.shape
        let plan = try Plan(network.graph, .init(batch: 2, input: image, activations: [network.logits], seeds: [network.logits], gradients: [Graph.inputName]))
        let workspace = try Workspace(plan)
        workspace.poison()
        let pixels = FormulaTensors.images(Shape([1] + image.dimensions))
        // The same image twice: each is computed alone.
        workspace.write(pixels + pixels)
        try workspace.forward()
        let found = try workspace.activationTensor(of: network.logits).values
        let largest = subject.output.reduce(0) { max($0, abs($1)) }
        for (index, expected) in subject.output.enumerated() {
            let place = isScore ? 1 : index
            let value = isStripped ? 1 / (1 + exp(-Double(found[place]))) : Double(found[place])
            #expect(abs(value - expected) <= 2e-5 * largest, "value \(index): \(value), not \(expected)")
            #expect(found[place] == found[network.classCount + place], "value \(index) of the second image")
        }
    }

    /// Every operator that is understood on what depends on the image is in some case.
    @Test func everyLoweringHasACase() throws {
        var tried = Set<String>()
        for subject in Self.cases {
            try withFolder { folder in
                let path = folder.appendingPathComponent("case.onnx")
                try subject.model.write(to: path)
                let model = try #require(try Checkpoint.read(path: path.path).model)
                tried.formUnion(model.graph.nodes.map(\.key))
                tried.formUnion(model.functions.flatMap { $0.nodes.map(\.key) })
            }
        }
        // onnxruntime does not know them.
        let untried = Set(ONNXOperators.lowering.keys).subtracting(tried).subtracting(["Swish", "CastLike"])
        #expect(untried.isEmpty, "add cases for \(untried.sorted())")
    }
}
