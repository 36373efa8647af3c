import Foundation
import Network
import Tensors
import Testing

/// `ablate` from the outside.
@Suite struct AblateTests {
    private static let checkpoint = ["ablate", "network.safetensors", "--images", "images", "--layers", "layer3", "--quiet"]

    private static func fails(_ arguments: [String], in folder: String, _ words: String...) throws {
        let outcome = try Program.run(["ablate"] + arguments, in: folder)
        #expect(outcome.status == 2 && !outcome.wasSignalled)
        for word in words { #expect(outcome.errors.contains(word), "\(word) in \(outcome.errors)") }
    }

    private static func layers(_ json: [String: Any]) throws -> [[String: Any]] { try #require(json["layers"] as? [[String: Any]]) }

    @Test func `a checkpoint and images give a table, numbers and pages`() throws {
        try SmallWorld.with { world in
            let json = try Program.json(
                Self.checkpoint + ["--units", "0-3", "--off", "layer3:0", "--off", "layer2:0-31,layer3:5", "--carriers", "2", "--json", "--out", "off"],
                in: world.folder)
            let layer = try #require(try Self.layers(json).first), units = try #require(layer["units"] as? [[String: Any]])
            #expect(units.compactMap { $0["index"] as? Int } == [0, 1, 2, 3] && layer["unitCount"] as? Int == 64)
            let sets = try #require(json["sets"] as? [[String: Any]])
            #expect(sets.compactMap { $0["name"] as? String } == ["layer3:0", "layer2:0-31,layer3:5"])
            // The same unit by itself and as a set.
            let one = try #require(units[0]["effect"] as? NSDictionary)
            #expect(one == sets[0]["effect"] as? NSDictionary)
            #expect((json["images"] as? [String: Any])?["count"] as? Int == 36)
            try Program.expectSuccess(["check", "off", "-q"], in: world.folder)
            let csv = try String(contentsOfFile: world.path("off/ablation.csv"), encoding: .utf8)
            #expect(csv.hasPrefix("layer,off,class,") && csv.contains("layer3,3,blue,12,"))
            let before = try files(in: world.path("off"))
            #expect(before.keys.contains("layers/layer3/index.html") && before.keys.contains("carriers.csv"))
            // Again: the same bytes.
            try Program.expectSuccess(
                Self.checkpoint + ["--units", "0-3", "--off", "layer3:0", "--off", "layer2:0-31,layer3:5", "--carriers", "2", "--json", "--out", "off"],
                in: world.folder)
            #expect(differences(before, try files(in: world.path("off"))) == [])
            let text = try Program.expectSuccess(Self.checkpoint + ["--units", "0-3"], in: world.folder)
            #expect(text.contains("layer3: 4 units off, one at a time") && text.contains("hurts most"))
        }
    }

    @Test func `a run keeps what was found, and pages show its units`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report("--layers", "layer3", "--concepts", "layer3:2"), in: world.folder)
            let arguments = ["ablate", "--run", "site-run", "--units", "0-5", "--off", "layer3:concept1", "--carriers", "2", "--json", "--quiet"]
            let json = try Program.json(arguments + ["--out", "site/off"], in: world.folder)
            let kept = try Data(contentsOf: URL(fileURLWithPath: world.path("site-run/layers/layer3/ablation.json")))
            let layer = try #require(try Self.layers(json).first), concepts = try #require(layer["concepts"] as? [[String: Any]])
            #expect(concepts.count == 2)
            #expect(concepts[1]["effect"] as? NSDictionary == (json["sets"] as? [[String: Any]])?.first?["effect"] as? NSDictionary)
            let page = try String(contentsOfFile: world.path("site/off/layers/layer3/index.html"), encoding: .utf8)
            #expect(page.contains("../../../layers/layer3/0/index.html") && page.contains("concept 1"))
            try Program.expectSuccess(["check", "site", "-q"], in: world.folder)
            // What is known is taken as it is; something else is asked for and found anew.
            let again = try Program.json(arguments, in: world.folder)
            #expect(again["layers"] as? NSArray == json["layers"] as? NSArray)
            #expect(try Data(contentsOf: URL(fileURLWithPath: world.path("site-run/layers/layer3/ablation.json"))) == kept)
            let mean = try Program.json(arguments + ["--with", "mean"], in: world.folder)
            #expect(mean["layers"] as? NSArray != json["layers"] as? NSArray)
        }
    }

    @Test func `what makes no sense is refused before any work`() throws {
        try SmallWorld.with { world in
            let known = ["network.safetensors", "--images", "images"]
            try Self.fails(known + ["--layers", "layer9"], in: world.folder, "layer9")
            try Self.fails(known + ["--layers", "linear"], in: world.folder, "linear", "no units to switch off")
            try Self.fails(known + ["--layers", "layer3,layer3"], in: world.folder, "twice")
            try Self.fails(known + ["--off", "3"], in: world.folder, "of which layer")
            try Self.fails(known + ["--off", "layer3:64"], in: world.folder, "no unit 64")
            try Self.fails(known + ["--off", "layer3:concept0"], in: world.folder, "concept 0", "those of a run")
            try Self.fails(known + ["--carriers", "-1"], in: world.folder, "--carriers")
            try Self.fails(["network.safetensors"], in: world.folder, "--run", "--images")
            try Self.fails(["--run", "nothing"], in: world.folder, "nothing")
            try Self.fails(known + ["--out", "images/off"], in: world.folder, "--out")
            let flat = world.path("flat")
            try FileManager.default.copyItem(atPath: world.path("images/red"), toPath: flat)
            try Self.fails(["network.safetensors", "--images", "flat"], in: world.folder, "no known classes")
        }
    }
}
