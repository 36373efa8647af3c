import Foundation
import Network
import Run
import Tensors
import Testing

@Suite struct DirectionVerbTests {
    /// 64 latents that are the channels of layer3, which a ReLU leaves as they are, and one that nothing activates: the layer is put together
    /// again exactly.
    private static func identity(_ folder: String) throws {
        var encoder = Tensor(zeros: [64, 65]), decoder = Tensor(zeros: [65, 64]), bias = Tensor(zeros: [65])
        for channel in 0..<64 {
            encoder.values[channel * 65 + channel] = 1
            decoder.values[channel * 64 + channel] = 1
        }
        bias.values[64] = -1
        let names = "[" + (0..<65).map { $0 == 64 ? "\"nothing\"" : "\"channel \($0)\"" }.joined(separator: ", ") + "]"
        try Safetensors.write(
            [("W_enc", encoder), ("b_enc", bias), ("W_dec", decoder)], metadata: ["layer": "layer3", "activation": "relu", "names": names],
            to: folder + "/identity.safetensors")
    }

    @Test func `a dictionary that is the layer itself explains all of it, and its dead latent is dead`() throws {
        try SmallWorld.with { world in
            try Self.identity(world.folder)
            let arguments = SmallWorld.report(
                "--layers", "layer3", "--directions", "identity.safetensors", "--seed", "2", units: "layer3.directions:0-1", steps: 4)
            let outcome = try Program.run(arguments.filter { $0 != "--quiet" }, in: world.folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("65 latents of a sparse autoencoder (ReLU) behind layer3"))
            #expect(outcome.errors.contains("explains 100.0 % of the variance of layer3"))
            let run = try RunFolder.open(at: world.path("site-run"))
            let document = try #require(try run.read(LayerDirections.self, from: .directions(layer: "layer3.directions")))
            #expect(document.behind == "layer3" && document.count == 65 && document.names?.last == "nothing")
            let found = try #require(document.reconstruction)
            #expect(found.explainedVariance == 1 && found.agreement == 1 && found.dead >= 1 && found.images == 36)
            #expect(found.accuracy == found.accuracyReconstructed && found.labelled == 36)
            // Each latent does what its channel does, and the last nothing.
            let own = try #require(try run.read(LayerStatistics.self, from: .statistics(layer: "layer3"))).units
            let latents = try #require(try run.read(LayerStatistics.self, from: .statistics(layer: "layer3.directions"))).units
            for channel in 0..<64 {
                #expect(own[channel].maximum == latents[channel].maximum && own[channel].mean == latents[channel].mean)
                #expect(own[channel].strongest.map(\.image) == latents[channel].strongest.map(\.image))
            }
            #expect(latents[64].activeImages == 0 && latents[64].maximum == 0)
            let active = latents.reduce(Float(0)) { $0 + $1.activePositions }
            #expect(abs(found.active - active) < 1e-3)

            let folder = world.path("site") + "/layers/" + RunPath.key(for: "layer3.directions")
            let page = try String(contentsOfFile: folder + "/index.html", encoding: .utf8)
            #expect(page.contains("The dictionary") && page.contains("identity.safetensors") && page.contains("channel 1"))
            let dead = try String(contentsOfFile: folder + "/64/index.html", encoding: .utf8)
            #expect(dead.contains("Dead") && dead.contains("nothing"))
            #expect(try String(contentsOfFile: folder + "/0/index.html", encoding: .utf8).contains("channel 0"))
            #expect(FileManager.default.fileExists(atPath: folder + "/0/prototype.png"))
            let method = try String(contentsOfFile: world.path("site") + "/method.html", encoding: .utf8)
            #expect(method.contains("JumpReLU"))

            // Another file of directions makes another run; the same goes on and changes nothing.
            let before = try Data(contentsOf: URL(fileURLWithPath: run.path + "/layers/" + RunPath.key(for: "layer3.directions") + "/directions.json"))
            try Program.expectSuccess(arguments, in: world.folder)
            let after = try Data(contentsOf: URL(fileURLWithPath: run.path + "/layers/" + RunPath.key(for: "layer3.directions") + "/directions.json"))
            #expect(before == after)
            let other = try Program.run(arguments + ["--directions-activation", "none"], in: world.folder)
            #expect(other.status == 2 && other.errors.contains("holds another run"))
            // What is asked of the run later has the directions, too.
            try Program.expectSuccess(["explain", "images/red/0.png", "--run", "site-run", "--out", "explained", "-q"], in: world.folder)
            // No class depends on directions.
            let ablated = try Program.run(["ablate", "--run", "site-run", "--carriers", "0"], in: world.folder)
            #expect(ablated.status == 0 && ablated.errors.contains("Left out, since no class depends on them: layer3.directions"), "\(ablated.errors)")
        }
    }

