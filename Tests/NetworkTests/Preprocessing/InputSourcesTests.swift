import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Network

/// Where the preprocessing of a checkpoint comes from, when several sources speak.
@Suite struct InputSourcesTests {
    typealias Input = ImageNetwork.Input
    private typealias B = ONNXBuilder

    /// A folder with `model.onnx` and other files, removed when it goes out of use.
    private final class Folder {
        let path: String

        init(_ model: ONNXBuilder, notes: [String: String] = [:], _ files: [String: String] = [:]) throws {
            path = FileManager.default.temporaryDirectory.appendingPathComponent("sources-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            var bytes = model.bytes
            for (key, text) in notes.sorted(by: { $0.key < $1.key }) {
                var entry = Message(), more = Message()
                entry.add(1, key)
                entry.add(2, text)
                more.add(14, entry)
                bytes += more.bytes
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path + "/model.onnx"))
            for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func network(_ text: String = "") throws -> ImageNetwork {
            try Architectures.network(
                Checkpoint.read(path: path + "/model.onnx"), architecture: nil, told: [Input.Stated(.told, text: text, name: "--preprocessing")])
        }
    }

    /// A classifier of images of any size by their mean colour.
    private static func open(channels: Int = 3) -> ONNXBuilder {
        var builder = ONNXBuilder()
        builder.inputs = [B.value("image", [1, channels, -1, -1])]
        builder.nodes = [
            B.node("GlobalAveragePool", ["image"], ["pooled"]), B.node("Flatten", ["pooled"], ["flat"]),
            B.node("Gemm", ["flat", "weights", "bias"], ["logits"]),
        ]
        builder.tensors = [B.floats("weights", [channels, 2]), B.floats("bias", [2])]
        return builder
    }

    @Test func nothingSaysAnything() throws {
        let network = try Folder(Self.open()).network()
        #expect(network.input.size == [224, 224])
        for part in [Input.Part.size, .resize, .mean, .standardDeviation, .valueRange, .channelOrder] {
            #expect(network.input.source(of: part) == .assumed, "\(part)")
        }
        #expect(network.input.source(of: .layout) == .graph)
        #expect(!network.isToldOtherwise)
        #expect(try Folder(ONNXBuilder()).network().input.source(of: .size) == .graph)
    }

    @Test func notesOfUltralytics() throws {
        let notes = ["author": "Ultralytics", "imgsz": "[64, 64]", "names": "{0: 'no', 1: 'yes'}"]
        let network = try Folder(Self.open(), notes: notes).network()
        #expect(network.input.size == [64, 64])
        #expect(network.input.mean == [0, 0, 0])
        #expect(network.input.resizing == .shorterSide(64))
        #expect(network.classNames?.names == ["no", "yes"])
        #expect(network.input.source(of: .size) == .file(ONNXNotes.source))
    }

    private static let preprocessor =
        #"{"size": {"height": 48, "width": 192}, "do_normalize": true, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.4, 0.4], "resample": 3, "image_processor_type": "ViTImageProcessor"}"#

    @Test func filesBeside() throws {
        let network = try Folder(Self.open(), ["preprocessor_config.json": Self.preprocessor]).network()
        #expect(network.input.size == [48, 192])
        #expect(network.input.mean == [0.1, 0.2, 0.3])
        #expect(network.input.source(of: .mean) == .file("preprocessor_config.json"))
        #expect(network.remarks.isEmpty)
    }

    @Test func optionsGoFirst() throws {
        let folder = try Folder(Self.open(), ["preprocessor_config.json": Self.preprocessor])
        let network = try folder.network("mean=0 input-size=32")
        #expect(network.input.size == [32, 32])
        #expect(network.input.mean == [0, 0, 0])
        #expect(network.input.source(of: .mean) == .told)
        #expect(network.input.source(of: .standardDeviation) == .file("preprocessor_config.json"))
        #expect(network.isToldOtherwise)
        // What is told, and is so anyway, makes no other run.
        #expect(try !folder.network("mean=0.1,0.2,0.3").isToldOtherwise)
    }

