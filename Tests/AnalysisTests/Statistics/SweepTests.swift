import Diagnostics
import Foundation
import Run
import Testing

@testable import Analysis

struct SweepTests {
    private static let layers = ["layer1", "layer3"]

    private final class Saved: @unchecked Sendable {
        var states: [[UInt8]] = []
        var last: [UInt8] = []
    }

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

    @Test func blocksDivideAListingWhateverTheShards() throws {
        for images in [1, 63, 64, 65, 450, 4096, 4097, 50_000, 1_281_167] {
            let blocks = SweepBlocks(of: images)
            // Every micro-batch lies within a block, and few images are one block.
            #expect(blocks.size % 8 == 0 && (1...SweepBlocks.most).contains(blocks.count) && (images > 64 || blocks.count == 1))
            for count in [1, 2, 3, 7, 64, 100] {
                let shards = (1...count).compactMap { RunShard($0, of: count) }
                #expect(shards.flatMap(blocks.blocks) == Array(0..<blocks.count))
                var next = 0
                for shard in shards {
                    let range = blocks.images(of: shard)
                    #expect(range.lowerBound == next && range.count == blocks.blocks(of: shard).reduce(0) { $0 + blocks.images(of: $1).count })
                    next = range.upperBound
                }
                #expect(next == images)
            }
        }
        #expect(RunShard("3/8")?.share(of: Array(0..<20)) == [2, 10, 18] && RunShard("0/8") == nil && RunShard("9/8") == nil && RunShard("3") == nil)
    }

    @Test func blocksAddUpAsTheyDoInOnePass() throws {
        try SmallDataSet.with { set in
            func sweep(_ shard: RunShard? = nil) throws -> Sweep {
                try Sweep(
                    network: set.network, images: set.images, layers: Self.layers, capacity: 4, threads: 2, blocks: SweepBlocks(of: 13, size: 8),
                    shard: shard)
            }
            let saved = Saved()
            let one = try sweep()
            try one.run(progress: SilentProgress()) { saved.states.append($0) }
            let blocks = Saved()
            var joined: SweepState?
            for shard in (1...2).compactMap({ RunShard($0, of: 2) }) {
                try sweep(shard).run(progress: SilentProgress(), save: { blocks.last = $0 }) { _, sums in blocks.states.append(sums.bytes) }
                let state = try SweepState(blocks.last)
                if joined == nil { joined = state } else { try joined?.append(state) }
            }
            var sums = try SweepSums(blocks.states[0])
            sums.append(try SweepSums(blocks.states[1]))
            joined?.sums = sums
            #expect(blocks.states.count == 2 && joined?.isWhole == true && joined?.bytes == saved.states.last)
            // A single block differs in the last digits only.
            let plain = try Self.sweep(set, threads: 1)
            try plain.run(progress: SilentProgress())
            for (unit, other) in zip(Self.units(plain).joined(), Self.units(one).joined()) {
                #expect(abs(unit.mean - other.mean) <= 1e-6 * abs(unit.mean) && unit.strongest == other.strongest)
            }
            #expect(throws: Problem.self) { try joined?.append(SweepState(blocks.last)) }
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
