import Foundation
import Testing

/// `report --shard`, `merge` and `submit`: many processes make what one makes.
@Suite struct ShardTests {
    private static let report = SmallWorld.report("--run", "run", "--window", "16", units: "layer3:0-4")

    private func merge(_ part: String, of count: Int, in place: String) throws -> Program.Outcome {
        try Program.run(["merge", "--to", "run", "--quiet"] + (1...count).map { "run-shards/\(part)/\($0)-of-\(count)" }, in: place)
    }

    private func expectMerge(_ part: String, of count: Int, in place: String) throws {
        let outcome = try merge(part, of: count, in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private func shards(_ count: Int, part: String? = nil, in place: String, killAfter: [Duration] = []) throws {
        for number in 1...count {
            let words = Self.report + (part.map { ["--part", $0] } ?? []) + ["--shard", "\(number)/\(count)"]
            for time in killAfter { _ = try Program.run(words, in: place, killAfter: time) }
            try Program.expectSuccess(words, in: place)
        }
    }

    @Test func `any number of shards makes the bytes of one process, killed or not`() throws {
        // Eight blocks of images.
        try SmallWorld.with(imagesPerClass: 150) { world in
            let started = ContinuousClock.now
            try Program.expectSuccess(Self.report, in: world.place("whole"))
            let time = started.duration(to: .now)
            let run = try files(in: world.path("whole/run")), site = try files(in: world.path("whole/site"))
            for count in [1, 2, 3, 7] {
                let place = try world.place("shards\(count)")
                if count != 3 { try Program.expectSuccess(Self.report + ["--stop-before", "images"], in: place) }
                let kills = count == 2 ? [time * 0.1, time * 0.25] : []
                try shards(count, in: place, killAfter: kills)
                try expectMerge("images", of: count, in: place)
                let sweep = try files(in: place + "/run")["state/sweep"]
                #expect(sweep == run["state/sweep"], "the pass over the images in \(count) shards")
                // Left out, the references are chosen by the next that needs them.
                if count != 3 {
                    if count == 2 { try Program.expectSuccess(Self.report + ["--stop-before", "references"], in: place) }
                    try shards(count, part: "references", in: place, killAfter: kills)
                    try expectMerge("references", of: count, in: place)
                    let windows = try files(in: place + "/run")["state/windows"]
                    #expect(windows != nil && windows == run["state/windows"], "the search for windows in \(count) shards")
                }
                // Left out, every shard chooses the references for itself.
                if count != 7 { try Program.expectSuccess(Self.report + ["--stop-before", "prototypes"], in: place) }
                try shards(count, in: place, killAfter: kills)
                try expectMerge("prototypes", of: count, in: place)
                let made = try files(in: place + "/run")
                // What looks at prototypes that are made is left to the last report.
                if count != 7 { #expect(differences(run, made).filter { !$0.hasSuffix("/paths.json") } == [], "\(count) shards") }
                try Program.expectSuccess(Self.report, in: place)
                #expect(differences(run, try files(in: place + "/run")) == [], "\(count) shards")
                #expect(differences(site, try files(in: place + "/site")) == [], "the site of \(count) shards")
            }
        }
    }

    @Test func `shards that do not make a whole are named, and nothing is changed`() throws {
        try SmallWorld.with { world in
            let place = try world.place("place"), files = FileManager.default
            func refused(_ folders: [String], _ expected: String..., status: Int32 = 2, sourceLocation: SourceLocation = #_sourceLocation) throws {
                let outcome = try Program.run(["merge", "--to", "run"] + folders, in: place)
                #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
                for text in expected { #expect(outcome.errors.contains(text), "\(text) in \(outcome.errors)", sourceLocation: sourceLocation) }
                #expect(!files.fileExists(atPath: place + "/run"), sourceLocation: sourceLocation)
            }
            let (first, second) = ("run-shards/images/1-of-2", "run-shards/images/2-of-2")
            try shards(2, in: place)
            try refused([first], "lost: 2/2", "vitrine report network.safetensors", "--part images --shard 2/2")
            try refused([first, first], "\(first) and \(first) are the same folder", "Name it once")
            try files.copyItem(atPath: place + "/" + second, toPath: place + "/again")
            try refused([first, second, "again"], "2/2 is there more than once: \(second), again")
            try refused([first, second, "images"], "not a run folder")

            try Program.expectSuccess(Self.report + ["--shard", "3/3"], in: place)
            try refused([first, second, "run-shards/images/3-of-3"], "is shard 3/3 of the images, not one of 2 of the images")

            let other = try world.place("other")
            try Program.expectSuccess(Self.report + ["--seed", "9", "--shard", "2/2"], in: other)
            try refused([first, "../other/\(second)"], "is of another run: --seed was 9, now 0", "lost: 2/2")
            // The folder of one run is no place for another.
            let changed = try Program.run(Self.report + ["--seed", "9", "--shard", "2/2"], in: place)
            #expect(changed.status == 2 && changed.errors.contains("--seed was 0, now 9"), "\(changed.errors)")

            // Damaged, cut off, and removed.
            let sweep = try Data(contentsOf: URL(fileURLWithPath: place + "/again/state/sweep"))
            try sweep.dropLast(9).write(to: URL(fileURLWithPath: place + "/again/state/sweep"))
            try refused([first, "again"], "2/2 in again has a file that is not as it was written, state/sweep", "--shard 2/2")
            try files.removeItem(atPath: place + "/again/state/sweep")
            try refused([first, "again"], "2/2 in again lacks its file state/sweep")
            let record = place + "/again/state/shard"
            let text = try String(contentsOfFile: record, encoding: .utf8)
            try Data(text.prefix(60).utf8).write(to: URL(fileURLWithPath: record))
            try refused([first, "again"], "is damaged", "lost: 2/2")
            try files.removeItem(atPath: record)
            try refused([first, "again"], "again holds no shard")

            // Stopped half-way: by itself it goes on, and then they make a whole.
            let folder = place + "/" + second
            var document = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder + "/state/shard"))) as? [String: Any])
            var content = try #require(document["content"] as? [String: Any])
            content["files"] = nil
            document["content"] = content
            try JSONSerialization.data(withJSONObject: document).write(to: URL(fileURLWithPath: folder + "/state/shard"))
            try refused([first, second], "2/2 in \(second) was stopped before it was finished", "--part images --shard 2/2")

            let early = try Program.run(Self.report + ["--part", "prototypes", "--shard", "2/2"], in: place)
            #expect(early.status == 2 && early.errors.contains("has not seen all images yet"), "\(early.errors)")
            try Program.expectSuccess(Self.report + ["--part", "images", "--shard", "2/2"], in: place)
            try expectMerge("images", of: 2, in: place)
            // A late one has nothing left to do, and merging again changes nothing.
            try Program.expectSuccess(Self.report + ["--part", "images", "--shard", "1/2"], in: place)
            try expectMerge("images", of: 2, in: place)

            try shards(2, in: place)
            let lost = try Program.run(["merge", "--to", "run", "run-shards/prototypes/2-of-2"], in: place)
            #expect(lost.status == 2 && lost.errors.contains("lost: 1/2") && lost.errors.contains("--part prototypes --shard 1/2"))
            let mixed = try Program.run(["merge", "--to", "run", "run-shards/prototypes/2-of-2", "run-shards/prototypes/1-of-2", first], in: place)
            #expect(mixed.status == 2 && mixed.errors.contains("is shard 1/2 of the images, not one of 2 of the prototypes"), "\(mixed.errors)")
            // Into a run that has seen nothing they do not go.
            let empty = try Program.run(
                ["merge", "--to", "elsewhere", "run-shards/prototypes/1-of-2", "run-shards/prototypes/2-of-2"], in: place)
            #expect(empty.status == 2 && empty.errors.contains("does not go on from elsewhere"), "\(empty.errors)")
            try expectMerge("prototypes", of: 2, in: place)
        }
    }

