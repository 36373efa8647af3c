import Diagnostics
import Foundation
import Images
import Network
import Tensors
import Testing

@testable import Training

/// For how many images a student names the class that its teacher names, epoch by epoch.
@Suite struct AgreementTests {
    private struct World {
        let path: String
        let student: ImageNetwork
        let teacher: ImageNetwork
        let pictures: LabelledPictures

        /// Fifteen images in batches of four: four steps an epoch, the last with three images.
        func trainer(_ name: String, objective: (any Objective)? = nil, hasTeacher: Bool = true) throws -> Trainer {
            var settings = Trainer.Settings(epochs: 2, rates: .init(initial: 0.02, milestones: [1]))
            (settings.batchSize, settings.seed) = (4, 1)
            let pass = hasTeacher ? try TeacherPass(teacher, beside: student, threads: 1) : nil
            try pass?.keep(teacher.logits)
            let folder = try TrainingFolder(at: "\(path)-\(name)", options: TrainingOptions([("epochs", "2")]))
            _ = try folder.lock(SilentProgress())
            let trainer = try Trainer(
                student, training: pictures, validation: nil, objectives: [objective ?? LabelObjective(layer: student.logits)], teacher: pass,
                settings: settings, threads: 1, folder: folder)
            trainer.saveInterval = .zero
            return trainer
        }

