import Diagnostics
import Foundation
import Network
import Tensors
import Testing

/// `report` and `render` from the outside: what lies in the folders afterwards.
@Suite struct ReportTests {
    @Test func `a report has all its pages, and the same command again changes no byte`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report(), in: world.folder)
            let site = try files(in: world.path("site")), run = try files(in: world.path("site-run"))
            for page in ["index.html", "method.html", "reproduce.html", "404.html", "report.json", "classes/index.html"] {
                #expect(site[page] != nil, "\(page) is missing")
            }
            for layer in [("layer1", 16), ("layer2", 32), ("layer3", 64)] {
                #expect(site["layers/\(layer.0)/index.html"] != nil)
                for unit in 0..<layer.1 { #expect(site["layers/\(layer.0)/\(unit)/index.html"] != nil) }
                #expect(run["layers/\(layer.0)/statistics.json"] != nil)
            }
            for index in 0..<3 { #expect(site["classes/\(index)/index.html"] != nil) }
            for unit in 0..<4 { #expect(run["layers/layer3/prototypes/\(unit).png"] != nil) }
            for index in 0..<2 { #expect(run["classes/prototypes/\(index).json"] != nil) }

            try Program.expectSuccess(SmallWorld.report(), in: world.folder)
            #expect(differences(site, try files(in: world.path("site"))) == [])
            #expect(differences(run, try files(in: world.path("site-run"))) == [])

            // Without the network and the images, a render gives the same site.
            try FileManager.default.removeItem(atPath: world.path("images"))
            try FileManager.default.removeItem(atPath: world.path("network.safetensors"))
            try Program.expectSuccess(["render", "--run", "site-run", "--out", "again", "--quiet"], in: world.folder)
            #expect(differences(site, try files(in: world.path("again"))) == [])
        }
    }

    @Test func `what inhibits units stands beside what excites them`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(
                SmallWorld.report("--direction", "both", "--layers", "layer3.1.bn1", units: "layer3.1.bn1:2"), in: world.folder)
            let site = try files(in: world.path("site")), run = try files(in: world.path("site-run"))
            let page = try #require(site["layers/layer3.1.bn1/2/index.html"].flatMap { String(data: $0, encoding: .utf8) })
            #expect(page.contains("What inhibits it") && page.contains("layers/layer3.1.bn1.negated/2/prototype.png"))
            let other = try #require(site["layers/layer3.1.bn1.negated/2/index.html"].flatMap { String(data: $0, encoding: .utf8) })
            #expect(other.contains("What activates it") && other.contains("layers/layer3.1.bn1/2/index.html"))
            #expect(site["layers/layer3.1.bn1.negated/2/prototype.png"] != site["layers/layer3.1.bn1/2/prototype.png"])
            #expect(run["layers/layer3.1.bn1.negated/prototypes/3.json"] == nil)
            let method = try #require(site["method.html"].flatMap { String(data: $0, encoding: .utf8) })
            #expect(method.contains("What inhibits a unit."))
            let refused = try Program.run(SmallWorld.report("--direction", "negative", "--layers", "layer3", out: "other"), in: world.folder)
            #expect(refused.status == 2 && refused.errors.contains("layer3 is never below zero"))
        }
    }

    @Test func `a report that was killed again and again ends with the same bytes`() throws {
        try SmallWorld.with { world in
            for name in ["whole", "killed"] { _ = try world.place(name) }
            let arguments = SmallWorld.report(steps: 60)
            let started = ContinuousClock.now
            try Program.expectSuccess(arguments, in: world.path("whole"))
            let whole = started.duration(to: .now)
            for attempt in 1...8 {
                _ = try Program.run(arguments, in: world.path("killed"), killAfter: whole * Double.random(in: 0.02...0.7))
                try attempt == 4 ? leaveTemporaries(in: world.path("killed")) : ()
            }
            try Program.expectSuccess(arguments, in: world.path("killed"))
            for folder in ["site", "site-run"] {
                #expect(differences(try files(in: world.path("whole/\(folder)")), try files(in: world.path("killed/\(folder)"))) == [])
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: world.path("killed")).sorted()
            #expect(left == ["images", "network.safetensors", "site", "site-run"])
        }
    }

    /// What a process that was killed at the worst moments would leave; no process has this number.
    private func leaveTemporaries(in folder: String) throws {
        let name = AtomicFile.temporaryPrefix + "4194399-abc"
        for place in ["site-run", "site-run/layers"] where FileManager.default.fileExists(atPath: folder + "/" + place) {
            try Data("half".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(place)/\(name)"))
        }
    }

    @Test func `concepts get prototypes and pages, and come back as they were`() throws {
        try SmallWorld.with { world in
            let arguments = SmallWorld.report("--concepts", "layer3:3", units: "none")
            try Program.expectSuccess(arguments, in: world.folder)
            let site = try files(in: world.path("site")), run = try files(in: world.path("site-run"))
            #expect(run["layers/layer3/concepts.json"] != nil && run["layers/layer3/concepts/0.png"] != nil)
            for index in 0..<3 { #expect(site["layers/layer3/concepts/\(index)/index.html"] != nil) }
            let page = String(decoding: try #require(site["layers/layer3/concepts/0/index.html"]), as: UTF8.self)
            #expect(page.contains("largest coefficient of the concept") && page.contains("prototype.png"))
            for name in ["layers/layer3/concepts.json", "layers/layer3/concepts/0.json"] {
                try FileManager.default.removeItem(atPath: world.path("site-run/\(name)"))
            }
            try Program.expectSuccess(arguments, in: world.folder)
            #expect(differences(run, try files(in: world.path("site-run"))) == [])
            let outcome = try Program.run(
                SmallWorld.report("--layers", "layer3.2.bn2", "--concepts", "layer3.2.bn2:3", out: "other", units: "none"), in: world.folder)
            #expect(outcome.status == 2 && outcome.errors.contains("below zero"), "\(outcome.errors)")
        }
    }

    @Test func `prototypes depend neither on the number of threads nor on the other units asked for`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report("--threads", "1", out: "one"), in: world.folder)
            try Program.expectSuccess(SmallWorld.report("--threads", "2", out: "two"), in: world.folder)
            try Program.expectSuccess(SmallWorld.report(out: "single", units: "layer3:2"), in: world.folder)
            let one = try files(in: world.path("one-run")), two = try files(in: world.path("two-run"))
            #expect(differences(one, two).allSatisfy { $0 == "run.json" }, "only the command line differs")
            let single = try files(in: world.path("single-run"))
            let prototype = "layers/layer3/prototypes/2"
            #expect(single["\(prototype).png"] != nil)
            for end in ["png", "json"] { #expect(single["\(prototype).\(end)"] == one["\(prototype).\(end)"]) }
            #expect(single["layers/layer3/prototypes/1.png"] == nil)
        }
    }

    @Test func `a configuration file says the same as the command line`() throws {
        try SmallWorld.with { world in
            let yaml = """
                checkpoint: network.safetensors
                images: images
                layers: [layer2, layer3]
                units: layer3:0-1
                classes: "0"
                seed: 5
                steps: 8
                references: 4
                window: 12
                window-stride: 0.7
                references-as: image
                diversity: 0.3
                title: A title
                out: from-file
                """
            try Data(yaml.utf8).write(to: URL(fileURLWithPath: world.path("report.yaml")))
            try Program.expectSuccess(["report", "--config", "report.yaml", "-q"], in: world.folder)
            try Program.expectSuccess(
                ["report", "network.safetensors", "--images", "images", "--layers", "layer2,layer3", "--units", "layer3:0-1",
                    "--classes", "0", "--seed", "5", "--steps", "8", "--references", "4", "--window", "12", "--window-stride", "0.7",
                    "--references-as", "image", "--diversity", "0.3", "--title", "A title", "--out", "from-line", "-q"],
                in: world.folder)
            let first = try files(in: world.path("from-file-run")), second = try files(in: world.path("from-line-run"))
            #expect(differences(first, second) == ["run.json"], "the command line, which is told")
            #expect(try manifest(first) == manifest(second))
            // The command line goes first.
            let outcome = try Program.run(["report", "--config", "report.yaml", "--seed", "6"], in: world.folder)
            #expect(outcome.status == 2 && outcome.errors.contains("--seed was 5, now 6"))
        }
    }

    /// The manifest without the command that made it.
    private func manifest(_ files: [String: Data]) throws -> NSDictionary {
        let data = try #require(files["run.json"])
        var document = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        var content = try #require(document["content"] as? [String: Any])
        var options = try #require(content["options"] as? [String: Any])
        options["command"] = nil
        content["options"] = options
        document["content"] = content
        return document as NSDictionary
    }

    @Test func `a report keeps others out of its run folder, and says that it was stopped`() throws {
        try SmallWorld.with { world in
            // More steps than anybody waits for.
            let arguments = SmallWorld.report(units: "all", steps: 100_000)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try Program.path())
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: world.folder)
            try Data().write(to: URL(fileURLWithPath: world.path("messages")))
            process.standardError = FileHandle(forWritingAtPath: world.path("messages"))
            try process.run()
            defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
            // `images.json` is written last before the prototypes.
            while process.isRunning, !FileManager.default.fileExists(atPath: world.path("site-run/images.json")) { usleep(2000) }
            let second = try Program.run(arguments, in: world.folder)
            #expect(second.status == 1 && second.errors.contains("another process is working on site-run"), "\(second.errors)")
            // A look at what there is so far is allowed.
            try Program.expectSuccess(["render", "--run", "site-run", "--out", "look", "-q"], in: world.folder)

            // Not SIGINT, which a shell's background jobs are made to ignore, the program with them.
            process.terminate()
            let end = ContinuousClock.now + .seconds(20)
            while process.isRunning, .now < end { usleep(2000) }
            try #require(!process.isRunning, "it goes on after SIGTERM")
            #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGTERM)
            let messages = try String(contentsOfFile: world.path("messages"), encoding: .utf8)
            #expect(messages.contains("vitrine: stopped; the same command goes on from here"))
        }
    }

    @Test func `images that are gone before the prototypes are a clear error, and what was found is kept`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report(), in: world.folder)
            let run = try files(in: world.path("site-run"))
            try FileManager.default.removeItem(atPath: world.path("site-run/layers/layer3/prototypes/1.png"))
            // Listed, but not readable as a picture any more: as many bytes as before.
            for name in SmallWorld.classes {
                for number in 0..<SmallWorld.imagesPerClass {
                    let path = world.path("images/\(name)/\(number).png")
                    let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
                    try Data(count: size).write(to: URL(fileURLWithPath: path))
                }
            }
            let outcome = try Program.run(SmallWorld.report(), in: world.folder)
            #expect(outcome.status == 1 && outcome.errors.contains(".png is no image of a kind that is read"), "\(outcome.errors)")
            let changed = differences(run, try files(in: world.path("site-run")))
            #expect(changed == ["layers/layer3/prototypes/1.png"])
            try FileManager.default.removeItem(atPath: world.path("images/red/1.png"))
            let other = try Program.run(SmallWorld.report(), in: world.folder)
            #expect(other.status == 2 && other.errors.contains("the image listing's hash was"))
        }
    }

    @Test func `broken images are skipped, noted and listed`() throws {
        try SmallWorld.with { world in
            try Data().write(to: URL(fileURLWithPath: world.path("images/red/empty.png")))
            let whole = try Data(contentsOf: URL(fileURLWithPath: world.path("images/red/1.png")))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: world.path("images/red/half.png")))
            let arguments = SmallWorld.report().filter { $0 != "--quiet" }
            let outcome = try Program.run(arguments, in: world.folder)
            #expect(outcome.status == 0)
            #expect(outcome.errors.contains("Skipped red/empty.png") && outcome.errors.contains("Skipped red/half.png"))
            let page = try String(contentsOfFile: world.path("site/reproduce.html"), encoding: .utf8)
            #expect(page.contains("red/empty.png") && page.contains("red/half.png"))
        }
    }

    @Test func `weights that are not numbers are warned of by name`() throws {
        try SmallWorld.with { world in
            var tensors = SmallWorld.tensors()
            let place = try #require(tensors.firstIndex { $0.0 == "layer2.1.conv1.weight" })
            tensors[place].1.values[5] = .nan
            try writeNetwork(tensors, to: world.path("network.safetensors"))
            let outcome = try Program.run(SmallWorld.report(), in: world.folder)
            #expect(outcome.status == 0 && outcome.errors.contains("layer2.1.conv1.weight"), "\(outcome.errors)")
            #expect(try String(contentsOfFile: world.path("site/index.html"), encoding: .utf8).contains("layer2.1.conv1.weight"))
            #expect(try Program.expectSuccess(["inspect", "network.safetensors"], in: world.folder).contains("layer2.1.conv1.weight holds NaN"))
        }
    }

    @Test func `a damaged run heals or says which file is damaged`() throws {
        let report = SmallWorld.report("--window", "16")
        try SmallWorld.with { world in
            try Program.expectSuccess(report, in: world.folder)
            let run = try files(in: world.path("site-run"))
            for name in ["state/sweep", "state/windows", "layers/layer3/statistics.json", "classes.json", "images.json",
                "layers/layer3/prototypes/1.json", "layers/layer3/prototypes/2.png", "layers/layer3/prototypes/0-masked.png",
                "layers/layer3/prototypes/3-relevance-0.png"]
            {
                let whole = try #require(run[name])
                try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: world.path("site-run/\(name)")))
                try Program.expectSuccess(report, in: world.folder)
                #expect(differences(run, try files(in: world.path("site-run"))) == [], "after damage to \(name)")
            }
            try Data("{".utf8).write(to: URL(fileURLWithPath: world.path("site-run/run.json")))
            let outcome = try Program.run(report, in: world.folder)
            #expect(outcome.status == 1 && outcome.errors.contains("site-run/run.json"))
            // As the message says: removed, it is made again; but not for another run.
            try FileManager.default.removeItem(atPath: world.path("site-run/run.json"))
            let other = try Program.run(SmallWorld.report("--window", "16", "--layers", "layer3"), in: world.folder)
            #expect(other.status == 2 && other.errors.contains("holds another run"))
            try Program.expectSuccess(report, in: world.folder)
            #expect(differences(run, try files(in: world.path("site-run"))) == [])
        }
    }

    @Test func `a leftover site gives back the files of other people`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report(), in: world.folder)
            let site = try files(in: world.path("site"))
            // As after a kill between the exchange and the move of what is not ours.
            let renderer = try Program.run(["render", "--run", "site-run", "--out", "site", "-q"], in: world.folder)
            #expect(renderer.status == 0)
            let leftover = world.path(AtomicFile.temporaryPrefix + "4194399-\(siteTag("site"))-abc")
            try FileManager.default.copyItem(atPath: world.path("site"), toPath: leftover)
            try Data("example.org".utf8).write(to: URL(fileURLWithPath: leftover + "/CNAME"))
            let stranger = world.path(AtomicFile.temporaryPrefix + "4194399-other-abc")
            try FileManager.default.createDirectory(atPath: stranger, withIntermediateDirectories: true)
            try Program.expectSuccess(["render", "--run", "site-run", "--out", "site", "-q"], in: world.folder)
            #expect(differences(site, try files(in: world.path("site"))) == ["CNAME"])
            #expect(!FileManager.default.fileExists(atPath: leftover))
            #expect(FileManager.default.fileExists(atPath: stranger), "belongs to another site")
        }
    }

    @Test func `words and attributes are found, estimated and part of the run`() throws {
        try SmallWorld.with { world in
            func words(_ width: Int, _ name: String) throws {
                var values: [Float] = []
                for word in 0..<5 {
                    for place in 0..<width { values.append(place == word % width ? 1 : word >= width ? 0.5 : 0) }
                }
                try Safetensors.write(
                    [("vectors", Tensor(shape: [5, width], values: values))], metadata: ["words": "sky\ngrass\nrose\n<b>ocean</b>\nleaf"], to: world.path(name))
            }
            try words(3, "words.safetensors")
            try words(4, "other.safetensors")
            let rows = SmallWorld.classes.flatMap { name in (0..<12).map { "\(name)/\($0).png,\(name == "red" ? 1 : 0)" } }
            try (["image,warm"] + rows).joined(separator: "\n").write(toFile: world.path("table.csv"), atomically: true, encoding: .utf8)
            let named = ["--words", "words.safetensors", "--encoder", "network.safetensors"]
            let arguments = SmallWorld.report("--layers", "layer3", units: "layer3:0-1") + named + ["--attributes", "table.csv"]
            let estimate = try Program.run(arguments + ["--estimate"], in: world.folder)
            #expect(estimate.status == 0 && estimate.output.contains("Finding words"))
            try Program.expectSuccess(arguments, in: world.folder)
            let run = try files(in: world.path("site-run")), site = try files(in: world.path("site"))
            func content(_ name: String) throws -> [String: Any] {
                let text = try #require(run["layers/layer3/\(name).json"])
                return try #require((try JSONSerialization.jsonObject(with: text) as? [String: Any])?["content"] as? [String: Any])
            }
            let found = try content("words"), units = try #require(found["units"] as? [[String: Any]])
            #expect(found["images"] as? Int == 36 && found["words"] as? Int == 5 && units.count == 64)
            #expect((found["preparation"] as? String)?.contains("32 x 32") == true)
            let tried = try #require(try content("checks")["tried"] as? [[String: Any]])
            #expect(tried.map { $0["kind"] as? String } == ["word", "class", "attribute"])
            #expect(!run.keys.contains { $0.hasPrefix("state/words") })
            for (page, text) in [("method.html", "CLIP-Dissect"), ("reproduce.html", "table.csv"), ("layers/layer3/0/index.html", "id=\"words\"")] {
                #expect(String(decoding: try #require(site[page]), as: UTF8.self).contains(text), "\(page)")
            }
            try Program.expectSuccess(["check", "site", "-q"], in: world.folder)
            try Program.expectSuccess(arguments, in: world.folder)
            #expect(differences(run, try files(in: world.path("site-run"))) == [])

            for (more, word) in [
                ([], "the words' hash"), (["--words", "words.safetensors"], "--encoder"), (["--encoder", "network.safetensors"], "--words"),
                (["--encoder-input-size", "64"], "--encoder-input-size"), (["--attributes", "nothing.csv"], "nothing.csv"),
                (["--words", "other.safetensors", "--encoder", "network.safetensors"], "4"), (["--words", "table.csv", "--encoder", "network.safetensors"], "table.csv"),
            ] {
                let outcome = try Program.run(SmallWorld.report("--layers", "layer3", units: "layer3:0-1") + more, in: world.folder)
                #expect([1, 2].contains(outcome.status) && outcome.errors.contains(word), "\(more): \(outcome.errors)")
            }
        }
    }

    @Test func `features can be masked by guided backpropagation`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report("--layers", "layer3", "--composite", "guided-backprop", units: "layer3:0-1"), in: world.folder)
            try Program.expectSuccess(SmallWorld.report("--layers", "layer3", out: "plain", units: "layer3:0-1"), in: world.folder)
            let site = try files(in: world.path("site")), plain = try files(in: world.path("plain"))
            let picture = "layers/layer3/0/prototype.png", method = String(decoding: try #require(site["method.html"]), as: UTF8.self)
            #expect(site[picture] != nil && site[picture] != plain[picture] && site["layers/layer3/0/masked.png"] != nil)
            #expect(method.contains("guided backpropagation") && !method.contains("states its residual"))
            #expect(!FileManager.default.fileExists(atPath: world.path("site-run/layers/layer3/flow.json")))
            try Program.expectSuccess(["check", "site", "-q"], in: world.folder)
            let refused = try Program.run(SmallWorld.report("--composite", "gradient-x-input", out: "other"), in: world.folder)
            #expect(refused.status == 2 && refused.errors.contains("guided-backprop"))
        }
    }

    @Test func `another network answers line-ups, now or later`() throws {
        try SmallWorld.with { world in
            let arguments = SmallWorld.report("--layers", "layer3", units: "layer3:0-7")
            try Program.expectSuccess(arguments, in: world.folder)
            let plain = try files(in: world.path("site-run"))
            #expect(plain["layers/layer3/judgement.json"] == nil)
            try Program.expectSuccess(arguments + ["--judge", "network.safetensors"], in: world.folder)
            let run = try files(in: world.path("site-run")), site = try files(in: world.path("site"))
            // Nothing else is made anew, but that references are compared by its eyes; the run says that it has a judge.
            #expect(differences(plain, run) == ["layers/layer3/clarity.json", "layers/layer3/judgement.json", "run.json"])
            let text = try #require(run["layers/layer3/judgement.json"])
            let content = try #require((try JSONSerialization.jsonObject(with: text) as? [String: Any])?["content"] as? [String: Any])
            #expect((content["judge"] as? [String: Any])?["architecture"] as? String == "cifar_resnet20")
            #expect(content["judgeLayers"] as? [String] == ["layer1", "layer2", "layer3", "avgpool"])
            #expect(String(decoding: try #require(site["method.html"]), as: UTF8.self).contains("Method"))
            try Program.expectSuccess(["check", "site", "-q"], in: world.folder)
            let records = try (0..<8).map { number in
                try JSONSerialization.jsonObject(with: #require(site["layers/layer3/\(number)/unit.json"])) as? [String: Any] ?? [:]
            }
            let isWhole = records.allSatisfy { $0.keys.contains("judgement") }
            let hasClarity = records.contains { ($0["clarity"] as? [String: Any])?["judge"] is String }
            #expect(isWhole && hasClarity)
            // What was added stays: neither is it taken away nor exchanged.
            let without = try Program.run(arguments, in: world.folder)
            #expect(without.status == 2 && without.errors.contains("the judge's hash was"), "\(without.errors)")
            var tensors = SmallWorld.tensors()
            tensors[0].1.values[0] += 1
            try writeNetwork(tensors, to: world.path("other.safetensors"))
            let other = try Program.run(arguments + ["--judge", "other.safetensors"], in: world.folder)
            #expect(other.status == 2 && other.errors.contains("the judge's hash was"), "\(other.errors)")
            #expect(differences(try files(in: world.path("site-run")), run).isEmpty)
            let outcome = try Program.run(SmallWorld.report("--judge-architecture", "resnet18"), in: world.folder)
            #expect(outcome.status == 2 && outcome.errors.contains("--judge"))
            let heads = try Program.run(SmallWorld.report("--heads", out: "heads"), in: world.folder)
            #expect(heads.status == 2 && heads.errors.contains("no attention") && !FileManager.default.fileExists(atPath: world.path("heads-run")))
        }
    }

    /// As the program marks its temporary folders (FNV-1a of the site's name).
    private func siteTag(_ name: String) -> String {
        String(name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 36)
    }
}
