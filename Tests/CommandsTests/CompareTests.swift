import Foundation
import Network
import Tensors
import Testing

/// `compare` from the outside.
@Suite struct CompareTests {
    private static func compare(_ more: String..., classes: String = "0-2", out: String = "site") -> [String] {
        ["compare", "network.safetensors", "--images", "images", "--out", out, "--classes", classes, "--steps", "3", "--quiet"] + more
    }

    @Test func `methods are measured side by side, and finished pictures are kept`() throws {
        try SmallWorld.with { world in
            let arguments = Self.compare("--seeds", "2", "--judge", "network.safetensors", "--json")
            let json = try Program.json(arguments, in: world.folder)
            let rows = try #require(json["rows"] as? [[String: Any]])
            #expect(rows.map { $0["method"] as? String } == ["real", "vital", "vital-published", "fourier", "maco", "deep-inversion"])
            for row in rows {
                // A network judges as itself.
                #expect(row["accuracy"] as? Double == row["transfer"] as? Double)
                #expect(row["probability"] as? Double == row["transferProbability"] as? Double)
                #expect(try #require(row["frechetDistance"] as? Double) >= 0)
                #expect(try #require(row["grain"] as? Double) > 0)
                #expect((0...1).contains(try #require(row["colourDistance"] as? Double)))
                #expect((row["paths"] as? [Any])?.count == (json["pathLayers"] as? [String])?.count)
            }
            for row in rows.dropFirst() {
                #expect(row["pictures"] as? Int == 6 && row["frechetPictures"] as? Int == 6)
                #expect(try #require(row["secondsPerPicture"] as? Double) > 0)
            }
            let evaluated = try Program.json(["evaluate", "network.safetensors", "--images", "images", "--json", "-q"], in: world.folder)
            #expect(rows[0]["pictures"] as? Int == 36)
            #expect(abs(try #require(rows[0]["accuracy"] as? Double) - (try #require(evaluated["top1"] as? Double))) < 1e-6)

            let run = try files(in: world.path("site-run")), site = try files(in: world.path("site"))
            for name in ["real/0-0.png", "vital/2-1.png", "vital-published/0-1.png", "fourier/0-1.png", "maco/1-0.png", "deep-inversion/2-0.png"] {
                #expect(run["comparison/\(name)"] != nil, "\(name)")
            }
            for name in ["index.html", "compare/index.html", "compare/table.md", "compare/comparison.json"] {
                #expect(site[name] != nil, "\(name)")
            }
            // Time is measured once: the same command again changes nothing, and a picture that is gone comes back.
            try Program.expectSuccess(arguments, in: world.folder)
            #expect(differences(run, try files(in: world.path("site-run"))) == [])
            try FileManager.default.removeItem(atPath: world.path("site-run/comparison/maco/1-0.png"))
            try Program.expectSuccess(arguments, in: world.folder)
            let again = try files(in: world.path("site-run"))
            #expect(again["comparison/maco/1-0.png"] == run["comparison/maco/1-0.png"])
            #expect(differences(run, again).allSatisfy { ["comparison/maco/1.json", "comparison.json"].contains($0) })
        }
    }

    @Test func `a class's pictures depend on no other class and no number of threads`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(
                Self.compare("--methods", "vital,fourier,maco", "--threads", "1", classes: "red", out: "one"), in: world.folder)
            try Program.expectSuccess(Self.compare("--methods", "vital,fourier,maco", "--threads", "2", out: "all"), in: world.folder)
            let one = try files(in: world.path("one-run")), all = try files(in: world.path("all-run"))
            for method in ["vital", "fourier", "maco"] {
                let name = "comparison/\(method)/2-0.png"
                #expect(one[name] != nil && one[name] == all[name], "\(method)")
            }
        }
    }

    @Test func `the page joins the site of a report`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report(), in: world.folder)
            let manifest = try files(in: world.path("site-run"))["run.json"]
            try Program.expectSuccess(Self.compare("--methods", "vital"), in: world.folder)
            let site = try files(in: world.path("site"))
            #expect(try files(in: world.path("site-run"))["run.json"] == manifest)
            #expect(site["compare/index.html"] != nil && site["layers/layer3/0/index.html"] != nil)
            // The report goes on as before.
            try Program.expectSuccess(SmallWorld.report(), in: world.folder)
            #expect(differences(site, try files(in: world.path("site"))) == [])
        }
    }

    @Test func `what makes no sense is refused`() throws {
        try SmallWorld.with { world in
            var random = SmallWorld.tensors()
            for index in random.indices where random[index].0.hasPrefix("linear") {
                let (name, tensor) = random[index]
                let count = tensor.values.count / 3 * 4
                let shape: Shape = name == "linear.weight" ? [4, 64] : [4]
                random[index] = (name, Tensor(shape: shape, values: (0..<count).map { Float($0 % 7) * 0.1 }))
            }
            try writeNetwork(random, to: world.path("four.safetensors"))
            try FileManager.default.createDirectory(atPath: world.path("flat"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: world.path("images/red/1.png"), toPath: world.path("flat/1.png"))
            let cases: [(arguments: [String], words: [String])] = [
                (Self.compare("--judge", "four.safetensors"), ["4 classes", "3"]),
                (Self.compare("--judge-architecture", "cifar_resnet20"), ["--judge"]),
                (Self.compare("--methods", "vital,dream"), ["dream", "deep-inversion"]),
                (Self.compare("--methods", "vital,vital"), ["twice"]),
                (Self.compare("--seeds", "0"), ["--seeds"]),
                (Self.compare(classes: "gren"), ["gren", "green"]),
                (Self.compare(classes: "none"), ["--classes"]),
                (["compare", "network.safetensors", "--images", "flat", "--out", "site", "--quiet"], ["classes are known"]),
            ]
            for entry in cases {
                let outcome = try Program.run(entry.arguments, in: world.folder)
                #expect(outcome.status == 2, "\(entry.arguments): \(outcome.errors)")
                for word in entry.words { #expect(outcome.errors.contains(word), "\(word) in: \(outcome.errors)") }
            }
            #expect(!FileManager.default.fileExists(atPath: world.path("site-run")))
        }
    }
}
