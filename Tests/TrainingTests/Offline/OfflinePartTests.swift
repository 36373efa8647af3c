import Diagnostics
import Foundation
import Network
import Testing

@testable import Training

@Suite struct OfflinePartTests {
    private static func features(shift: Float = 0) -> MemoryFeatures {
        let (values, dimension) = VocabularyTests.manyRows()
        return MemoryFeatures(
            values: values.map { $0 + shift }, dimension: dimension, labels: (0..<9000).map { Int32($0 * 7 % 30 % 3) },
            classNames: ["cat", "dog", "frog"])
    }

    private static var settings: OfflineSettings {
        var settings = OfflineSettings()
        settings.words = 50
        settings.iterations = 5
        settings.subClasses = 4
        return settings
    }

    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("offline-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private final class Notes: ProgressReport, @unchecked Sendable {
        var lines: [String] = []
        func begin(_ stage: String, total: Int, done: Int) {}
        func update(_ done: Int) {}
        func end() {}
        func note(_ line: String) { lines.append(line) }
    }

    /// Such as of images that are all black, whose features differ by rounding alone.
    @Test func `sub-classes of a class that lie together are counted`() {
        let made = SubClasses(
            perClass: 3, dimension: 2, centres: [1, 2, 3, 4, 5, 6, 1, 2, 1 + 1e-6, 2, 3, 4, 7, 7, 7, 7, 7, 7 + 1e-6], counts: [4, 4, 4, 4, 4, 4, 4, 4, 4],
            inertias: [1, 1, 0], iterations: 3)
        #expect(made.repeated == [0, 1, 2])
        #expect(OfflineSummary.SubClassTable(made, classNames: ["cat", "dog", "frog"]).classes.map(\.repeated) == [0, 1, 2])
    }

    @Test func resultsAreKeptAndUsedAgain() throws {
        try Self.withFolder { folder in
            let first = try OfflinePart(
                folder: folder, layer: "layer3/1", features: Self.features(), rows: 9000, settings: Self.settings)
            let (words, scores) = (try first.vocabulary(), try first.scoreMatrix())
            #expect(FileManager.default.fileExists(atPath: first.folder + "/features"))
            try first.removeFeatures()
            #expect(try FileManager.default.contentsOfDirectory(atPath: first.folder).sorted() == [
                "discriminants.json", "discriminants.safetensors", "score-matrix.json", "score-matrix.safetensors", "sub-classes.json",
                "sub-classes.safetensors", "vocabulary.json", "vocabulary.safetensors",
            ])

            // Not one pass over the features is left.
            let notes = Notes()
            let second = try OfflinePart(
                folder: folder, layer: "layer3/1", features: ShortLivedFeatures(Self.features(), passes: 0), rows: nil,
                settings: Self.settings, progress: notes)
            #expect(try second.vocabulary() == words && second.scoreMatrix() == scores)
            #expect(try second.discriminants() == first.discriminants() && second.subClasses() == first.subClasses())
            #expect(notes.lines.isEmpty)

