import Diagnostics
import Foundation
import Tensors
import Testing

@testable import Network

struct WordVectorsTests {
    private static func read(_ tensors: [(String, Tensor)], _ metadata: [String: String]) throws -> WordVectors {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("words-\(UUID()).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Safetensors.write(tensors, metadata: metadata, to: path)
        return try WordVectors.read(path: path)
    }

    private static let matrix = Tensor(shape: [3, 2], values: [3, 4, 0, -2, 1, 0])

    @Test(arguments: [
        (["words": "[\"dog, puppy\", \"sky\", \"a \\\"b\\\"\"]"], "JSON"), (["names": "dog, puppy\nsky\r\na \"b\"\n"], "lines"),
    ])
    func `words are a JSON list or lines, and vectors get length 1`(metadata: [String: String], form: String) throws {
        let found = try Self.read([("anything", Self.matrix)], metadata)
        #expect(found.words == ["dog, puppy", "sky", "a \"b\""] && found.width == 2 && found.source.contains(form))
        #expect(found.values == [0.6, 0.8, 0, -1, 1, 0])
    }

    @Test func `of several matrices the one called words`() throws {
        let other = Tensor(shape: [5, 2], values: Array(repeating: 1, count: 10)), list = ["words": "a\nb\nc"]
        #expect(try Self.read([("other", other), ("words", Self.matrix), ("scale", Tensor(shape: [1], values: [4]))], list).words == ["a", "b", "c"])
        #expect(throws: Problem.self) { try Self.read([("other", other), ("another", Self.matrix)], list) }
    }

    @Test(arguments: [
        (["words": "a\nb"], [1, 1, 1, 1, 1, 1], "2 words"), ([:], [1, 1, 1, 1, 1, 1], "no metadata"), (["format": "pt"], [1, 1, 1, 1, 1, 1], "format"),
        (["words": "[1, 2, 3]"], [1, 1, 1, 1, 1, 1], "JSON"), (["words": "a\nb\nc"], [1, 1, 0, 0, 1, 1], "“b” is zero"),
        (["words": "a\nb\nc"], [1, 1, .nan, 0, 1, 1], "NaN"),
    ] as [([String: String], [Float], String)])
    func `what does not go together is refused`(metadata: [String: String], values: [Float], word: String) {
        #expect { try Self.read([("words", Tensor(shape: [3, 2], values: values))], metadata) } throws: {
            ($0 as? Problem).map { $0.summary.contains(word) && $0.kind == .usage } ?? false
        }
    }

    /// What the script in docs/words.md writes, of a CLIP that is small: `Fixtures/words/make_words.py`.
    @Test func `a CLIP's words and encoder go together as in PyTorch`() throws {
        let folder = DirectionTests.folder + "/../words/"
        let words = try WordVectors.read(path: folder + "words.safetensors")
        #expect(words.words == ["red", "green", "blue", "dog, puppy", "wheel", "a “sky”"] && words.width == 12)
        let network = try Architectures.network(Checkpoint.read(path: folder + "encoder.onnx"), architecture: nil)
        #expect(network.input.size == [32, 32] && network.input.source(of: .mean) != .assumed && abs(network.input.mean[0] - 0.48145466) < 1e-6)
        let golden = try Checkpoint.read(path: folder + "golden.safetensors", prefix: "")
        let workspace = try Workspace(Plan(network.graph, .init(batch: 1, input: network.input.shape, activations: [network.logits])))
        let pixels = try golden.tensor("pixels")
        workspace.input.update(from: pixels.values, count: pixels.values.count)
        try workspace.forward()
        let vector = WordVectors.unit(try workspace.activationTensor(of: network.logits).values, 12)
        let expected = try golden.tensor("likeness").values
        for word in words.words.indices {
            var likeness: Float = 0
            for place in 0..<12 { likeness += vector[place] * words.values[word * 12 + place] }
            #expect(abs(likeness - expected[word]) < 1e-5)
        }
    }
}
