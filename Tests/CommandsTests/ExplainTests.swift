import Foundation
import Network
import Testing

/// `explain` from the outside, beside `trace`, which computes operation by operation and is compared with PyTorch and zennit.
@Suite struct ExplainTests {
    private static func report(_ world: SmallWorld, _ more: String...) throws {
        try Program.expectSuccess(
            ["report", "network.safetensors", "--images", "images", "--out", "site", "--units", "none", "--classes", "none", "--quiet"] + more,
            in: world.folder)
    }

    private static func json(_ world: SmallWorld, _ path: String) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: world.path(path)))) as? [String: Any])
    }

    private static func fails(_ arguments: [String], in folder: String, status: Int32 = 2, _ words: String...) throws {
        let outcome = try Program.run(["explain"] + arguments, in: folder)
        #expect(outcome.status == status && !outcome.wasSignalled)
        for word in words { #expect(outcome.errors.contains(word), "\(word) in \(outcome.errors)") }
    }

    @Test func `files of a folder that are not read are counted`() throws {
        try SmallWorld.with { world in
            try Self.report(world, "--layers", "layer1")
            try "notes".write(toFile: world.path("images/red/notes.txt"), atomically: true, encoding: .utf8)
            let outcome = try Program.run(["explain", "images/red", "--run", "site-run", "--out", "explained"], in: world.folder)
            #expect(outcome.status == 0 && outcome.errors.contains("images/red: Files that are not read: 1 .txt\n"), "\(outcome.errors)")
        }
    }

    @Test func `numbers are those of the network, and the pages pass every check`() throws {
        try SmallWorld.with { world in
            try Self.report(world, "--layers", "layer1,layer3")
            let picture = "images/red/5.png"
            try Program.expectSuccess(["explain", picture, "--run", "site-run", "--out", "site/explained", "-q"], in: world.folder)
            let image = try #require((Self.json(world, "site/explained/explain.json")["images"] as? [[String: Any]])?.first)
            #expect(image["path"] as? String == picture)
            try Program.expectSuccess(
                ["trace", "network.safetensors", "--input", picture, "--layers", "layer1,layer3", "-o", "a.safetensors"], in: world.folder)
            let trace = try Checkpoint.read(path: world.path("a.safetensors")), logits = try trace.tensor("logits").values
            let predictions = try #require(image["predictions"] as? [[String: Any]]), best = try #require(logits.indices.max { logits[$0] < logits[$1] })
            #expect(predictions.count == 3 && predictions[0]["index"] as? Int == best)
            let total = logits.reduce(0.0) { $0 + exp(Double($1 - logits[best])) }
            #expect(abs(try #require(predictions[0]["probability"] as? Double) - 1 / total) < 1e-4)
            // Logits of random weights may all be below zero.
            let hasRelevance = logits[best] > 0
            #expect((image["relevance"] is [String: Any]) == hasRelevance)
            if hasRelevance {
                try Program.expectSuccess(
                    ["trace", "network.safetensors", "--input", picture, "--layers", "layer1,layer3", "--want", "relevance", "--target", "class:\(best)", "-o",
                        "r.safetensors"], in: world.folder)
            }
            let layers = try #require(image["layers"] as? [[String: Any]])
            #expect(layers.map { $0["layer"] as? String } == ["layer1", "layer3"])
            for layer in layers {
                let name = try #require(layer["layer"] as? String), shape = try #require(layer["shape"] as? [Int]), area = shape[1] * shape[2]
                let maps = try trace.tensor("activation/\(name)").values
                let excited = try #require(layer["excited"] as? [[String: Any]])
                #expect(excited.count == 5)
                for unit in excited {
                    let number = try #require(unit["unit"] as? Int), activation = try #require(unit["activation"] as? Double)
                    let map = maps[number * area..<(number + 1) * area], largest = Double(map.max() ?? 0)
                    #expect(abs(activation - largest) <= 1e-3 * max(1, largest))
                    #expect(try #require(unit["percentile"] as? Double) >= 0 && unit["map"] is String)
                }
                guard hasRelevance else { continue }
                let flow = try Checkpoint.read(path: world.path("r.safetensors")).tensor("relevance/\(name)").values
                let shares = (0..<shape[0]).map { flow[$0 * area..<($0 + 1) * area].reduce(0.0) { $0 + Double($1) } / Double(logits[best]) }
                let relevant = try #require(layer["relevant"] as? [[String: Any]])
                #expect(relevant.count == 5)
                for unit in relevant {
                    #expect(abs(try #require(unit["share"] as? Double) - shares[try #require(unit["unit"] as? Int)]) < 1e-3)
                }
            }
            try Program.expectSuccess(["check", "site", "-q"], in: world.folder)
        }
    }

    @Test func `several pictures, some broken, with any number of threads`() throws {
        try SmallWorld.with { world in
            try Self.report(world, "--layers", "layer3")
            try Data("no picture".utf8).write(to: URL(fileURLWithPath: world.path("broken.png")))
            let pictures = ["images/red/1.png", "broken.png", "images/green"]
            let first = try Program.run(["explain"] + pictures + ["--run", "site-run", "--out", "one"], in: world.folder)
            #expect(first.status == 0 && first.errors.contains("Skipped broken.png"))
            try Program.expectSuccess(["explain"] + pictures + ["--run", "site-run", "--out", "one", "-q"], in: world.folder)
            let before = try files(in: world.path("one"))
            #expect(before["1/index.html"] != nil && before["2/index.html"] == nil && before["14/index.html"] != nil)
            try Program.expectSuccess(["explain"] + pictures + ["--run", "site-run", "--out", "one", "-q"], in: world.folder)
            #expect(differences(before, try files(in: world.path("one"))) == [])
            let json = try Self.json(world, "one/explain.json")
            #expect((json["images"] as? [Any])?.count == 13 && (json["skipped"] as? [[String: Any]])?.first?["path"] as? String == "broken.png")
            try Self.fails(["broken.png", "--run", "site-run", "--out", "none"], in: world.folder, status: 1, "could not be read", "broken.png")
            #expect(!FileManager.default.fileExists(atPath: world.path("none")))
        }
    }

    @Test func `a checkpoint that was moved or changed is asked for`() throws {
        try SmallWorld.with { world in
            try Self.report(world, "--layers", "layer3")
            let manager = FileManager.default, picture = "images/red/1.png"
            // From another folder: the command's own is found again by where the run lies.
            try manager.createDirectory(atPath: world.path("elsewhere"), withIntermediateDirectories: true)
            try Program.expectSuccess(
                ["explain", "../" + picture, "--run", "../site-run", "--out", "out", "-q"], in: world.path("elsewhere"))
            try manager.moveItem(atPath: world.path("network.safetensors"), toPath: world.path("elsewhere/moved.safetensors"))
            try Self.fails([picture, "--run", "site-run", "--out", "a"], in: world.folder, "network.safetensors", "--checkpoint")
            try Program.expectSuccess(
                ["explain", picture, "--run", "site-run", "--out", "a", "--checkpoint", "elsewhere/moved.safetensors", "-q"], in: world.folder)
            var tensors = SmallWorld.tensors()
            tensors[0].1.values[0] += 1
            try writeNetwork(tensors, to: world.path("network.safetensors"))
            try Self.fails([picture, "--run", "site-run", "--out", "b"], in: world.folder, "SHA-256", "--checkpoint")
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: world.path("network.safetensors")))
            try Self.fails([picture, "--run", "site-run", "--out", "b"], in: world.folder, "SHA-256", "--checkpoint")
            try Self.fails([picture, "--run", "images", "--out", "b"], in: world.folder, "not a run folder")
            try Self.fails(["missing.png", "--run", "site-run", "--out", "b", "--checkpoint", "elsewhere/moved.safetensors"], in: world.folder, status: 1, "missing.png")
            try Self.fails([picture, "--run", "site-run", "--out", "images"], in: world.folder, "--out")
            try Self.fails([picture, "--run", "site-run", "--out", "site"], in: world.folder, "explain.json")
            #expect(!manager.fileExists(atPath: world.path("b")))
        }
    }

    @Test func `images are prepared as in the run, and units turned round are there`() throws {
        try SmallWorld.with { world in
            try Self.report(world, "--layers", "layer3.1.bn1", "--direction", "both", "--preprocessing", "mean=0.1,0.2,0.3 std=0.5")
            // Files that would say something else now lie beside the checkpoint.
            try Data(#"{"mean": [0.9, 0.9, 0.9]}"#.utf8).write(to: URL(fileURLWithPath: world.path("config.json")))
            try Program.expectSuccess(["explain", "images/red/1.png", "--run", "site-run", "--out", "a", "-q"], in: world.folder)
            let json = try Self.json(world, "a/explain.json"), run = try #require(json["run"] as? [String: Any])
            #expect((run["preprocessing"] as? [String: Any])?["mean"] as? [Double] != nil)
            let layers = try #require((json["images"] as? [[String: Any]])?.first?["layers"] as? [[String: Any]])
            #expect(layers.map { $0["layer"] as? String } == ["layer3.1.bn1", "layer3.1.bn1.negated"])
            try Program.expectSuccess(
                ["trace", "network.safetensors", "--input", "images/red/1.png", "--layers", "layer3.1.bn1", "--preprocessing", "mean=0.1,0.2,0.3 std=0.5", "-o",
                    "a.safetensors"], in: world.folder)
            let maps = try Checkpoint.read(path: world.path("a.safetensors")).tensor("activation/layer3.1.bn1").values
            for (layer, sign) in zip(layers, [1.0, -1]) {
                for unit in try #require(layer["excited"] as? [[String: Any]]) {
                    let number = try #require(unit["unit"] as? Int)
                    let largest = maps[number * 64..<(number + 1) * 64].map { sign * Double($0) }.max() ?? 0
                    #expect(abs(try #require(unit["activation"] as? Double) - largest) < 1e-3)
                }
            }
        }
    }
}