    @Test func aGraphThatNormalisesGoesBeforeFiles() throws {
        var builder = Self.open()
        builder.nodes[0] = B.node("GlobalAveragePool", ["scaled"], ["pooled"])
        builder.nodes.insert(B.node("Div", ["image", "bytes"], ["scaled"]), at: 0)
        builder.tensors.append(B.tensor("bytes", [], type: 1, raw: withUnsafeBytes(of: Float(255)) { Array($0) }))
        let network = try Folder(builder, ["preprocessor_config.json": Self.preprocessor]).network()
        #expect(network.input.valueRange == [0, 255])
        #expect(network.input.mean == [0, 0, 0])
        #expect(network.input.standardDeviation == [1, 1, 1])
        #expect(network.input.source(of: .mean) == .graph)
        #expect(network.input.size == [48, 192])
    }

    @Test func anInputOfBytesGoesBeforeFiles() throws {
        var builder = Self.open()
        builder.inputs = [B.value("image", [1, 3, -1, -1], type: 2)]
        builder.nodes[0] = B.node("GlobalAveragePool", ["values"], ["pooled"])
        builder.nodes.insert(B.node("Cast", ["image"], ["values"], ["to": .integer(1)]), at: 0)
        let network = try Folder(builder, ["preprocessor_config.json": Self.preprocessor]).network()
        #expect(network.input.valueRange == [0, 255])
        #expect(network.input.mean == [0, 0, 0])
        #expect(network.input.standardDeviation == [1, 1, 1])
        #expect(network.input.source(of: .mean) == .graph)
        #expect(network.input.source(of: .interpolation) == .file("preprocessor_config.json"))
        #expect(network.input.size == [48, 192])
    }

    @Test func aSizeThatLayersNeedGoesBeforeFiles() throws {
        var builder = Self.open()
        builder.nodes[0] = B.node("Flatten", ["image"], ["flat"])
        builder.nodes.remove(at: 1)
        builder.tensors[0] = B.floats("weights", [3 * 64 * 64, 2])
        let folder = try Folder(builder, ["preprocessor_config.json": Self.preprocessor])
        let network = try folder.network()
        #expect(network.input.size == [64, 64])
        #expect(network.input.source(of: .size) == .graph)
        #expect(network.input.mean == [0.1, 0.2, 0.3])
        #expect(network.remarks.count == 2, "\(network.remarks)")
        #expect(throws: Problem.self) { try folder.network("input-size=32") }
    }

    @Test func filesOfAnotherNetwork() throws {
        let other = #"{"architecture": "resnet18", "num_classes": 1000, "pretrained_cfg": {"mean": [0.9, 0.9, 0.9]}}"#
        let network = try Folder(Self.open(), ["config.json": other]).network()
        #expect(network.input.mean == Input.imageNetMean)
        #expect(network.remarks.count == 1)
        // Of another size than the graph: the size and the way to it are not taken, the colours are.
        let fixed = try Folder(ONNXBuilder(), ["preprocessor_config.json": Self.preprocessor]).network()
        #expect(fixed.input.size == [4, 4])
        #expect(fixed.input.mean == [0.1, 0.2, 0.3])
        #expect(fixed.remarks.count == 1)
    }

    @Test func greyAndOtherChannels() throws {
        let grey = try Folder(Self.open(channels: 1)).network()
        #expect(grey.input.shape == [1, 224, 224])
        #expect(grey.input.channelOrder == .grey)
        #expect(grey.input.source(of: .channelOrder) == .graph)
        #expect(try Folder(Self.open(channels: 6)).network().input.channelOrder == .other)
        var last = ONNXBuilder()
        last.inputs = [B.value("image", [1, 4, 4, 3])]
        let network = try Folder(last).network()
        #expect(network.input.shape == [3, 4, 4])
        #expect(network.input.isChannelsLast)
    }

    @Test func sizesThatDoNotFitAreRefused() throws {
        let folder = try Folder(ONNXBuilder())
        #expect(throws: Problem.self) { try folder.network("input-size=8") }
        #expect(throws: Problem.self) { try folder.network("mean=1,2") }
    }

    @Test("a stem of other channels", arguments: [("resnet18", "conv1.weight", [64, 1, 7, 7]), ("cifar_resnet20", "conv1.weight", [16, 5, 3, 3])])
    func stems(architecture: String, stem: String, shape: [Int]) throws {
        let tensors = try FormulaTensors(architecture: architecture, changes: [stem: shape])
        let network = try Architectures.network(tensors, architecture: nil)
        #expect(network.architecture == architecture)
        #expect(network.input.channels == shape[1])
        #expect(network.input.channelOrder == (shape[1] == 1 ? .grey : .other))
        #expect(try network.graph.shapes(input: network.input.shape).last?.count == network.classCount)
    }
}
