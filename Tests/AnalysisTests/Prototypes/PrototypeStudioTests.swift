import Diagnostics
import Foundation
import Images
import Run
import Testing

@testable import Analysis

struct PrototypeStudioTests {
    private final class Finished: @unchecked Sendable {
        var results: [String: PrototypeStudio.Result] = [:]
        var order: [String] = []
    }

    private static func make(
        _ tasks: [PrototypeTask], _ set: SmallDataSet, threads: Int = 1, seeds: Int = 1, steps: Int = 6
    ) throws -> Finished {
        let finished = Finished()
        let studio = PrototypeStudio(
            network: set.network, images: set.images,
            schedule: OptimisationSchedule(steps: steps, learningRate: 0.3, warmup: 2, jitter: 3), seed: 7, seeds: seeds,
            threads: threads)
        try studio.run(tasks) { _ in
        } deliver: {
            finished.order.append($0.task.name)
            finished.results[$0.task.name] = $0
        }
        return finished
    }

    private static func tasks(_ set: SmallDataSet) throws -> [PrototypeTask] {
        let sweep = try Sweep(network: set.network, images: set.images, layers: ["layer1"], capacity: 4, threads: 2)
        try sweep.run(progress: SilentProgress())
        let layers = [PrototypeTask.Layer(name: "conv1", weight: 1), .init(name: "layer1", weight: 2)]
        return (0..<10).map {
            PrototypeTask(
                target: .unit(layer: "layer1", unit: $0), layers: layers,
                choice: ReferenceChoice(from: sweep.accumulators[0].strongest(of: $0), count: 3, sentence: ""))
        }
    }

    /// Ten together are a full batch and an unfinished one; alone each is the first of its batch.
    @Test func aPrototypeDoesNotDependOnItsCompany() throws {
        try SmallDataSet.with { set in
            let tasks = try Self.tasks(set)
            let together = try Self.make(tasks, set)
            #expect(together.order == tasks.map(\.name))
            let reversed = try Self.make(tasks.reversed(), set, threads: 2)
            for task in tasks {
                let alone = try Self.make([task], set)
                let expected = try #require(together.results[task.name])
                for found in [alone.results[task.name], reversed.results[task.name]] {
                    #expect(found?.pictures == expected.pictures && found?.layers == expected.layers, "\(task.name)")
                    #expect(found?.curve == expected.curve && found?.measured == expected.measured, "\(task.name)")
                }
            }
            #expect(Set(tasks.compactMap { together.results[$0.name]?.pictures[0].pixels }).count == 10)
        }
    }

    @Test func theFirstSeedGivesTheSamePictureHoweverManyThereAre() throws {
        try SmallDataSet.with { set in
            let task = try Self.tasks(set)[3]
            let one = try #require(try Self.make([task], set).results[task.name])
            let three = try #require(try Self.make([task], set, seeds: 3).results[task.name])
            #expect(three.pictures.count == 3 && three.pictures[0] == one.pictures[0])
            #expect(Set(three.pictures.map(\.pixels)).count == 3)
        }
    }

    @Test func theLossFalls() throws {
        try SmallDataSet.with { set in
            let tasks = Array(try Self.tasks(set).prefix(3))
            let finished = try Self.make(tasks, set, steps: 60)
            for task in tasks {
                let result = try #require(finished.results[task.name])
                #expect(result.layers.map(\.layer) == ["conv1", "layer1"])
                let (start, end) = (result.layers.map(\.lossAtStart), result.layers.map(\.lossAtEnd))
                #expect(zip(start, end).allSatisfy { $1 < $0 }, "\(task.name): \(start) to \(end)")
                let (first, last) = (try #require(result.curve.first), try #require(result.curve.last))
                #expect(first.step == 0 && last.step == 59 && last.loss < 0.5 * first.loss)
            }
        }
    }
}
