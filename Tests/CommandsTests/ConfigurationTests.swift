import Foundation
import Testing

@testable import Commands

/// `--config`, which every verb takes.
@Suite struct ConfigurationTests {
    private func withFile(_ yaml: String, _ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "vitrine-configuration-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: path))
        try body(path)
    }

    private func expanded(_ words: [String]) throws -> [String] {
        try ConfigurationFile.expanding(words, verbs: VitrineCommand.configuration.subcommands)
    }

    @Test func `what the parser declares is known with its types`() throws {
        for verb in VitrineCommand.configuration.subcommands {
            let known = try KnownArguments(verb)
            #expect(!known.arguments.isEmpty && Set(known.arguments.map(\.key)).count == known.arguments.count)
            #expect(known["config"] == nil && known["help"] == nil && known["version"] == nil && known["no-winograd"] == nil)
        }
        let report = try KnownArguments(ReportCommand.self)
        let kinds: [(String, KnownArguments.Value)] = [
            ("steps", .whole), ("seed", .natural), ("window-stride", .decimal), ("layers", .list), ("title", .text), ("quality", .text),
            ("teacher-architecture", .text), ("teacher-input-size", .text), ("mean", .list), ("crop-pct", .decimal), ("threads", .whole), ("run", .text),
        ]
        for (key, expected) in kinds {
            guard case .option(let value, _, _)? = report[key]?.kind else {
                Issue.record("\(key) is no option")
                continue
            }
            #expect(value == expected, "\(key)")
        }
        guard case .positional? = report["checkpoint"]?.kind, case .flag(inversion: "--no-flip")? = report["flip"]?.kind,
            case .flag(inversion: nil)? = report["estimate"]?.kind
        else {
            Issue.record("checkpoint, flip and estimate are other arguments")
            return
        }
        let trace = try KnownArguments(TraceCommand.self)
        #expect(trace["deviation"]?.key == "std" && trace["output"]?.key == "output")
    }

    @Test func `a file becomes words behind the verb`() throws {
        let yaml = """
            checkpoint: a.th
            steps: 0x10
            layers: [layer1, layer2]
            flip: no
            early-stop: yes
            estimate: false
            window-stride: 0.7
            title: "--x = y"
            labels:
            """
        try withFile(yaml) { file in
            let whole = try expanded(["report", "--images", "photographs", "--config", file, "-q"])
            #expect(
                whole == [
                    "report", "a.th", "--steps=16", "--layers=layer1,layer2", "--no-flip", "--early-stop", "--window-stride=0.7",
                    "--title=--x = y", "--config=\(file)", "--images", "photographs", "-q",
                ])
            // What the command line says is left out, by whatever name.
            let own = ["--steps=3", "b.th", "--flip", "--no-early-stop", "--layers", "layer3"]
            let rest = try expanded(["report", "--config=\(file)"] + own)
            #expect(rest == ["report", "--window-stride=0.7", "--title=--x = y", "--config=\(file)"] + own)
        }
        try withFile("input: [a.png, b.png]\nlayers: layer1\nout: c") { file in
            let several = try expanded(["trace", "n.th", "--config", file, "-o", "d"])
            #expect(several == ["trace", "--input=a.png", "--input=b.png", "--layers=layer1", "--config=\(file)", "n.th", "-o", "d"])
            let replaced = try expanded(["trace", "--input", "a.png", "n.th", "--config", file])
            #expect(!replaced.contains { $0.hasPrefix("--input=") })
        }
        for words in [["report", "--seed", "3"], ["paint", "--config", "none"], []] {
            let same = try expanded(words)
            #expect(same == words)
        }
    }

    @Test func `values of the wrong kind are refused by name`() throws {
        let cases: [(yaml: String, words: [String])] = [
            ("epochs: many", ["epochs", "a whole number"]), ("seed: -1", ["seed", "0 or more"]), ("momentum: [1]", ["momentum", "a number"]),
            ("flip: maybe", ["flip", "true or false"]), ("images: {a: b}", ["images", "text or a number"]),
            ("milestones: [1, [2]]", ["milestones, item 2"]), ("epoch: 3", ["epoch", "epochs"]), ("config: a", ["unknown key", "config"]),
            ("no-flip: true", ["no-flip"]), ("seed: 1\nseed: 2", ["seed", "more than once"]), ("- seed", ["`name: value`"]),
            ("seed: [", ["Line"]),
        ]
        for entry in cases {
            try withFile(entry.yaml) { file in
                #expect {
                    _ = try expanded(["train", "--config", file])
                } throws: { error in
                    entry.words.allSatisfy { "\(error)".contains($0) }
                }
            }
        }
    }

    @Test func `every verb reads its options from a file`() throws {
        try SmallWorld.with { world in
            func write(_ yaml: String, _ name: String) throws { try Data(yaml.utf8).write(to: URL(fileURLWithPath: world.path(name))) }
            try write("checkpoint: network.safetensors\nimages: images\njson: true\nquiet: true\nthreads: 1\n", "evaluate.yaml")
            let counted = try Program.json(["evaluate", "--config", "evaluate.yaml"], in: world.folder)
            #expect(counted["images"] as? Int == 36)

            try write(
                "architecture: cifar_resnet20\nimages: images\nepochs: 1\nbatch: 6\nlearning-rate: 0.01\nflip: false\nmilestones: [1]\nthreads: 1\n",
                "train.yaml")
            try Program.expectSuccess(["train", "--config", "train.yaml", "--out", "file", "-q"], in: world.folder)
            try Program.expectSuccess(
                ["train", "-a", "cifar_resnet20", "--images", "images", "--epochs", "1", "--batch", "6", "--learning-rate", "0.01", "--no-flip",
                    "--milestones", "1", "--threads", "1", "--out", "line", "-q"], in: world.folder)
            for name in ["options.json", "model.safetensors"] {
                #expect(try files(in: world.path("file"))[name] == files(in: world.path("line"))[name], "\(name)")
            }

            try write("images: images\nmethods: [vital, fourier]\nclasses: 0\nsteps: 2\nwinograd: true\nout: site\njson: true\n", "compare.yaml")
            let compared = try Program.json(["compare", "network.safetensors", "--config", "compare.yaml", "--no-winograd", "-q"], in: world.folder)
            #expect((compared["rows"] as? [[String: Any]])?.map { $0["method"] as? String } == ["real", "vital", "fourier"])
            let run = try #require(try files(in: world.path("site-run"))["run.json"])
            #expect(String(decoding: run, as: UTF8.self).replacing(" ", with: "").contains("\"winograd\":false"))

            let refused = try Program.run(["evaluate", "--config", "train.yaml"], in: world.folder)
            #expect(refused.status == 2 && refused.errors.contains("unknown key"), "\(refused.errors)")
        }
    }
}