        func text(_ name: String, _ file: String) throws -> String { try String(contentsOfFile: "\(path)-\(name)/\(file)", encoding: .utf8) }
        func weights(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: "\(path)-\(name)/model.safetensors")) }
    }

    private func withWorld(_ body: (World) throws -> Void) throws {
        try withSmallPictures(classes: ["blue", "green", "red"], size: 32) { path in
            defer { for name in ["a", "b", "c"] { try? FileManager.default.removeItem(atPath: "\(path)-\(name)") } }
            func network(_ architecture: String, seed: UInt64) throws -> ImageNetwork {
                try Architectures.network(InitialValues(architecture: architecture, classes: 3, seed: seed), architecture: architecture)
            }
            let student = try network("cifar_resnet14", seed: 1), teacher = try network("cifar_resnet8", seed: 3)
            let preprocessing = try Preprocessing(
                resize: nil, cropHeight: 32, cropWidth: 32, mean: student.input.mean, standardDeviation: student.input.standardDeviation)
            let pictures = try LabelledPictures(ImageFolder(path: path), preprocessing: preprocessing, cacheBytes: 1 << 24)
            try body(World(path: path, student: student, teacher: teacher, pictures: pictures))
        }
    }

    /// Learns labels, and counts what the two networks say of every batch; breaks off after some steps if told to.
    private final class Witness: Objective {
        struct Interruption: Error {}

        let name = "cross_entropy"
        let weight: Float = 1
        private let inner: LabelObjective
        private let networks: (student: ImageNetwork, teacher: ImageNetwork)
        private let last: Int?
        /// Of each step, an image after the other: its label, and what the networks say.
        private(set) var steps: [[(label: Int, student: Int, teacher: Int)]] = []

        init(_ student: ImageNetwork, _ teacher: ImageNetwork, last: Int? = nil) {
            (inner, networks, self.last) = (LabelObjective(layer: student.logits), (student, teacher), last)
        }

        var layers: [String] { inner.layers }

        func loss(of step: TrainingStep) throws -> Double {
            if let last, steps.count == last { throw Interruption() }
            let count = step.batch.count, own = try step.activation(of: networks.student.logits), teacher = networks.teacher
            let workspace = try Workspace(
                Plan(teacher.graph, .init(batch: count, input: teacher.input.shape, activations: [teacher.logits], fuses: false)))
            workspace.input.update(from: step.batch.images, count: count * teacher.input.shape.count)
            try workspace.forward()
            let logits = try workspace.activationTensor(of: teacher.logits).values
            func largest(_ values: [Float]) -> Int { values.indices.filter { values[$0] == values.max() }[0] }
            steps.append(
                (0..<count).map { image in
                    // Sixteen channels are a block.
                    (step.batch.labels[image], largest((0..<3).map { own[16 * image + $0] }), largest((0..<3).map { logits[3 * image + $0] }))
                })
            return try inner.loss(of: step)
        }
    }

    @Test func `what is counted is what the networks say, and changes nothing`() throws {
        try withWorld { world in
            let witness = Witness(world.student, world.teacher)
            let trainer = try world.trainer("a", objective: witness)
            try trainer.run(progress: SilentProgress())
            #expect(witness.steps.map(\.count) == [4, 4, 4, 3, 4, 4, 4, 3])
            var lines = ["epoch,class,images,agreed"], cells: [[String]] = []
            for (epoch, row) in trainer.log.rows.enumerated() {
                let images = witness.steps[4 * epoch..<4 * epoch + 4].flatMap { $0 }
                let agreement = try #require(row.agreement)
                #expect(agreement.images == [5, 5, 5])
                #expect(agreement.agreed == (0..<3).map { label in images.count { $0.label == label && $0.student == $0.teacher } })
                #expect(agreement.teacherCorrect == images.count { $0.label == $0.teacher })
                #expect(row.trainAccuracy == Double(images.count { $0.label == $0.student }) / 15)
                #expect(agreement.share == Double(images.count { $0.student == $0.teacher }) / 15)
                lines += (0..<3).map { "\(epoch + 1),\($0),5,\(agreement.agreed[$0])" }
                cells.append(["\(Double(agreement.teacherCorrect) / 15)", "\(agreement.share)"])
            }
            // The question is not one that answers itself.
            let all = witness.steps.flatMap { $0 }
            #expect(Set(all.map(\.teacher)).count > 1 && (1..<all.count).contains(all.count { $0.student == $0.teacher }))
            #expect(try world.text("a", "agreement.csv") == lines.map { $0 + "\n" }.joined())
            let log = try world.text("a", "log.csv").split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            #expect(log[0] == ["epoch", "learning_rate", "loss", "cross_entropy", "train_accuracy", "teacher_accuracy", "teacher_agreement", "validation_accuracy", "seconds"])
            #expect(log[1...].map { $0[5...6].map(String.init) } == cells)
            #expect(try world.text("a", "curve.svg").contains(">agreement</text>"))

            let alone = try world.trainer("b", hasTeacher: false)
            try alone.run(progress: SilentProgress())
            #expect(try world.weights("a") == world.weights("b"))
            #expect(alone.log.rows.allSatisfy { $0.agreement == nil } && !FileManager.default.fileExists(atPath: "\(world.path)-b/agreement.csv"))
            #expect(try !world.text("b", "log.csv").contains("teacher") && !world.text("b", "curve.svg").contains("agreement"))
        }
    }

    @Test func `a training that was broken off counts every image once`() throws {
        try withWorld { world in
            let whole = try world.trainer("a")
            try whole.run(progress: SilentProgress())
            for steps in [2, 4, 7] {
                try? FileManager.default.removeItem(atPath: "\(world.path)-b")
                let broken = try world.trainer("b", objective: Witness(world.student, world.teacher, last: steps))
                #expect(throws: Witness.Interruption.self) { try broken.run(progress: SilentProgress()) }
                let resumed = try world.trainer("b")
                try resumed.run(progress: SilentProgress())
                #expect(resumed.log.rows.map(\.agreement) == whole.log.rows.map(\.agreement), "after \(steps) steps")
                #expect(try world.text("a", "agreement.csv") == world.text("b", "agreement.csv"))
                #expect(try world.weights("a") == world.weights("b"))
            }
        }
    }

    /// Writes the state of a training that was broken off again, with what `change` makes of it.
    private func change(_ path: String, _ change: (_ state: inout [String: Any]) -> Void) throws {
        let file = try Checkpoint.read(path: path)
        var metadata = file.metadata
        let text = try #require(metadata["training_state"])
        var state = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        change(&state)
        metadata["training_state"] = String(decoding: try JSONSerialization.data(withJSONObject: state), as: UTF8.self)
        try Safetensors.write(file.names.map { ($0, try file.tensor($0)) }, metadata: metadata, to: path)
    }

    @Test func `a state of a program that did not count is gone on from`() throws {
        try withWorld { world in
            let whole = try world.trainer("a")
            try whole.run(progress: SilentProgress())
            let broken = try world.trainer("b", objective: Witness(world.student, world.teacher, last: 2))
            #expect(throws: Witness.Interruption.self) { try broken.run(progress: SilentProgress()) }
            try change("\(world.path)-b/last.safetensors") { state in
                var tally = state["tally"] as? [String: Any]
                #expect(tally?.removeValue(forKey: "agreement") != nil)
                state["tally"] = tally
            }
            // Half an epoch says nothing of the whole.
            let resumed = try world.trainer("b")
            try resumed.run(progress: SilentProgress())
            #expect(resumed.log.rows.map(\.agreement) == [nil, whole.log.rows[1].agreement])
            let lines = try world.text("b", "log.csv").split(separator: "\n")
            #expect(lines[1].contains(",,,") && lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 9 })
            #expect(try world.text("b", "agreement.csv").split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("2,") })
            #expect(try world.weights("a") == world.weights("b"))

            let other = try world.trainer("c", objective: Witness(world.student, world.teacher, last: 2))
            #expect(throws: Witness.Interruption.self) { try other.run(progress: SilentProgress()) }
            try change("\(world.path)-c/last.safetensors") { state in
                var tally = state["tally"] as? [String: Any]
                tally?["agreement"] = ["images": [1], "agreed": [1], "teacherCorrect": 0]
                state["tally"] = tally
            }
            let problem = try #require(throws: Problem.self) { try world.trainer("c") }
            #expect(problem.summary.contains("other classes"))
        }
    }
}
