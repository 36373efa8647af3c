import Diagnostics
import Foundation
import Run
import Testing

@testable import Analysis

struct SweepTests {
    private static let layers = ["layer1", "layer3"]

    private final class Saved: @unchecked Sendable { var states: [[UInt8]] = [] }

    private static func sweep(_ set: SmallDataSet, threads: Int) throws -> Sweep {
        try Sweep(network: set.network, images: set.images, layers: layers, capacity: 4, threads: threads)
    }

    private static func units(_ sweep: Sweep) -> [[LayerStatistics.Unit]] {
        sweep.accumulators.map { $0.statistics(exemplars: 4, input: [3, 32, 32]).units }
    }

    @Test func statisticsAreTheSameOnAnyNumberOfThreads() throws {
        try SmallDataSet.with { set in
            let one = try Self.sweep(set, threads: 1), three = try Self.sweep(set, threads: 3)
            try one.run(progress: SilentProgress())
            try three.run(progress: SilentProgress())
            #expect(Self.units(one) == Self.units(three) && one.tally.predicted == three.tally.predicted)
            #expect(one.accumulators.map(\.layer) == ["layer1", "layer3", "linear"])
            #expect(Self.units(one)[0].contains { $0.maximum > 0 })
        }
    }

    @Test func anImageThatCannotBeReadIsSkippedAndListed() throws {
        try SmallDataSet.with { set in
            let sweep = try Self.sweep(set, threads: 2)
            try sweep.run(progress: SilentProgress())
            let broken = try #require(set.images.folder.items.firstIndex { $0.relativePath.hasSuffix("09.png") })
            #expect(sweep.skipped.map(\.path) == [set.images.folder.items[broken].relativePath])
            #expect(sweep.used == 12 && sweep.labelled == 12 && sweep.accumulators[0].images == 12)
            #expect(sweep.tally.predicted[broken] == -1 && sweep.tally.predicted.count { $0 >= 0 } == 12)
            for unit in Self.units(sweep)[0] { #expect(!unit.strongest.contains { $0.image == broken }) }
        }
    }

    @Test func aRestoredSweepIsWhereItWas() throws {
        try SmallDataSet.with { set in
            let sweep = try Self.sweep(set, threads: 1)
            let saved = Saved()
            try sweep.run(progress: SilentProgress()) { saved.states.append($0) }
            let state = try #require(saved.states.last)
            let restored = try Self.sweep(set, threads: 1)
            try restored.restore(state)
            // Nothing is left to do, and nothing is counted twice.
            let again = Saved()
            try restored.run(progress: SilentProgress()) { again.states.append($0) }
            #expect(again.states.last == state)
            #expect(Self.units(restored) == Self.units(sweep) && restored.skipped == sweep.skipped && restored.used == 12)
            #expect(throws: Problem.self) { try Self.sweep(set, threads: 1).restore(Array(state.prefix(state.count / 2))) }
        }
    }

    @Test func nothingReadableIsAProblem() throws {
        try SmallDataSet.with { set in
            for item in set.images.folder.items { try Data([1, 2, 3]).write(to: URL(fileURLWithPath: item.path)) }
            let problem = try #require(throws: Problem.self) {
                try Self.sweep(set, threads: 2).run(progress: SilentProgress())
            }
            #expect(problem.summary == "None of the 13 images could be read")
            #expect(problem.explanation?.contains(set.images.folder.items[0].relativePath) == true)
        }
    }
}
