import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

/// Programs of torch.export against PyTorch; `Fixtures/programs/make_programs.py` makes both.
@Suite struct ExportedProgramTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/programs").standardized

    private func read(_ name: String) throws -> ImageNetwork {
        try Architectures.network(Checkpoint.read(path: Self.folder.appendingPathComponent("\(name).pt2").path), architecture: nil)
    }

    @Test(arguments: ["maps", "maps-open", "tokens"])
    func computesWhatPyTorchComputes(_ name: String) throws {
        let golden = try #require(
            JSONDecoder().decode([String: [Double]].self, from: Data(contentsOf: Self.folder.appendingPathComponent("logits.json")))[name])
        let network = try read(name)
        #expect(network.displayName == name && network.classCount == golden.count)
        for fuses in [false, true] {
            let workspace = try Workspace(
                Plan(network.graph, .init(batch: 1, input: network.input.shape, activations: [network.logits], fuses: fuses)))
            workspace.write(FormulaTensors.images([1, 3, 16, 16]))
            try workspace.forward()
            let found = try workspace.activationTensor(of: network.logits).values
            let largest = golden.reduce(0) { max($0, abs($1)) }
            for (value, expected) in zip(found, golden) {
                #expect(abs(Double(value) - expected) < 1e-5 * largest, "\(value), not \(expected)")
            }
        }
    }

    @Test func layersBearTheNamesOfModules() throws {
        let names = Set(try read("maps").graph.layerNames)
        for name in ["conv1", "layer1.0.conv2", "layer1.1.bn2", "fc"] { #expect(names.contains(name), "\(names.sorted())") }
        let tokens = try read("tokens")
        #expect(tokens.graph.index["mlp.0"] != nil && tokens.graph.index["norm1"] != nil)
        #expect(tokens.remarks.allSatisfy { !$0.isEmpty })
    }

    @Test func damageIsNamed() throws {
        let whole = try Data(contentsOf: Self.folder.appendingPathComponent("tokens.pt2"))
        try withFolder { folder in
            func problem(_ data: Data) throws -> Problem {
                let file = folder.appendingPathComponent("damaged.pt2")
                try data.write(to: file)
                return try #require(throws: Problem.self) { try Architectures.network(Checkpoint.read(path: file.path), architecture: nil) }
            }
            // A byte of the graph: its checksum no longer holds.
            var changed = whole
            let place = try #require(whole.range(of: Data("aten.layer_norm".utf8))).lowerBound
            changed[place] ^= 1
            #expect(try problem(changed).summary.contains("model.json"))
            #expect(try problem(whole.prefix(whole.count / 2)).description.contains("damaged.pt2"))
        }
    }

    // MARK: Rules

    private typealias Document = ProgramDocument

    /// What becomes of a program written down as JSON, with `x` (1 x 4 x 6 x 6) for its image.
    private func written(_ nodes: String) throws -> [ONNXNode] {
        func meta(_ sizes: [Int]) -> String {
            let list = sizes.map { "{\"as_int\": \($0)}" }.joined(separator: ", ")
            return "{\"dtype\": 7, \"sizes\": [\(list)], \"strides\": [\(list)], \"storage_offset\": {\"as_int\": 0}}"
        }
        let tensors = ["x", "a", "b", "c"].map { "\"\($0)\": \(meta([1, 4, 6, 6]))" }.joined(separator: ", ")
        let json = "{\"nodes\": [\(nodes)], \"tensor_values\": {\(tensors)}}"
        let graph = try JSONDecoder().decode(Document.Graph.self, from: Data(json.utf8))
        let file = try MappedFile(path: Self.folder.appendingPathComponent("logits.json").path)
        var writer = ProgramWriter(graph, file: file)
        for node in graph.nodes { try writer.add(node) }
        return writer.nodes
    }

    private func node(_ target: String, _ input: String, to output: String, _ more: String = "") -> String {
        "{\"target\": \"torch.ops.aten.\(target)\", \"name\": \"\(output)\", \"metadata\": {}, \"outputs\": [{\"as_tensor\": {\"name\": \"\(output)\"}}], "
            + "\"inputs\": [{\"name\": \"self\", \"arg\": {\"as_tensor\": {\"name\": \"\(input)\"}}}\(more)]}"
    }

    @Test func whatIsChangedInPlaceIsTheResultForWhoeverTakesItLater() throws {
        let nodes = try written([node("relu_.default", "x", to: "a"), node("sigmoid.default", "x", to: "b")].joined(separator: ", "))
        #expect(nodes.map(\.operation) == ["Relu", "Sigmoid"] && nodes.last?.inputs == ["a"])
    }

    @Test func aChangeInPlaceThatAViewWouldSeeIsNotUnderstood() throws {
        let view = node("alias.default", "x", to: "a"), change = node("relu_.default", "x", to: "b")
        #expect(try written([view, change].joined(separator: ", ")).map(\.domain) == ["", ""])
        let seen = try written([view, change, node("exp.default", "a", to: "c")].joined(separator: ", "))
        #expect(seen.map(\.domain) == ["", "aten", ""] && seen.last?.inputs == ["b"])
        // Filled through a view: what is seen later is not what was there before.
        let filled = try written([view, node("fill_.Tensor", "a", to: "b"), node("exp.default", "x", to: "c")].joined(separator: ", "))
        #expect(filled.map(\.domain) == ["", "aten", ""] && filled.last?.inputs == ["b"])
    }

    @Test(arguments: [
        ("dropout.default", #", {"name": "p", "arg": {"as_float": 0.5}}, {"name": "train", "arg": {"as_bool": true}}"#),
        ("adaptive_avg_pool2d.default", #", {"name": "output_size", "arg": {"as_ints": [4, 4]}}"#), ("median.default", ""),
        ("view.dtype", #", {"name": "dtype", "arg": {"as_scalar_type": 7}}"#), ("slice.Tensor", #", {"name": "end", "arg": {"as_sym_int": {"as_name": "s"}}}"#),
    ])
    func whatIsNotWrittenKeepsItsName(_ target: String, _ more: String) throws {
        let nodes = try written(node(target, "x", to: "a", more))
        #expect(nodes.map(\.domain) == ["aten"] && nodes[0].operation == target.split(separator: ".")[0])
    }
}
