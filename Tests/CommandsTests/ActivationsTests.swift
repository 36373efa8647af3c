import Foundation
import Network
import Testing

@Suite struct ActivationsTests {
    /// Beside `trace`, which computes operation by operation and is compared with PyTorch.
    @Test func `the largest and the mean activation of every unit on every image`() throws {
        try SmallWorld.with { world in
            try Data("no image".utf8).write(to: URL(fileURLWithPath: world.path("images/green/3.png")))
            try Program.expectSuccess(
                ["activations", "network.safetensors", "--images", "images", "--layers", "layer1,layer3", "-o", "a.safetensors", "-q"],
                in: world.folder)
            let file = try Checkpoint.read(path: world.path("a.safetensors"))
            #expect(Set(file.names) == ["maximum/layer1", "mean/layer1", "maximum/layer3", "mean/layer3"])
            let metadata = try metadata(of: world.path("a.safetensors"))
            let images = try #require(try json(metadata["images"]) as? [String])
            #expect(images.count == 35 && !images.contains("green/3.png"))
            #expect(try json(metadata["layers"]) as? [String] == ["layer1", "layer3"])
            #expect(try (json(metadata["skipped"]) as? [[String: String]])?.map { $0["path"] } == ["green/3.png"])
            let classes = try #require(try json(metadata["classes"]) as? [String]), labels = try #require(try json(metadata["labels"]) as? [Int])
            #expect(zip(images, labels).allSatisfy { $0.hasPrefix(classes[$1] + "/") })

            let shown = [0, 14, 34]
            try Program.expectSuccess(
                ["trace", "network.safetensors", "--input"] + shown.map { "images/" + images[$0] } + ["--layers", "layer1,layer3", "-o", "t.safetensors"],
                in: world.folder)
            let trace = try Checkpoint.read(path: world.path("t.safetensors"))
            for (layer, units, area) in [("layer1", 16, 1024), ("layer3", 64, 64)] {
                let maximum = try file.tensor("maximum/\(layer)"), mean = try file.tensor("mean/\(layer)")
                #expect(maximum.shape == [35, units] && mean.shape == [35, units])
                let maps = try trace.tensor("activation/\(layer)").values
                for (place, row) in shown.enumerated() {
                    for unit in 0..<units {
                        let map = maps[(place * units + unit) * area..<(place * units + unit + 1) * area]
                        let largest = map.max() ?? 0, average = map.reduce(0) { $0 + Double($1) } / Double(area)
                        #expect(abs(maximum.values[row * units + unit] - largest) <= 1e-3 * max(1, abs(largest)))
                        #expect(abs(Double(mean.values[row * units + unit]) - average) <= 1e-3 * max(1, abs(average)))
                    }
                }
            }
            // The same bytes with other threads, and nothing left beside them.
            try Program.expectSuccess(
                ["activations", "network.safetensors", "--images", "images", "--layers", "layer3", "-o", "b.safetensors", "-q", "--threads", "1"],
                in: world.folder)
            let one = try Checkpoint.read(path: world.path("b.safetensors")).tensor("mean/layer3")
            #expect(try one.values == file.tensor("mean/layer3").values)
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder).filter { $0.hasPrefix(".") } == [])
        }
    }

    @Test func `what cannot be written or has no images is said before any work`() throws {
        try SmallWorld.with { world in
            for (arguments, word) in [
                (["--images", "images", "-o", "images/a.safetensors"], "--out"), (["--images", "images", "-o", "none/a.safetensors"], "none"),
                (["--images", "images", "--layers", "layer9", "-o", "a.safetensors"], "layer9"),
                (["--images", "images", "--layers", "layer1,layer1", "-o", "a.safetensors"], "twice"),
            ] {
                let outcome = try Program.run(["activations", "network.safetensors"] + arguments, in: world.folder)
                #expect(outcome.status != 0 && outcome.errors.contains(word), "\(outcome.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: world.path("a.safetensors")))
        }
    }

    private func json(_ text: String?) throws -> Any { try JSONSerialization.jsonObject(with: Data(#require(text).utf8)) }

    /// Read as the format is described, not by our reader.
    private func metadata(of path: String) throws -> [String: String] {
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: Any]
        return try #require(header?["__metadata__"] as? [String: String])
    }
}
