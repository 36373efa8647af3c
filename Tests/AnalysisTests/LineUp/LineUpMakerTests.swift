import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct LineUpMakerTests {
    private static let layers = ["layer1", "layer3"]

    /// A maker of line-ups of two and two, with the tasks of every unit but the last and what the sweep found.
    private static func parts(
        _ set: SmallDataSet, window: String, threads: Int = 2
    ) throws -> (maker: LineUpMaker, tasks: [PrototypeTask], statistics: [LayerStatistics], readable: [Int]) {
        let options = RunOptions(
            layers: layers, units: "all", classes: "none", labels: nil, seed: 5, steps: 1, references: 2, window: window,
            windowStride: 0.5, jitter: 0, learningRate: 1, warmup: 0, strongest: 1, command: "")
        let sweep = try Sweep(network: set.network, images: set.images, layers: layers, capacity: 12, threads: 2)
        try sweep.run(progress: SilentProgress())
        let settings = try ReferenceSettings(options, input: set.network.input.shape)
        let statistics = layers.indices.map { sweep.accumulators[$0].statistics(exemplars: 1, input: set.network.input.shape) }
        let search = ReferenceSearch(network: set.network, images: set.images, settings: settings, threads: 2)
        let units = layers.indices.flatMap { layer in (0..<statistics[layer].units.count - 1).map { (layer, $0) } }
        let choices = try search.choices(
            for: units.map { ReferenceCandidates(unit: $1, in: sweep.accumulators[$0], settings, input: set.network.input.shape) },
            progress: SilentProgress(), state: { _ in nil }, save: { _, _ in })
        let tasks = zip(units, choices).map { unit, choice in
            PrototypeTask(target: .unit(layer: layers[unit.0], unit: unit.1), layers: [], choice: choice)
        }
        let maker = LineUpMaker(
            network: set.network, images: set.images, settings: settings, seed: 5, threads: threads, each: 2)
        return (maker, tasks, statistics, sweep.tally.predicted.indices.filter { sweep.tally.predicted[$0] >= 0 })
    }

    /// The unit's largest activation on one picture, which goes through the network alone, operation by operation.
    private static func maximum(
        _ set: SmallDataSet, _ reference: Reference, _ layer: String, _ unit: Int, _ workspace: Workspace
    ) throws -> Float {
        try set.images.write(reference, into: workspace.input)
        try workspace.forward()
        let shape = try workspace.plan.shape(of: layer)
        return LayerSummary(try workspace.activation(of: layer), images: 1, shape: shape).maximum[unit]
    }

    @Test(arguments: ["none", "16", "receptive"])
    func picturesAreWhatTheySay(_ window: String) throws {
        try SmallDataSet.with { set in
            let (maker, tasks, statistics, readable) = try Self.parts(set, window: window)
            let lineUps = try maker.lineUps(for: tasks, statistics: statistics, readable: readable, progress: SilentProgress())
            #expect(lineUps.map(\.layer) == Self.layers && lineUps.allSatisfy { $0.drawn == 12 })
            let plain = try Workspace(
                Plan(set.network.graph, .init(batch: 1, input: [3, 32, 32], activations: Self.layers, fuses: false)))
            #expect(lineUps.reduce(0) { $0 + $1.questions.count } > 5)
            for (lineUp, layer) in zip(lineUps, statistics) {
                for question in lineUp.questions {
                    let task = try #require(tasks.first { $0.target == .unit(layer: lineUp.layer, unit: question.unit) })
                    #expect(question.pictures.count { $0.excites } == 2 && question.pictures.count == 4)
                    #expect(Set(question.pictures.map(\.image)).count == 4)
                    #expect(Set(question.pictures.map { $0.window.map { [$0[2] - $0[0], $0[3] - $0[1]] } }).count == 1)
                    for shown in question.pictures {
                        let reference = Reference(image: shown.image, window: shown.window)
                        let expected = try Self.maximum(set, reference, lineUp.layer, question.unit, plain)
                        #expect(abs(shown.activation - expected) <= 1e-4 * max(1, abs(expected)))
                        #expect(shown.shareBelow == layer.units[question.unit].histogram.share(below: shown.activation))
                        #expect(shown.excites ? shown.shareBelow >= 0.75 : shown.shareBelow < 0.5)
                        let isMatched = task.choice.references.contains { $0.image == shown.image && $0.window == shown.window }
                        #expect(shown.isReference == isMatched)
                        if !shown.excites { #expect(!task.choice.references.contains { $0.image == shown.image }) }
                    }
                }
            }
            // Of both layers in turn, each number once.
            let numbered = lineUps.flatMap { lineUp in lineUp.questions.compactMap { question in question.number.map { ($0, lineUp.layer) } } }
                .sorted { $0.0 < $1.0 }
            #expect(numbered.map(\.0) == Array(1...numbered.count) && numbered.count <= LineUpMaker.shownQuestions)
            if lineUps.allSatisfy({ !$0.questions.isEmpty }) { #expect(numbered.prefix(2).map(\.1) == Self.layers) }
        }
    }

    @Test func aUnitsLineUpDependsOnNothingButItself() throws {
        try SmallDataSet.with { set in
            let (maker, tasks, statistics, readable) = try Self.parts(set, window: "16", threads: 3)
            let all = try maker.lineUps(for: tasks, statistics: statistics, readable: readable, progress: SilentProgress())
            let question = try #require(all[1].questions.last)
            let alone = try Self.parts(set, window: "16", threads: 1).maker.lineUps(
                for: tasks.filter { $0.target == .unit(layer: "layer3", unit: question.unit) }, statistics: statistics,
                readable: readable, progress: SilentProgress())
            #expect(alone.map(\.layer) == ["layer3"] && alone[0].questions.map(\.pictures) == [question.pictures])
        }
    }

    @Test func windowsAreKeptAtTheirOwnSize() throws {
        try SmallDataSet.with { set in
            let (maker, tasks, statistics, readable) = try Self.parts(set, window: "16")
            let lineUps = try maker.lineUps(for: tasks, statistics: statistics, readable: readable, progress: SilentProgress())
            let folder = try RunFolder.create(at: set.path + "-run")
            defer { try? FileManager.default.removeItem(atPath: folder.path) }
            try maker.keepWindows(lineUps, in: folder)
            for shown in lineUps.flatMap({ $0.questions.flatMap(\.pictures) }) {
                let window = try #require(shown.window)
                let path = try #require(RunPath(shown.picture))
                let bytes = try #require(try folder.readBytes(path))
                #expect(try ImageDecoder.decode(bytes, name: "") == set.images.picture(shown.image).cropped(to: window))
            }
        }
    }
}
