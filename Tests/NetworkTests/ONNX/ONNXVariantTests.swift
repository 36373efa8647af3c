import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

/// One network in the forms in which exporters write it.
@Suite struct ONNXVariantTests {
    typealias B = ONNXBuilder

    private func network(size: [Int]? = nil, output: String? = nil, _ change: (inout ONNXBuilder) -> Void) throws -> ImageNetwork {
        var builder = ONNXBuilder()
        change(&builder)
        return try withFolder { folder in
            let path = folder.appendingPathComponent("case.onnx").path
            try Data(builder.bytes).write(to: URL(fileURLWithPath: path))
            return try Architectures.network(Checkpoint.read(path: path), architecture: nil, inputSize: size, output: output)
        }
    }

    /// What the network makes of one image.
    private func logits(_ network: ImageNetwork) throws -> [Float] {
        let workspace = try Workspace(Plan(network.graph, .init(batch: 1, input: network.input.shape, activations: [network.logits])))
        workspace.write(FormulaTensors.images(Shape([1] + network.input.shape.dimensions)))
        try workspace.forward()
        return try workspace.activationTensor(of: network.logits).values
    }

    // MARK: Outputs

    @Test func `the class picked by ArgMax is left out, whether there is another output or none`() throws {
        for extra in [[], ["probabilities"]] {
            let made = try network {
                $0.nodes += [B.node("Softmax", ["logits"], ["probabilities"]), B.node("ArgMax", ["probabilities"], ["class"])]
                $0.outputs = (["class"] + extra).map { B.value($0, nil) }
            }
            #expect(made.classCount == 2 && made.graph.layerNames.last == "the Gemm")
            #expect(try logits(made) == logits(network { _ in }))
            #expect(made.remarks.count == 1 && made.remarks[0].contains("ArgMax"), "\(made.remarks)")
        }
    }

    @Test func `scores that are computed from features are taken for the classes, and the other on demand`() throws {
        func both(_ builder: inout ONNXBuilder) { builder.outputs = [B.value("flat", nil), B.value("logits", nil)] }
        let made = try network(both)
        #expect(made.classCount == 2 && made.remarks[0].contains("'logits' (2 numbers)") && made.remarks[0].contains("'flat' (48 numbers)"))
        #expect(made.remarks[0].contains("computed from the others") && made.remarks[0].contains("--output"))
        #expect(try network(output: "flat", both).classCount == 48)
        let problem = try #require(throws: Problem.self) { try network(output: "other", both) }
        #expect(problem.kind == .usage && problem.description.contains("'flat', 'logits'"), "\(problem)")
    }

    @Test func `the file's own names of classes decide between two heads`() throws {
        let made = try network {
            $0.nodes.append(B.node("Gemm", ["flat", "more", "moreBias"], ["second"]))
            $0.tensors += [B.floats("more", [48, 3]), B.floats("moreBias", [3])]
            $0.outputs.append(B.value("second", nil))
            $0.metadata = ["names": "{0: 'a \\'cat\\'', 1: \"dog\", 2: 'fish'}"]
        }
        #expect(made.classCount == 3 && made.remarks[0].contains("as many numbers as the file names classes"))
    }

    @Test func `an output of operators that are not understood is left out`() throws {
        let made = try network {
            $0.nodes.append(B.node("NonMaxSuppression", ["flat"], ["boxes"]))
            $0.outputs.insert(B.value("boxes", nil), at: 0)
        }
        #expect(made.classCount == 2 && made.remarks[0].contains("'boxes' (of operators that are not understood)"), "\(made.remarks)")
    }