    @Test func `choices that do not agree are refused`() throws {
        try SmallWorld.with { world in
            let place = try world.place("place")
            try shards(2, in: place)
            let path = place + "/run-shards/images/1-of-2/state/algorithms"
            let choices = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: String])
            let other = choices.mapValues { $0 == "direct" ? "winograd" : "direct" }
            try JSONSerialization.data(withJSONObject: other).write(to: URL(fileURLWithPath: path))
            // The hash in the record, too, as if it had been chosen there.
            let record = place + "/run-shards/images/1-of-2/state/shard"
            var text = try String(contentsOfFile: record, encoding: .utf8)
            let hash = try #require(text.firstMatch(of: /"state\/algorithms":"([0-9a-f]{64})"/)?.output.1)
            text = text.replacingOccurrences(of: hash, with: try sha256(path))
            try Data(text.utf8).write(to: URL(fileURLWithPath: record))
            let outcome = try merge("images", of: 2, in: place)
            #expect(outcome.status == 1 && outcome.errors.contains("chose different algorithms"), "\(outcome.errors)")
        }
    }

    private func sha256(_ path: String) throws -> String {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        process.arguments = [path]
        process.standardOutput = pipe
        try process.run()
        process.waitUntilExit()
        return String(String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).prefix(64))
    }

    @Test func `options that divide the work make no sense elsewhere`() throws {
        try SmallWorld.with { world in
            let cases: [([String], String)] = [
                (["--shard", "0/3"], "0/3"), (["--shard", "4/3"], "4/3"), (["--shard", "3"], "--shard"), (["--part", "images"], "--part goes with --shard"),
                (["--part", "pages", "--shard", "1/2"], "pages"), (["--shards", "4"], "--shards goes with --estimate"),
                (["--shard", "1/2", "--stop-before", "images"], "at once"), (["--shard", "1/2", "--estimate"], "whole report"),
            ]
            for (more, expected) in cases {
                let outcome = try Program.run(Self.report + more, in: world.folder)
                #expect(outcome.status == 2 && outcome.errors.contains(expected), "\(more): \(outcome.errors)")
            }
        }
    }

    @Test func `an estimate says what shards take`() throws {
        try SmallWorld.with { world in
            let estimate = try Program.json(Self.report + ["--estimate", "--json", "--shards", "4"], in: world.folder)
            let division = try #require(estimate["division"] as? [String: Any])
            let (seconds, alone) = (try #require(division["seconds"] as? Double), try #require(division["secondsOfOne"] as? Double))
            let hours = try #require(division["nodeHours"] as? Double), whole = try #require(estimate["seconds"] as? Double)
            #expect(division["shards"] as? Int == 4 && 0 < alone && alone < seconds && hours * 3600 > whole)
        }
    }

    @Test func `the jobs make what one machine makes`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.report, in: world.place("whole"))
            let place = try world.place("many machines")
            let lines = try Program.expectSuccess(
                ["submit", "--shards", "2", "--to", "jobs", "--cpus", "2", "--sbatch", "--partition=long", "--quiet", "--"] + Self.report, in: place)
            #expect(
                lines.contains(
                    "sbatch --dependency=afterok:JOB1 --array=1-2 2-images.sh\nsbatch --dependency=afterok:JOB1,afterany:JOB2 3-seen.sh\n"))
            #expect(lines.contains("--array=1-2 4-references.sh\n") && lines.hasSuffix("afterok:JOB5,afterany:JOB6 7-end.sh\n"))
            let images = try String(contentsOfFile: place + "/jobs/2-images.sh", encoding: .utf8)
            for line in ["#SBATCH --array=1-2", "#SBATCH --cpus-per-task=2", "#SBATCH --partition=long"] { #expect(images.contains(line)) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [place + "/jobs/run.sh"]
            process.environment = ProcessInfo.processInfo.environment.merging(
                ["XDG_CACHE_HOME": NSTemporaryDirectory() + "vitrine-tests-cache"]) { $1 }
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            for folder in ["run", "site"] {
                #expect(differences(try files(in: world.path("whole/\(folder)")), try files(in: place + "/\(folder)")) == [])
            }
            for (words, expected) in [
                (["report", "network.safetensors"], "--images"), (["trace", "network.safetensors"], "trace is not divided into jobs"), ([], "No report is named"),
                (Self.report + ["--shard", "1/2"], "whole one"),
            ] {
                let outcome = try Program.run(["submit", "--shards", "2", "--to", "jobs", "--"] + words, in: place)
                #expect(outcome.status == 2 && outcome.errors.contains(expected), "\(outcome.errors)")
            }
            let again = ["submit", "--shards", "2", "--to", "jobs", "--cpus", "2", "--sbatch", "--partition=long", "--quiet", "--"]
            let same = try Program.run(again + Self.report, in: place)
            #expect(same.status == 0 && same.errors.isEmpty, "\(same.errors)")
            let elsewhere = try Program.run(
                again + Self.report.map { $0 == "network.safetensors" ? "elsewhere.pth" : $0 } + ["--teacher", "nobody.pth"], in: place)
            #expect(elsewhere.status == 0 && elsewhere.errors.contains("Warning: the jobs that were in jobs are replaced by other ones\n"))
            #expect(elsewhere.errors.contains("Warning: the report's checkpoint, elsewhere.pth, does not exist here"), "\(elsewhere.errors)")
            #expect(elsewhere.errors.contains("Warning: the report's --teacher, nobody.pth, does not exist here"), "\(elsewhere.errors)")
            try FileManager.default.createDirectory(atPath: place + "/notes", withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: place + "/notes/mine.txt"))
            for (folder, expected) in [("notes", "is not empty"), ("images", "--to"), ("site/jobs", "is inside that of --out")] {
                let refused = try Program.run(["submit", "--shards", "2", "--to", folder, "--"] + Self.report, in: place)
                #expect(refused.status == 2 && refused.errors.contains(expected), "\(refused.errors)")
            }
        }
    }
}