            let file = try Checkpoint.read(path: second.folder + "/vocabulary.safetensors")
            #expect(try file.tensor("centres").shape == [50, 20])
            #expect(try file.tensor("counts").values.reduce(0, +) == 9000)
            #expect(file.metadata["seed"] == "0" && file.metadata["classes"] == "cat\ndog\nfrog")
        }
    }

    @Test func whatFollowsFromOtherInputsIsMadeBesideAndNamed() throws {
        try Self.withFolder { folder in
            let first = try OfflinePart(folder: folder, layer: "a", features: Self.features(), rows: 9000, settings: Self.settings)
            let scores = try first.scoreMatrix()
            let notes = Notes()
            var settings = Self.settings
            settings.subClasses = 2
            let other = try OfflinePart(
                folder: folder, layer: "a", features: Self.features(), rows: 9000, settings: settings, progress: notes)
            #expect(try other.scoreMatrix().count == 6)
            #expect(notes.lines.count == 2)
            #expect(notes.lines[0].hasSuffix("was made with another sub_classes: 4, not 2: it stays, and this is made beside it"))
            #expect(notes.lines[1].contains("was made with another sub_classes_sha256"))
            // Neither has taken anything from the other.
            for (settings, wanted) in [(Self.settings, scores), (settings, try other.scoreMatrix())] {
                let again = try OfflinePart(
                    folder: folder, layer: "a", features: ShortLivedFeatures(Self.features(), passes: 0), rows: nil, settings: settings,
                    progress: notes)
                #expect(try again.scoreMatrix() == wanted)
            }
            #expect(notes.lines.count == 2)

            // Other features: all steps again, the kept ones included.
            let before = try other.discriminants().mean[0]
            let third = try OfflinePart(
                folder: folder, layer: "a", features: Self.features(shift: 1), rows: 9000, settings: settings, progress: notes)
            let after = try third.discriminants().mean[0]
            #expect(abs(after - before - 1) < 1e-4)
            // What the earlier one kept is no longer there.
            #expect(throws: Problem.self) { try other.vocabulary() }
        }
    }

    /// Stopped after each number of passes in turn: the same bytes in the end as in one go.
    @Test func aStoppedRunGoesOnWhereItWas() throws {
        try Self.withFolder { folder in
            let whole = try OfflinePart(folder: folder + "/whole", layer: "a", features: Self.features(), rows: nil, settings: Self.settings)
            let parts = folder + "/parts"
            var attempts = 0
            while true {
                attempts += 1
                let part = try OfflinePart(
                    folder: parts, layer: "a", features: ShortLivedFeatures(Self.features(), passes: 2), rows: nil,
                    settings: Self.settings)
                do {
                    _ = (try part.vocabulary(), try part.scoreMatrix())
                    break
                } catch is ShortLivedFeatures.Stopped {
                    try #require(attempts < 60)
                }
            }
            // Seven passes for the words alone, one of them to find that they are final.
            #expect(attempts > 5)
            _ = (try whole.vocabulary(), try whole.scoreMatrix())
            for name in ["vocabulary", "discriminants", "sub-classes", "score-matrix"] {
                for ending in [".safetensors", ".json"] {
                    #expect(
                        FileManager.default.contents(atPath: "\(parts)/offline/a/\(name)\(ending)")
                            == FileManager.default.contents(atPath: "\(whole.folder)/\(name)\(ending)"), "\(name)\(ending)")
                }
            }
            #expect(!FileManager.default.fileExists(atPath: "\(parts)/offline/a/vocabulary.state.safetensors"))
        }
    }

    @Test func `a result of which a byte has changed is made again`() throws {
        try Self.withFolder { folder in
            func part() throws -> OfflinePart {
                try OfflinePart(folder: folder, layer: "a", features: Self.features(), rows: 9000, settings: Self.settings)
            }
            let words = try part().vocabulary(), path = try part().folder + "/vocabulary.safetensors"
            let bytes = try #require(FileManager.default.contents(atPath: path))
            var changed = bytes
            // Among the values, which end the file: another number, and a finite one.
            changed[changed.count - 2] ^= 1
            try changed.write(to: URL(fileURLWithPath: path))
            #expect(try part().vocabulary() == words)
            #expect(FileManager.default.contents(atPath: path) == bytes)
        }
    }

    @Test func damagedFilesAreProblems() throws {
        try Self.withFolder { folder in
            let part = try OfflinePart(folder: folder, layer: "a", features: Self.features(), rows: 9000, settings: Self.settings)
            _ = try part.vocabulary()
            let path = part.folder + "/features"
            let bytes = try #require(FileManager.default.contents(atPath: path))
            try bytes.prefix(bytes.count - 100).write(to: URL(fileURLWithPath: path))
            #expect(throws: Problem.self) { try part.discriminants() }
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: part.folder + "/vocabulary.safetensors"))
            #expect(throws: Problem.self) { try part.vocabulary() }
        }
    }
}
