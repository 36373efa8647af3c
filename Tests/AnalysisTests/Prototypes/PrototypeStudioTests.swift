import Diagnostics
import Foundation
import Images
import Network
import Run
import Testing

@testable import Analysis

struct PrototypeStudioTests {
    private final class Finished: @unchecked Sendable {
        var results: [String: PrototypeStudio.Result] = [:]
        var order: [String] = []
    }

    private static func make(
        _ tasks: [PrototypeTask], _ set: SmallDataSet, threads: Int = 1, seeds: Int = 1, steps: Int = 6,
        schedule: OptimisationSchedule? = nil
    ) throws -> Finished {
        let finished = Finished()
        let studio = PrototypeStudio(
            network: set.network, images: set.images,
            schedule: schedule ?? OptimisationSchedule(steps: steps, learningRate: 0.3, warmup: 2, jitter: 3), seed: 7, seeds: seeds,
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

    /// Two phases, at either resolution, each with a loss that falls; a picture alone is the picture in company.
    @Test func halfResolutionComesFirst() throws {
        try SmallDataSet.with { set in
            var schedule = OptimisationSchedule(.halfResolution, steps: 60, size: [32, 32])
            schedule.learningRate = 0.3
            #expect(schedule.phases == [.init(steps: 40, pooling: 2), .init(steps: 20, pooling: 1)])
            let tasks = Array(try Self.tasks(set).prefix(3))
            let finished = try Self.make(tasks, set, schedule: schedule)
            for task in tasks {
                let result = try #require(finished.results[task.name])
                let losses = Dictionary(uniqueKeysWithValues: result.curve.map { ($0.step, $0.loss) })
                let (first, half, full, last) = (losses[0] ?? 0, losses[39] ?? 0, losses[40] ?? 0, losses[59] ?? 0)
                #expect(half < 0.7 * first && last < full && last > 0, "\(first) \(half) \(full) \(last)")
                #expect(result.steps == 60 && result.pictures[0].width == 32)
            }
            let alone = try Self.make([tasks[2]], set, schedule: schedule).results[tasks[2].name]
            #expect(alone?.pictures == finished.results[tasks[2].name]?.pictures)
        }
    }

    /// What mirrored references keep of a unit's activation decides, for each target by itself.
    @Test func referencesDecideWhetherAPictureIsMirrored() throws {
        try SmallDataSet.with { set in
            let tasks = try Self.tasks(set)
            var schedule = OptimisationSchedule(steps: 6, learningRate: 0.3, warmup: 2, jitter: 3)
            func results(_ mirroring: Mirroring) throws -> [String: PrototypeStudio.Result] {
                schedule.mirroring = mirroring
                return try Self.make(tasks, set, schedule: schedule).results
            }
            let (never, always, decided) = (try results(.never), try results(.always), try results(.whereReferencesAllow))
            let workspace = try Workspace(
                Plan(set.network.graph, .init(batch: 1, input: [3, 32, 32], activations: ["layer1"], fuses: false)))
            func activation(_ reference: Reference, _ unit: Int, isMirrored: Bool) throws -> Float {
                try set.images.write(reference, into: workspace.input)
                for row in 0..<(isMirrored ? 3 * 32 : 0) {
                    var values = UnsafeMutableBufferPointer(start: workspace.input + 32 * row, count: 32)
                    values.reverse()
                }
                try workspace.forward()
                // Blocks of sixteen channels.
                let map = try workspace.activation(of: "layer1")
                return (0..<32 * 32).map { map[16 * $0 + unit] }.max() ?? 0
            }
            for (unit, task) in tasks.enumerated() {
                let result = try #require(decided[task.name]), mirroring = try #require(result.mirroring)
                let plain = try task.choice.references.reduce(0) { try $0 + activation($1, unit, isMirrored: false) }
                let mirrored = try task.choice.references.reduce(0) { try $0 + activation($1, unit, isMirrored: true) }
                #expect(abs(try #require(mirroring.share) - mirrored / plain) < 1e-5)
                #expect(result.pictures == (mirroring.isUsed ? always : never)[task.name]?.pictures)
                #expect(never[task.name]?.pictures != always[task.name]?.pictures && never[task.name]?.mirroring == nil)
            }
        }
    }

    @Test func whatLosesALotMirroredIsNotMirrored() {
        #expect(Prototype.Mirroring(plain: 2, mirrored: 1.3) == .init(isUsed: true, share: 0.65))
        #expect(Prototype.Mirroring(plain: 2, mirrored: 1) == .init(isUsed: false, share: 0.5))
        #expect(Prototype.Mirroring(plain: 0, mirrored: 1) == .init(isUsed: false, share: nil))
        #expect(Prototype.Mirroring(plain: -1, mirrored: -1) == .init(isUsed: false, share: nil))
    }

    @Test func aSettledPictureWaitsForTheOthers() throws {
        try SmallDataSet.with { set in
            var schedule = OptimisationSchedule(steps: 120, size: [32, 32])
            schedule.settling = Settling(window: 5, tolerance: 0.2, rate: 0.1)
            let tasks = Array(try Self.tasks(set).prefix(4))
            let together = try Self.make(tasks, set, schedule: schedule)
            for task in tasks {
                let result = try #require(together.results[task.name])
                let alone = try #require(try Self.make([task], set, schedule: schedule).results[task.name])
                #expect(result.steps < 120 && result.steps == alone.steps && result.pictures == alone.pictures)
                #expect(result.curve.last?.step == result.steps - 1)
            }
        }
    }

    @Test func thePriorFades() throws {
        try SmallDataSet.with { set in
            var task = try Self.tasks(set)[0]
            func spread(_ result: PrototypeStudio.Result?) -> Double {
                let pixels = result?.pictures[0].pixels.map(Double.init) ?? []
                let mean = pixels.reduce(0, +) / Double(pixels.count)
                return pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels.count)
            }
            let plain = spread(try Self.make([task], set, steps: 60).results[task.name])
            task.prior = ImagePrior(totalVariation: 1, norm: 0)
            let smooth = spread(try Self.make([task], set, steps: 60).results[task.name])
            #expect(smooth < 0.5 * plain)
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
