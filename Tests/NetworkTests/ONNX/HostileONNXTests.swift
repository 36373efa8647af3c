import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

@Suite struct HostileONNXTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Words that the problem has to say.
        var words: [String]
        var bytes: [UInt8]
        var testDescription: String { name }

        init(_ name: String, _ words: String..., change: (inout ONNXBuilder) -> Void) {
            var builder = ONNXBuilder()
            change(&builder)
            (self.name, self.words, bytes) = (name, words, builder.bytes)
        }

        /// A node between the image and the rest, with a list of whole numbers as constant `c`.
        init(_ name: String, _ words: String..., node: Message, constant: Message? = nil) {
            var builder = ONNXBuilder()
            builder.nodes = [node] + [ONNXBuilder.node("Flatten", ["y"], ["flat"])] + builder.nodes.dropFirst()
            if let constant { builder.tensors.append(constant) }
            (self.name, self.words, bytes) = (name, words, builder.bytes)
        }
    }

    typealias B = ONNXBuilder

    static let cases: [Case] = [
        Case("a circle", "the A", "'b'", "nothing before it makes") {
            $0.nodes = [B.node("A", [], [])] + [B.node("Add", ["b", "image"], ["a"]), B.node("Add", ["a", "image"], ["b"]), B.node("Flatten", ["b"], ["flat"])] + $0.nodes.dropFirst()
            $0.nodes.removeFirst()
        },
        Case("nodes in the wrong order", "the Gemm", "'flat'", "nothing before it makes") { $0.nodes.reverse() },
        Case("a value made twice", "the Relu", "'flat'", "already") { $0.nodes.append(B.node("Relu", ["image"], ["flat"])) },
        Case("the image made anew", "'image'", "already") { $0.nodes.append(B.node("Relu", ["flat"], ["image"])) },
        Case("two tensors of one name", "'bias'", "two tensors") { $0.tensors.append(B.floats("bias", [2])) },
        Case("a missing tensor", "the Gemm", "'weights'", "nothing before it makes") { $0.tensors.removeFirst() },
        Case("a negative extent", "'weights'", "negative extent") { $0.tensors[0] = B.tensor("weights", [-48, 2], type: 1, raw: []) },
        Case("a giant tensor", "'weights'", "impossible shape") { $0.tensors[0] = B.tensor("weights", [1 << 40, 1 << 40], type: 1, raw: []) },
        Case("a giant tensor with an empty axis", "'weights'", "impossible shape") {
            $0.tensors[0] = B.tensor("weights", [1 << 40, 1 << 40, 0], type: 1, raw: [])
        },
        Case("too few bytes", "'weights'", "380 bytes", "384") { $0.tensors[0] = B.tensor("weights", [48, 2], type: 1, raw: Array(repeating: 0, count: 380)) },
        Case("no values", "'weights'", "0 values") { $0.tensors[0] = B.tensor("weights", [48, 2], type: 1, raw: nil) },
        Case("whole numbers as weights", "the Gemm", "48 x 2") {
            $0.tensors[0] = B.tensor("weights", [48, 2], type: 7, raw: Array(repeating: 0, count: 96 * 8))
        },
        Case("texts as weights", "'weights'", "type 8") { $0.tensors[0] = B.tensor("weights", [48, 2], type: 8, raw: []) },
        Case("complex weights", "'weights'", "not read") { $0.tensors[0] = B.tensor("weights", [48, 2], type: 14, raw: Array(repeating: 0, count: 96 * 8)) },
        Case("weights that do not fit", "the Gemm", "24 x 4") { $0.tensors[0] = B.floats("weights", [24, 4]) },
        Case("an attribute of the wrong type", "the Flatten", "axis", "wrong type") { $0.nodes[0] = B.node("Flatten", ["image"], ["flat"], ["axis": .text("one")]) },
        Case("an axis that is not there", "the Flatten", "axis 9") { $0.nodes[0] = B.node("Flatten", ["image"], ["flat"], ["axis": .integer(9)]) },
        Case("unknown operators", "3 nodes", "2 operators", "NonMaxSuppression (2", "com.example.Magic (1", "the NonMaxSuppression") {
            $0.nodes.insert(B.node("NonMaxSuppression", ["image"], ["a"]), at: 0)
            $0.nodes.insert(B.node("NonMaxSuppression", ["a"], ["b"]), at: 1)
            $0.nodes.insert(B.node("Magic", ["b"], ["c"], domain: "com.example"), at: 2)
            $0.nodes[3] = B.node("Flatten", ["c"], ["flat"])
        },
        Case("two images", "2 inputs", "other") {
            $0.inputs.append(B.value("other", [1, 3, 4, 4]))
            $0.nodes = [B.node("Add", ["image", "other"], ["both"]), B.node("Flatten", ["both"], ["flat"])] + $0.nodes.dropFirst()
        },
        Case("no image", "0 inputs") { $0.inputs = [] },
        Case("whole numbers as image", "'image'", "int64") { $0.inputs = [B.value("image", [1, 3, 4, 4], type: 7)] },
        Case("a flat image", "'image'", "2 axes") { $0.inputs = [B.value("image", [1, 48])] },
        Case("no axis of channels", "'image'", "no axis of channels: 1 x 100 x 4 x 100") { $0.inputs = [B.value("image", [1, 100, 4, 100])] },
        Case("a giant image", "'image'", "extent") { $0.inputs = [B.value("image", [1, 3, 1 << 40, 4])] },
        Case("a large image", "'image'", "impossible size") { $0.inputs = [B.value("image", [1, 3, 1 << 14, 1 << 14])] },
        Case("an image of negative height", "'image'", "extent of -4") { $0.inputs = [B.value("image", [1, 3, -4, 4])] },
        Case("an output that nothing makes", "'nowhere'") { $0.outputs = [B.value("nowhere", nil)] },
        Case("an output without the image", "classifier", "constant") { $0.outputs = [B.value("bias", nil)] },
        Case("a batch of images that stays", "cannot reshape", "16 images at once") {
            $0.inputs = [B.value("image", [16, 3, 4, 4])]
            $0.nodes[0] = B.node("Reshape", ["image", "c"], ["flat"])
            $0.tensors.append(B.integers("c", [17, 48]))
        },
        Case("a reshape to nothing", "the Reshape", "cannot reshape", node: B.node("Reshape", ["image", "c"], ["y"]), constant: B.integers("c", [0, 0, -1, -1])),
        Case("a giant reshape", "the Reshape", node: B.node("Reshape", ["image", "c"], ["y"]), constant: B.integers("c", [.max, .max, .max])),
        Case("a giant repetition", "the Expand", "size", node: B.node("Expand", ["image", "c"], ["y"]), constant: B.integers("c", [1 << 40, 1, 1, 1])),
        Case("a giant tiling", "the Tile", node: B.node("Tile", ["image", "c"], ["y"]), constant: B.integers("c", [1 << 40, 1, 1, 1])),
        Case("a giant padding", "the Pad", node: B.node("Pad", ["image", "c"], ["y"]), constant: B.integers("c", [0, 0, .max, .min, 0, 0, 0, 0])),
        Case("an empty slice", "the Slice", "without elements", node: B.node("Slice", ["image", "c", "c"], ["y"]), constant: B.integers("c", [0, 2])),
        Case("a slice without step", "the Slice", "steps of 0", node: B.node("Slice", ["image", "c", "c", "c", "c"], ["y"]), constant: B.integers("c", [0])),
        Case("a gather from outside", "the Gather", "element 7", node: B.node("Gather", ["image", "c"], ["y"], ["axis": .integer(1)]), constant: B.integers("c", [7])),
        Case("a split into too many", "the Split", node: B.node("Split", ["image", "c"], ["y", "z"], ["axis": .integer(1)]), constant: B.integers("c", [5, -2])),
        Case("a permutation of nothing", "the Transpose", "permute", node: B.node("Transpose", ["image"], ["y"], ["perm": .integers([0, 0, 1, 2])])),
        Case("axes without end", "the Unsqueeze", "axes", node: B.node("Unsqueeze", ["image", "c"], ["y"]), constant: B.integers("c", Array(0..<5000))),
        Case("a giant stride", "the MaxPool", "strides", node: B.node("MaxPool", ["image"], ["y"], ["kernel_shape": .integers([2, 2]), "strides": .integers([.max, 1])])),
        Case("a window of nothing", "the MaxPool", "window", node: B.node("MaxPool", ["image"], ["y"], ["kernel_shape": .integers([0, 2])])),
        Case("a window that is larger than the image", "the MaxPool", node: B.node("MaxPool", ["image"], ["y"], ["kernel_shape": .integers([9, 9])])),
        Case("weights of a convolution that are empty", "the Conv", "weights", node: B.node("Conv", ["image", "c"], ["y"]), constant: B.tensor("c", [0, 3, 1, 1], type: 1, raw: [])),
        Case("groups that do not divide", "the Conv", "groups", node: B.node("Conv", ["image", "c"], ["y"], ["group": .integer(2)]), constant: B.floats("c", [4, 3, 1, 1])),
        Case("no groups", "the Conv", "groups", node: B.node("Conv", ["image", "c"], ["y"], ["group": .integer(0)]), constant: B.floats("c", [4, 3, 1, 1])),
        Case("weights from the image", "the Conv", "from the image", node: B.node("Conv", ["image", "image"], ["y"])),
        Case("a resize to a giant", "the Resize", node: B.node("Resize", ["image", "", "", "c"], ["y"]), constant: B.integers("c", [1, 3, 1 << 40, 4])),
        Case("training", "the BatchNormalization", "training", node: B.node("BatchNormalization", ["image", "bias", "bias", "bias", "bias"], ["y"], ["training_mode": .integer(1)])),
        Case("an optional input that is needed", "the Add", "input 1", node: B.node("Add", ["image", ""], ["y"])),
        Case("a division by nothing", "the Div", "zero") {
            $0.nodes = [B.node("Div", ["c", "c"], ["shape"]), B.node("Reshape", ["image", "shape"], ["flat"])] + $0.nodes.dropFirst()
            $0.tensors.append(B.integers("c", [0]))
        },
        Case("a giant constant", "the ConstantOfShape", "size") {
            $0.nodes = [B.node("ConstantOfShape", ["c"], ["k"]), B.node("Reshape", ["image", "k"], ["flat"])] + $0.nodes.dropFirst()
            $0.tensors.append(B.integers("c", [1 << 20, 1 << 20]))
        },
        Case("counting without end", "the Range", "counts") {
            $0.nodes = [B.node("Range", ["c", "d", "c"], ["k"]), B.node("Reshape", ["image", "k"], ["flat"])] + $0.nodes.dropFirst()
            $0.tensors += [B.integers("c", [0], shape: []), B.integers("d", [5], shape: [])]
        },
        Case("many large constants", "too many") {
            $0.nodes = [B.node("ConstantOfShape", ["c"], ["k0"])] + (0..<40).map { B.node("Neg", ["k\($0)"], ["k\($0 + 1)"]) }
                + [B.node("Add", ["image", "k40"], ["flat"])] + $0.nodes.dropFirst()
            $0.tensors.append(B.integers("c", [1 << 25]))
        },
        Case("shapes matched by the old rules", "the Add", "operator set 7") {
            $0.version = 6
            $0.nodes[0] = B.node("Add", ["image", "bias"], ["flat"], ["broadcast": .integer(1), "axis": .integer(1)])
        },
        Case("a function that calls itself", "deep") {
            $0.functions = [B.function("F", inputs: ["a"], outputs: ["b"], [B.node("F", ["a"], ["b"], domain: "local")])]
            $0.nodes[0] = B.node("F", ["image"], ["flat"], domain: "local")
        },
        Case("functions that multiply", "200,000") {
            $0.functions = (0..<12).map { level in
                let calls = (0..<20).map { B.node(level == 11 ? "Neg" : "F\(level + 1)", ["a"], [$0 == 0 ? "b" : "b\($0)"], domain: level == 11 ? "" : "local") }
                return B.function("F\(level)", inputs: ["a"], outputs: ["b"], calls)
            }
            $0.nodes[0] = B.node("F0", ["image"], ["flat"], domain: "local")
        },
        Case("graphs in graphs", "deep") {
            var inner = B.graph([], outputs: [])
            for _ in 0..<30 { inner = B.graph([B.node("If", ["c"], ["y"], ["then_branch": .graph(inner)])], outputs: []) }
            $0.nodes[0] = B.node("If", ["image"], ["flat"], ["then_branch": .graph(inner)])
        },
        Case("whole numbers of eight bits", "QLinearConv", "quantised", "before quantisation") {
            $0.nodes[0] = B.node("QLinearConv", ["image"], ["flat"])
        },
        Case("a layout of one processor", "com.microsoft.nchwc.ReorderInput", "optimis", "from before") {
            $0.nodes[0] = B.node("ReorderInput", ["image"], ["flat"], domain: "com.microsoft.nchwc")
        },
        Case("an operator of one runtime", "com.microsoft.Magic", "optimis", "from before") {
            $0.nodes[0] = B.node("Magic", ["image"], ["flat"], domain: "com.microsoft")
        },
        Case("scales of nothing", "the QuantizeLinear", "scales", node: B.node("QuantizeLinear", ["image", "c"], ["y"]), constant: B.floats("c", [3])),
        Case("a number that depends on the image", "the IsNaN", "softmax", node: B.node("IsNaN", ["image"], ["y"])),
        Case("constants that differ between images", "the Add", "differ between the 2 images") {
            $0.inputs = [B.value("image", [2, 3, 4, 4])]
            $0.nodes = [B.node("Add", ["image", "c"], ["sum"]), B.node("Flatten", ["sum"], ["flat"])] + $0.nodes.dropFirst()
            $0.tensors.append(B.floats("c", [2, 3, 4, 4]))
        },
        Case("a condition on the image", "the If", "from the image", node: B.node("If", ["image"], ["y"])),
        Case("a branch that is missing", "the If", "branch", node: B.node("If", ["c"], ["y"]), constant: B.tensor("c", [], type: 9, raw: [1])),
        Case("tensors elsewhere, absolute", "'weights'", "outside") { $0.tensors[0] = external("/etc/passwd") },
        Case("tensors elsewhere, above", "'weights'", "outside") { $0.tensors[0] = external("../weights.bin") },
        Case("tensors elsewhere, above and below", "'weights'", "outside") { $0.tensors[0] = external("a/../../weights.bin") },
        Case("tensors elsewhere, by a link", "'weights'", "link") { $0.tensors[0] = external("link.bin") },
        Case("tensors elsewhere, in a folder that is a link", "'weights'", "link") { $0.tensors[0] = external("folder/outside.bin") },
        Case("tensors elsewhere, missing", "'weights'", "not there") { $0.tensors[0] = external("gone.bin") },
        Case("tensors elsewhere, too short", "'weights'", "which has 8") { $0.tensors[0] = external("short.bin") },
        Case("tensors elsewhere, beyond the end", "'weights'", "which has 8") { $0.tensors[0] = external("short.bin", offset: "9223372036854775807") },
        Case("tensors elsewhere, a negative place", "'weights'", "offset") { $0.tensors[0] = external("short.bin", offset: "-4") },
        Case("tensors elsewhere, another length", "'weights'", "12 bytes", "384") { $0.tensors[0] = external("short.bin", length: "12") },
    ]

    private static func external(_ place: String, offset: String? = nil, length: String? = nil) -> Message {
        var keys = ["location": place]
        keys["offset"] = offset
        keys["length"] = length
        return ONNXBuilder.tensor("weights", [48, 2], type: 1, raw: nil, external: keys)
    }

    @Test func theModelItselfIsRead() throws {
        let network = try Self.network(ONNXBuilder().bytes)
        #expect(network.classCount == 2 && network.graph.layerNames.contains("the Gemm"))
        // A version that did not exist when this was written is no hindrance by itself.
        var newer = ONNXBuilder()
        newer.version = 99
        #expect(try Self.network(newer.bytes).classCount == 2)
    }

    @Test(arguments: cases)
    func oneProblemSaysWhatIsWrong(_ subject: Case) throws {
        let problem = try #require(throws: Problem.self) { try Self.network(subject.bytes) }
        let said = problem.description
        for word in subject.words { #expect(said.contains(word), "\(said)") }
        #expect(problem.summary.contains("case.onnx"), "\(said)")
    }

    @Test func everyTruncationIsAProblem() throws {
        let whole = ONNXBuilder().bytes
        for length in 0..<whole.count {
            // What only lacks the operator sets or functions may still be a model.
            do { _ = try Self.network(Array(whole[..<length])) } catch is Problem {}
        }
    }

    @Test(arguments: 0..<8)
    func noMutationTraps(_ seed: Int) throws {
        var corpus = Self.cases.filter { $0.bytes.count < 20_000 }.map(\.bytes)
        corpus += ONNXOperatorTests.cases.map { Array($0.model) }
        var random = RandomSource(seed: UInt64(seed), stream: "mutations")
        try withFolder { folder in
            let path = folder.appendingPathComponent("case.onnx")
            // More by hand: VITRINE_FUZZ_ROUNDS=20000 swift test --filter noMutationTraps.
            let rounds = ProcessInfo.processInfo.environment["VITRINE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 400
            for _ in 0..<rounds {
                var bytes = corpus[random.integer(in: 0...corpus.count - 1)]
                for _ in 0..<random.integer(in: 1...4) { bytes.damage(&random) }
                try Data(bytes).write(to: path)
                do { _ = try importedNetwork(path.path) } catch is Problem {}
            }
        }
    }

    private static func network(_ bytes: [UInt8]) throws -> ImageNetwork {
        try withFolder { outer in
            try Data(count: 400).write(to: outer.appendingPathComponent("outside.bin"))
            let folder = outer.appendingPathComponent("models")
            let files = FileManager.default
            try files.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(count: 8).write(to: folder.appendingPathComponent("short.bin"))
            try files.createSymbolicLink(at: folder.appendingPathComponent("link.bin"), withDestinationURL: outer.appendingPathComponent("outside.bin"))
            try files.createSymbolicLink(at: folder.appendingPathComponent("folder"), withDestinationURL: outer)
            let path = folder.appendingPathComponent("case.onnx")
            try Data(bytes).write(to: path)
            return try importedNetwork(path.path)
        }
    }
}
