import Diagnostics
import Run
import Testing

@testable import Analysis

struct WindowGridTests {
    private static func places(_ side: Int, _ stride: Float, _ height: Int, _ width: Int) -> (rows: [Int], columns: [Int]) {
        let windows = WindowGrid(side: side, stride: stride, height: height, width: width).windows
        return (Set(windows.map { $0[0] }).sorted(), Set(windows.map { $0[1] }).sorted())
    }

    /// Worked out by hand: (224 - 64) / 51.2 = 3.1, so four windows, 160 / 3 apart; and so on.
    @Test func windowsAreWhereTheyShouldBe() {
        #expect(Self.places(64, 0.8, 224, 224) == ([0, 53, 107, 160], [0, 53, 107, 160]))
        #expect(Self.places(16, 0.5, 32, 32) == ([0, 8, 16], [0, 8, 16]))
        #expect(Self.places(16, 0.8, 32, 32) == ([0, 16], [0, 16]))
        #expect(Self.places(10, 1, 35, 10) == ([0, 13, 25], [0]))
        #expect(Self.places(30, 0.8, 32, 32) == ([1], [1]))
        #expect(Self.places(99, 0.8, 32, 40) == ([0], [4]))
        let grid = WindowGrid(side: 64, stride: 0.8, height: 224, width: 224)
        #expect(grid.windows.count == 16 && grid.windows[5] == [53, 53, 117, 117] && grid.windows[1] == [0, 53, 64, 117])
    }

    @Test func conceptsAreFoundInWhatReferencesAreCutFrom() throws {
        #expect(try Self.settings("none").grid(for: [3, 32, 32]).windows == [[0, 0, 32, 32]])
        #expect(try Self.settings("receptive").grid(for: [3, 32, 32]).windows == [[0, 0, 32, 32]])
        #expect(try Self.settings("receptive").grid(for: [3, 224, 224]) == WindowGrid(side: 64, stride: 0.8, height: 224, width: 224))
        #expect(try Self.settings("16", stride: 0.5).grid(for: [3, 32, 32]).windows.count == 9)
    }

    @Test func theDefaultsAreThePublishedOnesAtTheirSize() {
        #expect(ReferenceSettings.defaultSide(input: [3, 224, 224]) == 64 && ReferenceSettings.defaultStride(input: [3, 224, 224]) == 0.8)
        #expect(ReferenceSettings.defaultSide(input: [3, 299, 299]) == 85 && ReferenceSettings.defaultSide(input: [3, 288, 224]) == 64)
        #expect(ReferenceSettings.defaultSide(input: [3, 32, 32]) == 16 && ReferenceSettings.defaultStride(input: [3, 32, 32]) == 0.5)
        #expect(ReferenceSettings.defaultSide(input: [3, 1, 1]) == 1)
        #expect(ReferenceSettings.defaultWindow(input: [3, 32, 32]) == "none" && ReferenceSettings.defaultWindow(input: [3, 224, 224]) == "64")
    }

    private static func settings(
        _ window: String, stride: Float = 0.8, kind: String = "window", diversity: Float = 0, references: Int = 50
    ) throws -> ReferenceSettings {
        try ReferenceSettings(
            RunOptions(
                layers: [], units: "all", classes: "none", labels: nil, seed: 0, steps: 1, references: references, window: window,
                windowStride: stride, referencesAs: kind, diversity: diversity, jitter: 0, learningRate: 1, warmup: 0, strongest: 1,
                command: ""), input: [3, 32, 32])
    }

    @Test func settingsAreReadOrRefused() throws {
        #expect(try Self.settings("none").region == .whole && Self.settings("receptive").region == .receptiveField)
        #expect(try Self.settings("32").region == .window(side: 32, stride: 0.8) && Self.settings("1", kind: "image").usesWholeImages)
        let settings = try Self.settings("none")
        #expect(settings.count(among: 10_000) == 50 && settings.count(among: 120) == 12 && settings.count(among: 4) == 3)
        #expect(settings.candidates(for: 50) == 75 && settings.candidates(for: 1) == 2)
        #expect(try Self.settings("none", diversity: 0.1).candidates(for: 50) == 150)
        #expect(throws: Problem.self) { try Self.settings("33") }
        #expect(throws: Problem.self) { try Self.settings("0") }
        #expect(throws: Problem.self) { try Self.settings("large") }
        #expect(throws: Problem.self) { try Self.settings("16", kind: "patch") }
        for wrong: Float in [0, 1.5, .nan] { #expect(throws: Problem.self) { try Self.settings("16", stride: wrong) } }
        for wrong: Float in [-0.1, 1.5, .nan] { #expect(throws: Problem.self) { try Self.settings("16", diversity: wrong) } }
    }
}