    /// Beside the products of the layer's own activations, and of relevance the known answer: a latent that is a channel has all of it there.
    @Test func `activations and relevance of directions`() throws {
        try SmallWorld.with { world in
            try Self.identity(world.folder)
            var random = RandomSource(seed: 5, stream: "probes")
            let weights = Tensor(shape: [3, 64], values: (0..<192).map { _ in random.normal() })
            let bias = Tensor(shape: [3], values: [0.5, -0.5, 0])
            try Safetensors.write([("coef_", weights), ("intercept_", bias)], to: world.path("probe.safetensors"))
            let probe = ["--directions", "probe.safetensors", "--directions-layer", "layer3"]
            try Program.expectSuccess(
                ["activations", "network.safetensors", "--images", "images", "--layers", "layer3", "-o", "a.safetensors", "-q"] + probe,
                in: world.folder)
            let images = (0..<3).map { "images/blue/\($0).png" }
            try Program.expectSuccess(
                ["trace", "network.safetensors", "--input"] + images + ["--layers", "layer3", "-o", "t.safetensors"], in: world.folder)
            let maximum = try Checkpoint.read(path: world.path("a.safetensors"), prefix: "").tensor("maximum/layer3.directions")
            let maps = try Checkpoint.read(path: world.path("t.safetensors"), prefix: "").tensor("activation/layer3").values
            // Images are listed by their paths: 0, 1, 10, 11, 2 …
            for (image, row) in [0, 1, 4].enumerated() {
                for unit in 0..<3 {
                    let products = (0..<64).map { position in
                        (0..<64).reduce(Double(bias.values[unit])) {
                            $0 + Double(weights.values[unit * 64 + $1]) * Double(maps[(image * 64 + $1) * 64 + position])
                        }
                    }
                    let found = Double(maximum.values[row * 3 + unit]), expected = products.max() ?? 0
                    #expect(abs(found - expected) < 1e-3 * max(1, abs(expected)), "\(found), \(expected)")
                }
            }

            try Program.expectSuccess(
                ["trace", "network.safetensors", "--input"] + images + [
                    "--layers", "layer3", "--want", "relevance", "--target", "layer3.directions:7", "--directions", "identity.safetensors", "-o",
                    "r.safetensors",
                ], in: world.folder)
            let relevance = try Checkpoint.read(path: world.path("r.safetensors"), prefix: "").tensor("relevance/layer3").values
            for (place, value) in relevance.enumerated() {
                let expected = place / 64 % 64 == 7 ? maps[place] : 0
                #expect(abs(value - expected) <= 1e-4 * max(1, abs(expected)))
            }
            let description = try Program.json(["inspect", "network.safetensors", "--json"] + probe, in: world.folder)
            #expect((description["directions"] as? String)?.contains("linear probe") == true)
            #expect((description["reportedByDefault"] as? [String])?.contains("layer3.directions") == true)
        }
    }

    @Test func `a trained dictionary needs no options, and is the same every time`() throws {
        try SmallWorld.with { world in
            let arguments = ["dictionary", "network.safetensors", "--images", "images", "--layer", "layer3", "--latents", "96", "--k", "4", "--epochs", "8",
                "--batch", "256", "-q"]
            try Program.expectSuccess(arguments + ["-o", "d.safetensors", "--threads", "1"], in: world.folder)
            try Program.expectSuccess(arguments + ["-o", "e.safetensors", "--threads", "2"], in: world.folder)
            let files = try ["d", "e"].map { try Checkpoint.read(path: world.path("\($0).safetensors"), prefix: "") }
            #expect(files[0].names == ["W_enc", "b_enc", "W_dec", "b_dec"])
            for name in files[0].names { #expect(try files[0].tensor(name) == files[1].tensor(name)) }
            let outcome = try Program.run(
                SmallWorld.report("--directions", "d.safetensors", "--layers", "layer3", units: "none", steps: 4), in: world.folder)
            #expect(outcome.status == 0 && outcome.errors.contains("TopK, k = 4"), "\(outcome.errors)")
            let run = try RunFolder.open(at: world.path("site-run"))
            let found = try #require(try run.read(LayerDirections.self, from: .directions(layer: "layer3.directions"))?.reconstruction)
            let told = try #require(files[0].metadata["explained_variance"].flatMap { Float($0) })
            let explained = try #require(found.explainedVariance)
            #expect(explained > 0.5 && abs(explained - told) < 0.1 && found.active <= 4)
        }
    }

    @Test func `what is wrong with a question is said before any work`() throws {
        try SmallWorld.with { world in
            try Self.identity(world.folder)
            for (arguments, status, word) in [
                (["--directions-layer", "layer3"], 2, "goes with --directions"),
                (["--directions", "identity.safetensors", "--directions-layer", "layer2"], 2, "64 channels"),
                (["--directions", "identity.safetensors", "--directions-activation", "gelu"], 2, "gelu"),
                (["--directions", "identity.safetensors", "--directions-activation", "topk"], 2, "--directions-k"),
                (["--directions", "none.safetensors"], 1, "none.safetensors"),
            ] as [([String], Int32, String)] {
                let outcome = try Program.run(["inspect", "network.safetensors"] + arguments, in: world.folder)
                #expect(outcome.status == status && outcome.errors.contains(word), "\(outcome.status): \(outcome.errors)")
            }
            for (arguments, word) in [(["--k", "0"], "--k"), (["--latents", "4"], "--k"), (["--layer", "input"], "image"), (["--epochs", "0"], "--epochs")] {
                let layer = arguments[0] == "--layer" ? [] : ["--layer", "layer3"]
                let outcome = try Program.run(
                    ["dictionary", "network.safetensors", "--images", "images", "-o", "x.safetensors"] + layer + arguments, in: world.folder)
                #expect(outcome.status == 2 && outcome.errors.contains(word), "\(outcome.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: world.path("x.safetensors")))
        }
    }
}
