import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

struct WinogradTests {
    private static func folder<T>(_ body: (String) throws -> T) throws -> T {
        let folder = NSTemporaryDirectory() + "vitrine-winograd-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try body(folder)
    }

    /// Activations of `layers` and the gradient of the last one's first value, with `algorithms`.
    private static func run(_ algorithms: AlgorithmChoices?, narrows: Bool = false) throws -> [String: Tensor] {
        let network = try Architectures.network(FormulaTensors(GoldenFile(architecture: "resnet18")), architecture: nil)
        let layers = ["layer1", "layer2", "layer3", "layer4"]
        var request = Plan.Request(
            batch: 2, input: [3, 64, 64], activations: layers, seeds: ["layer1"], gradients: [Graph.inputName],
            algorithms: algorithms)
        request.narrowsMaps = narrows
        let plan = try Plan(network.graph, request)
        let workspace = try Workspace(plan)
        var random = RandomSource(seed: 5, stream: "winograd")
        for i in 0..<2 * 3 * 64 * 64 { workspace.input[i] = random.normal() }
        try workspace.forward()
        let shape = try plan.shape(of: "layer1")
        for i in 0..<Layout.blocked.count(batch: 2, shape) { try workspace.seed(at: "layer1")[i] = random.normal() }
        try workspace.backward()
        var results = try Dictionary(uniqueKeysWithValues: layers.map { ($0, try workspace.activationTensor(of: $0)) })
        results["gradient"] = try workspace.gradientTensor(of: Graph.inputName)
        return results
    }

    private static func record(_ path: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// A record that names one algorithm for all convolutions that `run` asks about.
    private static func everything(_ forward: String, _ pullback: String, narrows: Bool = false, in folder: String) throws -> String {
        let path = folder + "/record-\(forward)-\(pullback).json"
        _ = try run(AlgorithmChoices(record: path, cache: nil), narrows: narrows)
        var choices = try record(path)
        #expect(choices.count >= 6, "every shape of 3 x 3 kernels is asked about")
        for key in choices.keys { choices[key] = key.hasPrefix("forward") ? forward : pullback }
        try JSONEncoder().encode(choices).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// In blocks of eight Winograd's way is there on every processor.
    @Test(arguments: [false, true]) func featuresAgreeWithTheDirectWay(narrows: Bool) throws {
        try Self.folder { folder in
            let direct = try Self.run(nil, narrows: narrows)
            let isInTiles = narrows || Layout.prefersNarrow
            for pullback in isInTiles ? ["turnedTiles"] : ["winograd", "turnedWinograd"] {
                let path = try Self.everything(isInTiles ? "tiles" : "winograd", pullback, narrows: narrows, in: folder)
                let fast = try Self.run(AlgorithmChoices(record: path, cache: nil), narrows: narrows)
                #expect(fast != direct || !isInTiles)
                for (name, tensor) in direct {
                    let largest = tensor.values.map(abs).max() ?? 0
                    let error = zip(tensor.values, try #require(fast[name]).values).map { abs($0 - $1) }.max() ?? .infinity
                    #expect(largest > 0 && error <= 1e-4 * largest, "\(name), \(pullback): \(error) of \(largest)")
                }
            }
        }
    }

    @Test func theRecordDecides() throws {
        try Self.folder { folder in
            let direct = try Self.run(nil)
            let path = try Self.everything("direct", "direct", in: folder)
            #expect(try Self.run(AlgorithmChoices(record: path, cache: folder + "/none/cache.json")) == direct)
            #expect(!FileManager.default.fileExists(atPath: folder + "/none"), "nothing was timed")
            // What cannot be read is timed anew.
            try Data("{\"forward".utf8).write(to: URL(fileURLWithPath: path))
            _ = try Self.run(AlgorithmChoices(record: path, cache: nil))
            #expect(try Self.record(path).values.allSatisfy { ConvolutionAlgorithm(rawValue: $0) != nil })
        }
    }

    @Test func theSameChoicesWithAndWithoutTheCache() throws {
        try Self.folder { folder in
            let (record, cache) = (folder + "/record.json", folder + "/deep/cache.json")
            let first = try Self.run(AlgorithmChoices(record: record, cache: cache))
            // One line for each choice, under the machine's name, unless this process knew them already.
            let chosen = try Self.record(record)
            try? FileManager.default.removeItem(atPath: folder + "/deep")
            #expect(try Self.run(AlgorithmChoices(record: record, cache: cache)) == first)
            #expect(try Self.record(record) == chosen)
            // A folder that cannot be made is no error.
            #expect(try Self.run(AlgorithmChoices(cache: "/dev/null/cache.json")) == first)
        }
    }
}
