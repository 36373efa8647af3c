import Diagnostics
import Foundation
import FoundationXML
import Images
import Network
import Tensors
import Testing

@testable import Training

@Suite struct TrainerTests {
    /// A task that a network learns at once: which colour is brightest.
    private struct World {
        let path: String
        let network: ImageNetwork
        let pictures: LabelledPictures

        func trainer(
            _ name: String, epochs: Int = 2, rate: Float = 0.02, objectives: [any Objective]? = nil, seed: UInt64 = 1
        ) throws -> Trainer {
            var settings = Trainer.Settings(epochs: epochs, rates: .init(initial: rate, milestones: [1]))
            (settings.batchSize, settings.seed) = (4, seed)
            let folder = try folder(name, epochs: epochs, seed: seed)
            // Nobody else trains there.
            _ = try folder.lock(SilentProgress())
            let trainer = try Trainer(
                network, training: pictures, validation: pictures, objectives: objectives ?? [LabelObjective(layer: network.logits)],
                settings: settings, threads: 1, folder: folder,
                metadata: ["architecture": network.architecture], constants: [("a.constant", Tensor(shape: [1], values: [0.5]))])
            trainer.saveInterval = .zero
            return trainer
        }

        func folder(_ name: String, epochs: Int = 2, seed: UInt64 = 1) throws -> TrainingFolder {
            try TrainingFolder(at: "\(path)-\(name)", options: TrainingOptions([("epochs", "\(epochs)"), ("seed", "\(seed)")]))
        }