    @Test(arguments: [("MaxPool", [1, 3, 2, 2]), ("Reshape", [1, 16, 3])])
    func `a body without a head ends in the mean over the positions of its map or tokens`(operation: String, extents: [Int]) throws {
        let made = try network {
            let last = operation == "MaxPool"
                ? B.node("MaxPool", ["image"], ["end"], ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])])
                : B.node("Reshape", ["image", "c"], ["end"])
            $0.nodes = [last]
            $0.tensors = [B.integers("c", extents)]
            $0.outputs = [B.value("end", nil)]
        }
        #expect(made.head.kind == .none && !made.hasClasses && made.head.outputs == 3)
        #expect(made.head.remark?.contains(extents.map(String.init).joined(separator: " x ")) == true, "\(made.head)")
        let image = FormulaTensors.images(Shape([1, 3, 4, 4]))
        let expected: [Float] = (0..<3).map { channel in
            guard operation == "MaxPool" else { return (0..<16).reduce(0) { $0 + image[3 * $1 + channel] } / 16 }
            let corners = [0, 2, 8, 10].map { 16 * channel + $0 }
            return corners.reduce(0) { sum, corner in sum + [0, 1, 4, 5].reduce(-.infinity) { max($0, image[corner + $1]) } } / 4
        }
        for (found, wanted) in zip(try logits(made), expected) { #expect(abs(found - wanted) < 1e-6) }
    }

    // MARK: Inputs

    @Test func `inputs that nothing takes are left out`() throws {
        let made = try network { $0.inputs.append(B.value("mean", [1, 1, 1, 3])) }
        #expect(made.classCount == 2 && made.remarks[0].contains("mean"))
    }

    @Test func `bytes go in as 0 to 255`() throws {
        let made = try network {
            $0.inputs = [B.value("image", [1, 3, 4, 4], type: 2)]
            $0.nodes = [B.node("Cast", ["image"], ["floats"], ["to": .integer(1)]), B.node("Flatten", ["floats"], ["flat"])] + $0.nodes.dropFirst()
        }
        #expect(made.input.valueRange == [0, 255] && made.input.mean == [0, 0, 0] && made.input.standardDeviation == [1, 1, 1])
        #expect(made.input.source(of: .valueRange) == .graph && made.remarks[0].contains("0 to 255"))
    }

    @Test func `a number of images that stands in shapes is taken off`() throws {
        for shape in [[8, 48], [8, -1], [-1, 48]] {
            let made = try network {
                $0.inputs = [B.value("image", [8, 3, 4, 4])]
                $0.nodes[0] = B.node("Reshape", ["image", "c"], ["flat"])
                $0.tensors.append(B.integers("c", shape))
            }
            #expect(try logits(made) == logits(network { _ in }))
            #expect(made.remarks[0].contains("8 images"))
        }
        let made = try network {
            $0.inputs = [B.value("image", [2, 3, 4, 4])]
            $0.nodes = [B.node("Concat", ["image", "c"], ["more"], ["axis": .integer(1)]), B.node("Flatten", ["more"], ["flat"])] + $0.nodes.dropFirst()
            $0.tensors += [B.tensor("c", [2, 1, 4, 4], type: 1, raw: Array(repeating: 0, count: 128))]
            $0.tensors[0] = B.floats("weights", [64, 2])
        }
        #expect(made.classCount == 2)
    }

    @Test func `a number of images is taken off the extent that holds it`() {
        let eight = ONNXBatch(count: 8)
        #expect(eight.ofOneImage([8, 197, 3, 3, 64], from: [1, 197, 576]) == [1, 197, 3, 3, 64])
        #expect(eight.ofOneImage([512, 49, 96], from: [1, 64, 49, 96]) == [64, 49, 96])
        #expect(eight.ofOneImage([200, 96, 64], from: [200, 1, 768]) == [200, 12, 64])
        #expect(eight.ofOneImage([0, 96, -1], from: [1, 12, 8, 8]) == [0, 12, -1])
        #expect(eight.ofOneImage([-1, 49, 96], from: [64, 49, 96]) == [-1, 49, 96])
        #expect(ONNXBatch(count: 1).ofOneImage([8, -1], from: [8, 3]) == [8, -1])
    }

    // MARK: Size

    private func open(_ builder: inout ONNXBuilder) { builder.inputs = [B.value("image", [1, 3, -1, -1])] }

    @Test func `an open size is the one that the layers fit, unless it is told`() throws {
        let made = try network {
            open(&$0)
            $0.tensors[0] = B.floats("weights", [3 * 32 * 32, 2])
        }
        #expect(made.input.size == [32, 32] && made.remarks[0].contains("32 x 32") && made.remarks[0].contains("--input-size"))
        let told = try network(size: [4, 4], open)
        #expect(told.input.size == [4, 4] && told.remarks.isEmpty)
        // None of the usual sizes has 48 values.
        #expect(throws: Problem.self) { try network(open) }
    }

    private func pooled(_ builder: inout ONNXBuilder, strides: [Int]) {
        open(&builder)
        builder.nodes = [
            B.node("Conv", ["image", "kernel"], ["maps"], ["strides": .integers(strides)]), B.node("GlobalAveragePool", ["maps"], ["pooled"]),
            B.node("Flatten", ["pooled"], ["flat"]),
        ] + builder.nodes.dropFirst()
        builder.tensors[0] = B.floats("weights", [5, 2])
        builder.tensors.append(B.floats("kernel", [5, 3, 1, 1]))
    }

    @Test func `a network that hardly shrinks its image is one for small images`() throws {
        let small = try network { pooled(&$0, strides: [1, 1]) }
        #expect(small.input.size == [32, 32] && small.remarks[0].contains("small images"))
        let large = try network { pooled(&$0, strides: [4, 4]) }
        #expect(large.input.size == [224, 224] && large.input.source(of: .size) == .assumed && large.remarks.isEmpty)
    }

    @Test func `the file's notes tell an open size`() throws {
        let made = try network {
            pooled(&$0, strides: [4, 4])
            $0.metadata = ["imgsz": "[96, 64]"]
        }
        #expect(made.input.size == [96, 64] && made.input.source(of: .size) == .file(ONNXNotes.source) && made.remarks.isEmpty)
    }

    @Test func `a graph that resizes images itself takes them in that size`() throws {
        let made = try network {
            pooled(&$0, strides: [4, 4])
            $0.nodes[0] = B.node("Conv", ["resized", "kernel"], ["maps"], ["strides": .integers([4, 4])])
            $0.nodes.insert(B.node("Resize", ["image", "", "", "size"], ["resized"], ["mode": .text("linear")]), at: 0)
            $0.tensors.append(B.integers("size", [1, 3, 48, 64]))
        }
        #expect(made.input.size == [48, 64] && made.remarks[0].contains("resizes"))
    }

    // MARK: Notes and names

    @Test func `the notes of a file are a checkpoint's metadata`() throws {
        var builder = ONNXBuilder()
        builder.metadata = ["imgsz": "[224, 224]"]
        let bytes = builder.bytes
        try withFolder { folder in
            let path = folder.appendingPathComponent("case.onnx").path
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(try Checkpoint.read(path: path).metadata == ["imgsz": "[224, 224]"])
        }
    }

    /// A stem `conv1` of several layers, the normalisation behind it folded into the last: the exporter leaves that convolution at `bn1`.
    @Test func `a module of several layers ends where its last weights are`() throws {
        func scoped(_ operation: String, _ inputs: [String], _ output: String, _ scopes: [String]) -> Message {
            var node = B.node(operation, inputs, [output]), entry = Message()
            entry.add(1, "pkg.torch.onnx.name_scopes")
            entry.add(2, "[" + (scopes + [output]).map { "'\($0)'" }.joined(separator: ", ") + "]")
            node.add(9, entry)
            return node
        }
        let made = try network {
            $0.nodes = [
                scoped("Conv", ["image", "conv1.0.weight"], "a", ["", "conv1", "conv1.1"]), scoped("Relu", ["a"], "b", ["", "conv1", "conv1.2"]),
                scoped("Conv", ["b", "conv1.3.weight"], "c", ["", "bn1"]), scoped("Relu", ["c"], "d", ["", "relu"]),
                scoped("Flatten", ["d"], "flat", [""]),
            ] + $0.nodes.dropFirst()
            $0.tensors += [B.floats("conv1.0.weight", [3, 3, 1, 1]), B.floats("conv1.3.weight", [3, 3, 1, 1])]
        }
        let end = try made.graph.node(named: "bn1")
        #expect(made.graph.nodes[end].name == "bn1" && made.graph.index["conv1"] == end && made.graph.index["conv1.3"] == end)
    }

    @Test func `a bias of zeros that the graph makes is no parameter`() throws {
        let made = try network {
            $0.nodes = [
                B.node("ConstantOfShape", ["count"], ["zeros"]), B.node("Conv", ["image", "kernel", "zeros"], ["maps"]), B.node("Flatten", ["maps"], ["flat"]),
            ] + $0.nodes.dropFirst()
            $0.tensors += [B.integers("count", [3]), B.floats("kernel", [3, 3, 1, 1])]
        }
        #expect(made.parameterCount == 9 + 96 + 2)
    }

    @Test func `a sum over near channels is no parameter`() throws {
        let made = try network {
            $0.nodes = [B.node("LRN", ["image"], ["even"], ["size": .integer(3)]), B.node("Flatten", ["even"], ["flat"])] + $0.nodes.dropFirst()
        }
        #expect(made.parameterCount == 96 + 2)
    }
}
