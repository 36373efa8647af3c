import Diagnostics
import Foundation
import Tensors
import Testing

@testable import Network

/// Weights in several files, in folders, and in archives that something unpacked.
@Suite struct WeightPlaceTests {
    private func safetensors(_ tensors: [(String, Tensor)]) throws -> [UInt8] {
        let path = CheckpointFixtures.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Safetensors.write(tensors, metadata: ["format": "pt"], to: path)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func one(_ name: String = "w") throws -> [UInt8] { try safetensors([(name, Tensor(shape: [2], values: [1, 2]))]) }

    private func index(_ places: [String: String]) throws -> [UInt8] {
        [UInt8](try JSONSerialization.data(withJSONObject: ["metadata": ["total_size": 16], "weight_map": places]))
    }

    private let index = "model.safetensors.index.json"
    private let first = "model-00001-of-00002.safetensors"
    private let second = "model-00002-of-00002.safetensors"

    // MARK: Shards

    @Test func shardsAreReadByTheirIndex() throws {
        let files = [first: try one("a"), second: try one("b"), index: try index(["a": first, "b": second])]
        try CheckpointFixtures.withFolder(files) { folder in
            for path in [folder, folder + "/", "\(folder)/\(index)"] {
                let checkpoint = try Checkpoint.read(path: path)
                #expect(checkpoint.names == ["a", "b"] && checkpoint.format == "safetensors in 2 shards")
                #expect(try checkpoint.tensor("b").values == [1, 2])
                #expect(checkpoint.companions == [first, second] && checkpoint.folder == folder)
            }
            let problem = #expect(throws: Problem.self) { try Checkpoint.read(path: "\(folder)/\(first)") }
            #expect(problem?.summary.contains("one of 2 shards") == true && problem?.remedy?.contains("\(folder)/\(index)") == true)
        }
    }

    @Test func shardsOfPyTorchAreRead() throws {
        let shard = "pytorch_model-00001-of-00001.bin"
        let files = [
            shard: PickleBuilder.archive(PickleBuilder.tensor(count: 1, shape: [1], strides: [1]), storageBytes: 4),
            "pytorch_model.bin.index.json": try index(["w": shard]),
        ]
        try CheckpointFixtures.withFolder(files) { folder in
            let whole = try Checkpoint.read(path: folder), only = try Checkpoint.read(path: "\(folder)/\(shard)")
            #expect(whole.format == "PyTorch (zip) in 1 shard" && whole.names == ["w"])
            #expect(only.names == ["w"])
        }
    }

    @Test func shardsThatAreMissingOrOthersAreNamed() throws {
        func problem(_ files: [String: [UInt8]]) throws -> String {
            try CheckpointFixtures.withFolder(files) { folder in
                let problem = try #require(throws: Problem.self) { try Checkpoint.read(path: "\(folder)/\(index)") }
                return problem.description
            }
        }
        let both = try index(["a": first, "b": second]), (a, c) = (try one("a"), try one("c"))
        let missing = try problem([first: a, index: both])
        #expect(missing.contains("the shard \(second) is not there"))
        let other = try problem([first: a, second: c, index: both])
        #expect(other.contains("\(second) lacks the tensor 'b'"))
        for place in ["../\(first)", "/etc/hosts", ".hidden", "", "a/b"] {
            let outside = try problem([index: try index(["a": place])])
            #expect(outside.contains("outside its folder"), "\(place)")
        }
        for text in ["{}", "[]", "{\"weight_map\": {}}", "{\"weight_map\": {\"a\": 1}}", "x", ""] {
            let problem = try problem([index: Array(text.utf8)])
            #expect(problem.contains("no index of shards"), "\(text)")
        }
        try CheckpointFixtures.withFolder([first: a]) { folder in
            for path in [folder, "\(folder)/\(first)"] {
                let problem = #expect(throws: Problem.self) { try Checkpoint.read(path: path) }
                #expect(problem?.description.contains("index") == true, "\(String(describing: problem))")
            }
        }
    }

    // MARK: Folders

    @Test func aFolderIsReadByTheUsualNames() throws {
        let pickle = PickleBuilder.archive(PickleBuilder.tensor(count: 1, shape: [1], strides: [1]), storageBytes: 4)
        let files = ["model.safetensors": try one(), "pytorch_model.bin": pickle, "config.json": [0x7B, 0x7D], "a.onnx": [8, 8]]
        try CheckpointFixtures.withFolder(files) { folder in
            let checkpoint = try Checkpoint.read(path: folder)
            #expect(checkpoint.path == folder + "/model.safetensors" && checkpoint.folder == folder)
            #expect(checkpoint.remarks.first?.contains("passed over: pytorch_model.bin, a.onnx") == true, "\(checkpoint.remarks)")
        }
        try CheckpointFixtures.withFolder(["best.pth": pickle, "log.txt": []]) { folder in
            let checkpoint = try Checkpoint.read(path: folder)
            #expect(checkpoint.path == folder + "/best.pth")
        }
        try CheckpointFixtures.withFolder(["best.pth": pickle, "last.pth": pickle]) { folder in
            let problem = #expect(throws: Problem.self) { try Checkpoint.read(path: folder) }
            #expect(problem?.explanation?.contains("best.pth, last.pth") == true)
        }
        try CheckpointFixtures.withFolder(["log.txt": []]) { folder in
            let problem = #expect(throws: Problem.self) { try Checkpoint.read(path: folder) }
            #expect(problem?.summary.contains("holds no weights") == true)
        }
    }

    @Test func anUnpackedArchiveIsRead() throws {
        let pickle = PickleBuilder.dictionary([("w", PickleBuilder.tensor(count: 2, shape: [2], strides: [1]))])
        let values = [Float(3), -4].withUnsafeBytes { Array($0) }
        let files = ["r20/data.pkl": pickle, "r20/data/0": values, "r20/byteorder": Array("little".utf8), "r20/version": [0x33, 0x0A]]
        try CheckpointFixtures.withFolder(files) { folder in
            for path in [folder, folder + "/r20", folder + "/r20/data.pkl"] {
                let checkpoint = try Checkpoint.read(path: path)
                #expect(checkpoint.format == "PyTorch (unpacked)" && checkpoint.companions == ["data/0"])
                #expect(try checkpoint.tensor("w").values == [3, -4])
            }
        }
        func problem(_ change: [String: [UInt8]]) throws -> String {
            try CheckpointFixtures.withFolder(files.merging(change) { $1 }) { folder in
                let problem = try #require(throws: Problem.self) { try Checkpoint.read(path: folder + "/r20") }
                return problem.description
            }
        }
        let order = try problem(["r20/byteorder": Array("big".utf8)])
        #expect(order.contains("not little-endian"))
        let short = try problem(["r20/data/0": [0, 0, 0]])
        #expect(short.contains("3 bytes where 2 elements"))
        let script = try problem(["r20/constants.pkl": []])
        #expect(script.contains("TorchScript"))
        // A storage's key is no path.
        let climbing = PickleBuilder.dictionary([("w", PickleBuilder.tensor(storage: "../../secret", count: 2, shape: [2], strides: [1]))])
        let outside = try problem(["r20/data.pkl": climbing, "secret": values])
        #expect(outside.contains("lacks 'data/../../secret'"))
    }
}
