import Foundation
import Network
import Tensors
import Testing

/// `diff` from the outside.
@Suite struct DiffTests {
    private static func report(_ world: SmallWorld, _ network: String, out: String, images: String = "images", layers: String = "layer3.2.bn1,layer3") throws {
        try Program.expectSuccess(
            ["report", network, "--images", images, "--out", out, "--layers", layers, "--units", "none", "--classes", "none", "--quiet"], in: world.folder)
    }

    private static func diff(_ world: SmallWorld, _ more: String..., first: String = "a-run", second: String = "b-run", out: String = "diff") throws -> [String: Any] {
        try Program.expectSuccess(["diff", first, second, "--out", out, "--quiet"] + more, in: world.folder)
        try Program.expectSuccess(["check", out, "-q"], in: world.folder)
        return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: world.path(out + "/diff.json")))) as? [String: Any])
    }

    private static func layers(_ json: [String: Any]) throws -> [[String: Any]] { try #require(json["layers"] as? [[String: Any]]) }
    private static func units(_ layer: [String: Any]) throws -> [[String: Any]] { try #require(layer["units"] as? [[String: Any]]) }
    private static func counts(_ layer: [String: Any]) throws -> [String: Int] { try #require(layer["counts"] as? [String: Int]) }

    private static func fails(_ arguments: [String], in folder: String, _ words: String...) throws {
        let outcome = try Program.run(["diff"] + arguments, in: folder)
        #expect(outcome.status == 2 && !outcome.wasSignalled)
        for word in words { #expect(outcome.errors.contains(word), "\(word) in \(outcome.errors)") }
    }

    /// The network with the units of `layer3.2.bn1` in the order `order`, and whoever reads them in the same: what it computes behind them
    /// is the same. Unit `dead` of the first order is silenced in both senses: it is the same on all images.
    private static func network(_ order: [Int] = Array(0..<64), dead: Int? = nil) -> [(String, Tensor)] {
        SmallWorld.tensors().map { name, tensor in
            var tensor = tensor
            if let dead, name == "layer3.2.bn1.weight" { tensor.values[dead] = 0 }
            let source = tensor.values
            if name == "layer3.2.conv1.weight" || name.hasPrefix("layer3.2.bn1.") {
                let part = source.count / 64
                for (place, unit) in order.enumerated() {
                    for index in 0..<part { tensor.values[place * part + index] = source[unit * part + index] }
                }
            } else if name == "layer3.2.conv2.weight" {
                for output in 0..<64 {
                    for (place, unit) in order.enumerated() {
                        for index in 0..<9 { tensor.values[(output * 64 + place) * 9 + index] = source[(output * 64 + unit) * 9 + index] }
                    }
                }
            }
            return (name, tensor)
        }
    }

    @Test func `a run compared with itself has kept everything`() throws {
        try SmallWorld.with { world in
            try Self.report(world, "network.safetensors", out: "a")
            let json = try Self.diff(world, second: "a-run")
            for layer in try Self.layers(json) {
                let counts = try Self.counts(layer), constant = counts["constant"] ?? 0
                #expect(counts["kept"] == 64 - constant && counts["moved"] == 0 && counts["lost"] == 0 && counts["born"] == 0)
                for unit in try Self.units(layer) where unit["status"] as? String == "kept" { #expect(unit["correlation"] as? Double == 1) }
            }
            let before = try files(in: world.path("diff"))
            _ = try Self.diff(world, second: "a-run")
            #expect(differences(before, try files(in: world.path("diff"))) == [])
            #expect(String(decoding: try #require(before["index.html"]), as: UTF8.self).contains("Both runs are of the same checkpoint."))
        }
    }

    @Test func `a run that is not complete is named with what it lacks`() throws {
        try SmallWorld.with { world in
            try Self.report(world, "network.safetensors", out: "a")
            try FileManager.default.removeItem(atPath: world.path("a-run/layers/layer3/statistics.json"))
            let outcome = try Program.run(["diff", "a-run", "a-run", "--out", "diff"], in: world.folder)
            #expect(outcome.status == 0)
            #expect(outcome.errors.contains("a-run is not complete: it has no statistics and no pictures of layer3\n"), "\(outcome.errors)")
        }
    }

    @Test func `units in another order are found, a silenced one has no correlation`() throws {
        try SmallWorld.with { world in
            let order = (0..<64).map { ($0 * 29 + 7) % 64 }
            try writeNetwork(Self.network(dead: 5), to: world.path("one.safetensors"))
            try writeNetwork(Self.network(order, dead: 5), to: world.path("two.safetensors"))
            try Self.report(world, "one.safetensors", out: "a")
            try Self.report(world, "two.safetensors", out: "b")
            let json = try Self.diff(world, "--threshold", "0.99")
            let inner = try #require(try Self.layers(json).first { $0["first"] as? String == "layer3.2.bn1" })
            let units = try Self.units(inner)
            let ones = units.filter { ["kept", "moved"].contains($0["status"] as? String) }
            #expect(ones.count == 63)
            for unit in ones {
                let own = try #require(unit["unit"] as? Int), match = try #require(unit["oneToOne"] as? [String: Any])
                #expect(order[try #require(match["unit"] as? Int)] == own)
                #expect((match["correlation"] as? Double ?? 0) > 0.99999)
            }
            let constant = try #require(units.first { $0["status"] as? String == "constant" })
            #expect(constant["unit"] as? Int == 5 && constant["correlation"] == nil && constant["same"] == nil && constant["best"] == nil)
            #expect(units.first { $0["status"] as? String == "constantInSecond" }?["counterpart"] as? Int == order.firstIndex(of: 5))
            // Behind them nothing has changed.
            let outer = try #require(try Self.layers(json).first { $0["first"] as? String == "layer3" })
            #expect(try Self.counts(outer)["kept"] == 64 - (Self.counts(outer)["constant"] ?? 0))
            let page = try String(contentsOfFile: world.path("diff/layers/layer3.2.bn1/constant/index.html"), encoding: .utf8)
            #expect(page.contains("no correlation is defined") && !page.lowercased().contains("nan"))
        }
    }

    @Test func `runs on different images, layers of different names, and fewer images`() throws {
        try SmallWorld.with { world in
            for number in 0..<3 {
                let folder = world.path("others/\(SmallWorld.classes[number])")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                for file in 0..<4 { try FileManager.default.copyItem(atPath: world.path("images/\(SmallWorld.classes[number])/\(file).png"), toPath: folder + "/\(file).png") }
            }
            try Self.report(world, "network.safetensors", out: "a", layers: "layer2,layer3")
            try Self.report(world, "network.safetensors", out: "b", images: "others", layers: "layer1,layer3,layer3.2.bn1")
            let json = try Self.diff(world)
            #expect(try Self.layers(json).map { $0["first"] as? String } == ["layer3"])
            #expect((json["notCompared"] as? [[String: Any]])?.compactMap { $0["layer"] as? String } == ["layer2 of A", "layer1 of B", "layer3.2.bn1 of B"])
            #expect((json["images"] as? [String: Any])?["count"] as? Int == 36)
            #expect(try String(contentsOfFile: world.path("diff/index.html"), encoding: .utf8).contains("The runs looked at different images"))

            let pairs = try Self.diff(world, "--layers", "layer3=layer3.2.bn1", "--at-most", "9", "--images", "others")
            let layer = try #require(try Self.layers(pairs).first)
            #expect(layer["second"] as? String == "layer3.2.bn1" && layer["medianSame"] == nil)
            #expect(try Self.units(layer).allSatisfy { $0["same"] == nil && $0["status"] as? String != "kept" })
            #expect((pairs["images"] as? [String: Any])?["count"] as? Int == 9)
            #expect(try String(contentsOfFile: world.path("diff/index.html"), encoding: .utf8).contains("other images than those of run A"))

            try Self.fails(["a-run", "b-run", "--out", "c", "--layers", "layer9"], in: world.folder, "layer9", "--layers")
            try Self.fails(["a-run", "b-run", "--out", "c", "--layers", "layer3,layer3"], in: world.folder, "twice")
            try Self.fails(["a-run", "b-run", "--out", "c", "--threshold", "1.5"], in: world.folder, "--threshold")
            try Self.fails(["a-run", "b-run", "--out", "a"], in: world.folder, "diff.json")
            // Images that are gone, or others now, are asked for.
            try FileManager.default.removeItem(atPath: world.path("images/red/0.png"))
            try Self.fails(["a-run", "b-run", "--out", "c"], in: world.folder, "does not hold the images", "--images")
            try FileManager.default.moveItem(atPath: world.path("images"), toPath: world.path("moved"))
            try Self.fails(["a-run", "b-run", "--out", "c"], in: world.folder, "cannot be found", "--images")
            try FileManager.default.moveItem(atPath: world.path("network.safetensors"), toPath: world.path("n.safetensors"))
            try Self.fails(["a-run", "b-run", "--out", "c", "--first-checkpoint", "n.safetensors"], in: world.folder, "network.safetensors", "--second-checkpoint")
            #expect(!FileManager.default.fileExists(atPath: world.path("c")))
            _ = try Self.diff(world, "--first-checkpoint", "n.safetensors", "--second-checkpoint", "n.safetensors", "--images", "moved", out: "c")
        }
    }
}