        func bytes(_ name: String, _ file: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: "\(path)-\(name)/\(file)"))
        }
    }

    private func withWorld(perClass: Int = 5, _ body: (World) throws -> Void) throws {
        try withSmallPictures(classes: ["blue", "green", "red"], perClass: perClass, size: 32) { path in
            defer {
                for name in ["a", "b", "c", "d"] { try? FileManager.default.removeItem(atPath: "\(path)-\(name)") }
            }
            let values = try InitialValues(architecture: "cifar_resnet20", classes: 3, seed: 1)
            let network = try Architectures.network(values, architecture: "cifar_resnet20")
            let preprocessing = try Preprocessing(
                resize: nil, cropHeight: 32, cropWidth: 32, mean: network.input.mean, standardDeviation: network.input.standardDeviation)
            let pictures = try LabelledPictures(ImageFolder(path: path), preprocessing: preprocessing, cacheBytes: 1 << 24)
            try body(World(path: path, network: network, pictures: pictures))
        }
    }

    /// Breaks off, or gives a loss that is not one, at a certain step.
    private final class Interruption: Objective {
        let name = "cross_entropy"
        let weight: Float = 1
        private let inner: LabelObjective
        private var left: Int
        private let loss: Double?

        init(_ network: ImageNetwork, after steps: Int, loss: Double? = nil) {
            inner = LabelObjective(layer: network.logits)
            left = steps
            self.loss = loss
        }

        var layers: [String] { inner.layers }

        func loss(of step: TrainingStep) throws -> Double {
            if left == 0 {
                guard let loss else { throw Problem("interrupted") }
                return loss
            }
            left -= 1
            return try inner.loss(of: step)
        }
    }

    @Test func `a network learns, and its file loads`() throws {
        try withWorld { world in
            let trainer = try world.trainer("a", epochs: 6)
            try trainer.run(progress: SilentProgress())
            let rows = trainer.log.rows
            #expect(rows.count == 6 && rows.map(\.epoch) == Array(1...6))
            #expect(try #require(rows.last).loss < rows[0].loss && trainer.bestAccuracy == 1)
            let file = try Checkpoint.read(path: world.path + "-a/model.safetensors")
            #expect(file.metadata["architecture"] == "cifar_resnet20" && file.names.contains("a.constant"))
            let network = try Architectures.network(file, architecture: nil)
            #expect(network.architecture == "cifar_resnet20" && network.classCount == 3 && network.unusedTensors == ["a.constant"])
            let accuracy = try Evaluation.accuracy(of: network.graph, network, on: world.pictures, threads: 2)
            #expect(accuracy == rows.last?.validationAccuracy)
            let lines = String(decoding: try world.bytes("a", "log.csv"), as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 7)
            #expect(lines[0] == "epoch,learning_rate,loss,cross_entropy,train_accuracy,validation_accuracy,seconds")
            let rates = lines[1...].compactMap { $0.split(separator: ",").dropFirst().first.flatMap { Double($0) } }
            #expect(zip(rates, [0.02, 0.002, 0.002, 0.002, 0.002, 0.002]).allSatisfy { abs($0 / $1 - 1) < 1e-6 } && rates.count == 6)
            #expect(try XMLDocument(data: world.bytes("a", "curve.svg")).rootElement()?.name == "svg")
        }
    }

    @Test func `a training that was broken off anywhere ends in the same bytes`() throws {
        try withWorld { world in
            let whole = try world.trainer("a")
            try whole.run(progress: SilentProgress())
            // Fifteen images in batches of four: four steps an epoch, the last with three images.
            for steps in [0, 1, 3, 4, 6] {
                let name = "b"
                try? FileManager.default.removeItem(atPath: "\(world.path)-\(name)")
                let broken = try world.trainer(name, objectives: [Interruption(world.network, after: steps)])
                #expect(throws: Problem.self) { try broken.run(progress: SilentProgress()) }
                #expect(!FileManager.default.fileExists(atPath: "\(world.path)-\(name)/model.safetensors"))
                let resumed = try world.trainer(name)
                #expect(resumed.epochsDone == steps / 4)
                try resumed.run(progress: SilentProgress())
                for file in ["model.safetensors", "best.safetensors"] {
                    #expect(try world.bytes("a", file) == world.bytes(name, file), "\(file) after \(steps) steps")
                }
                #expect(resumed.log.rows.map(\.loss) == whole.log.rows.map(\.loss))
                #expect(resumed.log.rows.map(\.trainAccuracy) == whole.log.rows.map(\.trainAccuracy))
            }
            // Another seed is another training, and once done nothing more is done.
            try world.trainer("c", seed: 2).run(progress: SilentProgress())
            #expect(try world.bytes("a", "model.safetensors") != world.bytes("c", "model.safetensors"))
            let before = try world.bytes("a", "model.safetensors")
            try world.trainer("a").run(progress: SilentProgress())
            #expect(try world.bytes("a", "model.safetensors") == before)
        }
    }

    @Test func `a training with other options is refused, with the difference`() throws {
        try withWorld { world in
            // One that was not begun is in nobody's way.
            _ = try world.trainer("b")
            _ = try world.trainer("b", epochs: 3)
            try world.trainer("a").run(progress: SilentProgress())
            let problem = try #require(throws: Problem.self) { try world.trainer("a", epochs: 3) }
            #expect(problem.kind == .usage && problem.summary.contains("epochs was 2 and is 3") && !problem.summary.contains("seed"))
            #expect(problem.remedy?.contains("--from \(world.path)-a/model.safetensors") == true, "\(problem)")
            let foreign = try #require(throws: Problem.self) { try TrainingFolder(at: world.path, options: TrainingOptions([])) }
            #expect(foreign.summary.contains("not a folder of a training"))
        }
    }

    /// Two commands that were begun at once, before either had written anything.
    @Test func `of two trainings with other options in one folder one is refused, before and after the other's end`() throws {
        try withWorld { world in
            let (first, other, same) = (try world.folder("a"), try world.folder("a", epochs: 3), try world.folder("a"))
            let leftover = "\(first.path)/.vitrine-tmp-1-abc"
            #expect(FileManager.default.createFile(atPath: leftover, contents: Data("half".utf8)))
            try withExtendedLifetime(try first.lock(SilentProgress())) {
                #expect(!FileManager.default.fileExists(atPath: leftover))
                let busy = try #require(throws: Problem.self) { try other.lock(SilentProgress()) }
                #expect(busy.kind == .usage && busy.summary.contains("Another process") && busy.summary.contains("epochs was 2 and is 3"))
            }
            try world.trainer("a").run(progress: SilentProgress())
            let options = try world.bytes("a", "options.json")
            let late = try #require(throws: Problem.self) { try other.lock(SilentProgress()) }
            #expect(late.kind == .usage && late.summary.contains("holds a training with other options: epochs was 2 and is 3"))
            #expect(try world.bytes("a", "options.json") == options)
            _ = try same.lock(SilentProgress())
        }
    }

    @Test(arguments: [Double.nan, 1e4])
    func `a loss that diverges ends training, and the last good state stays`(loss: Double) throws {
        try withWorld { world in
            let trainer = try world.trainer("a", objectives: [Interruption(world.network, after: 5, loss: loss)])
            let problem = try #require(throws: Problem.self) { try trainer.run(progress: SilentProgress()) }
            #expect(problem.kind == .failure && problem.summary.contains("epoch 2, batch 2"), "\(problem)")
            #expect(problem.explanation?.contains("last.safetensors") == true)
            // What it keeps is from before, and whole.
            try world.trainer("b").run(progress: SilentProgress())
            try world.trainer("a").run(progress: SilentProgress())
            #expect(try world.bytes("a", "model.safetensors") == world.bytes("b", "model.safetensors"))
        }
    }

    @Test func `what is wrong before anything is learned is not blamed on the learning rate`() throws {
        try withWorld { world in
            let trainer = try world.trainer("a", objectives: [Interruption(world.network, after: 0, loss: .infinity)])
            let problem = try #require(throws: Problem.self) { try trainer.run(progress: SilentProgress()) }
            #expect(problem.summary == "The first loss is no number: it is inf" && problem.remedy?.contains("--learning-rate") == false)
        }
    }

    @Test func `a damaged state is named, and what to do about it`() throws {
        try withWorld { world in
            try world.trainer("a").run(progress: SilentProgress())
            let path = world.path + "-a/last.safetensors"
            try world.bytes("a", "last.safetensors").prefix(200).write(to: URL(fileURLWithPath: path))
            let problem = try #require(throws: Problem.self) { try world.trainer("a") }
            #expect(problem.summary.contains(path) && problem.remedy?.contains("Remove it to begin anew") == true)
            try FileManager.default.removeItem(atPath: path)
            let model = try world.bytes("a", "model.safetensors")
            try world.trainer("a").run(progress: SilentProgress())
            #expect(try world.bytes("a", "model.safetensors") == model)
        }
    }

    @Test func `weights that are not finite are not kept`() throws {
        try withWorld { world in
            let trainer = try world.trainer("a", epochs: 4, rate: 1e30)
            let problem = try #require(throws: Problem.self) { try trainer.run(progress: SilentProgress()) }
            #expect(problem.summary.contains("diverges"), "\(problem)")
            let last = try Checkpoint.read(path: world.path + "-a/last.safetensors")
            #expect(try last.nonFiniteTensors() == [])
        }
    }

    @Test func `objectives at one layer add up`() throws {
        try withWorld { world in
            let logits = world.network.logits
            let halves = [LabelObjective(layer: logits, weight: 0.5), LabelObjective(name: "again", layer: logits, weight: 0.5)]
            let trainer = try world.trainer("a", objectives: halves)
            try trainer.run(progress: SilentProgress())
            try world.trainer("b").run(progress: SilentProgress())
            #expect(trainer.log.objectives == ["cross_entropy", "again"])
            for row in trainer.log.rows { #expect(row.losses[0] == row.losses[1] && abs(row.loss - row.losses[0]) < 1e-12) }
            #expect(try world.bytes("a", "model.safetensors") == world.bytes("b", "model.safetensors"))
        }
    }
}
