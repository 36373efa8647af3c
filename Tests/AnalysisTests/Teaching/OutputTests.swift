import Dataset
import Diagnostics
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct OutputTests {
    private struct Golden: Decodable {
        struct Tally: Decodable {
            var images, labelled, agreed, teacherCorrect, studentCorrect, bothCorrect, sameMistake: Int
            var divergences: [Float]
        }

        var teacher, student: [[Float?]]
        var labels: [Int?]
        var temperatures: [Float]
        var total: Tally
        var classes, byTeacher: [Tally]
        var widest, onlyTeacher, onlyStudent: [Int]
        var divergence: [Float]
        var probabilities: [[Float]]
    }

    private static func tally(_ golden: Golden, isLabelled: Bool = true) -> OutputTally {
        var tally = OutputTally(classCount: 5, temperatures: golden.temperatures, isLabelled: isLabelled)
        for image in golden.labels.indices {
            let logits = [golden.teacher, golden.student].map { $0[image].map { $0 ?? .nan } }
            tally.add(image: image, label: golden.labels[image], teacher: logits[0][...], student: logits[1][...])
        }
        return tally
    }

    private static func expect(_ found: TeacherComparison.Tally, _ wanted: Golden.Tally, isLabelled: Bool = true) {
        #expect([found.images, found.agreed] == [wanted.images, wanted.agreed])
        if isLabelled {
            #expect(
                [found.labelled, found.teacherCorrect, found.studentCorrect, found.bothCorrect, found.sameMistake]
                    == [wanted.labelled, wanted.teacherCorrect, wanted.studentCorrect, wanted.bothCorrect, wanted.sameMistake])
        }
        #expect(found.divergences.count == 2 && zip(found.divergences, wanted.divergences).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func `counts and divergences are those of torch`() throws {
        let golden: Golden = try goldenFile("outputs")
        let outputs = Self.tally(golden).outputs()
        #expect(outputs.undefined == 1)
        Self.expect(outputs.total, golden.total)
        for (found, wanted) in zip(outputs.classes, golden.classes) { Self.expect(found, wanted) }
        #expect(outputs.widest.map(\.image) == golden.widest)
        #expect(outputs.onlyTeacher.map(\.image) == golden.onlyTeacher && outputs.onlyStudent.map(\.image) == golden.onlyStudent)
        for (example, wanted) in zip(outputs.widest, zip(golden.divergence, golden.probabilities)) {
            #expect(abs(example.divergence - wanted.0) < 1e-6)
            #expect(abs(example.teacher.probability - wanted.1[0]) < 1e-6 && abs(example.student.probability - wanted.1[1]) < 1e-6)
        }
        // Without labels, images go by what the teacher says, and nothing is right.
        let unlabelled = Self.tally(golden, isLabelled: false).outputs()
        for (found, wanted) in zip(unlabelled.classes, golden.byTeacher) { Self.expect(found, wanted, isLabelled: false) }
        #expect(unlabelled.total.labelled == 0 && unlabelled.total.teacherCorrect == 0 && unlabelled.onlyTeacher.isEmpty)
    }

    @Test func `equal outputs are not apart, and certain ones have a number`() {
        var tally = OutputTally(classCount: 3, temperatures: [1, 4], isLabelled: true)
        tally.add(image: 0, label: 1, teacher: [0, 1000, -1000], student: [0, 1000, -1000])
        #expect(tally.outputs().total.divergences == [0, 0] && tally.outputs().widest[0].teacher.probability == 1)
        // KL is the difference of the logits there where the teacher is certain.
        tally.add(image: 1, label: 1, teacher: [0, 1000, 0], student: [0, -1000, -2000])
        #expect(tally.outputs().widest[0].image == 1 && tally.outputs().widest[0].divergence == 1000)
        #expect(tally.outputs().total.divergences == [500, 125] && tally.outputs().classes[0].divergences.isEmpty)
    }

    /// - Parameter view: how the network sees pictures that are another's.
    private static func logits(_ network: ImageNetwork, _ images: RealImages, _ image: Int, view: TeacherView? = nil) throws -> [Float] {
        let workspace = try Workspace(
            Plan(network.graph, .init(batch: 1, input: network.input.shape, activations: [network.logits], fuses: false)))
        if let view {
            var pictures = [Float](repeating: 0, count: images.preprocessing.channels * images.preprocessing.cropHeight * images.preprocessing.cropWidth)
            try pictures.withUnsafeMutableBufferPointer { try images.write(Reference(image: image), into: #require($0.baseAddress)) }
            view.write(pictures, count: 1, to: workspace.input)
        } else {
            try images.write(Reference(image: image), into: workspace.input)
        }
        try workspace.forward()
        return try workspace.activationTensor(of: network.logits).values
    }

    private static func readable(_ set: SmallDataSet) -> [Int] {
        (0..<set.images.count).filter { !set.images.folder.items[$0].relativePath.hasSuffix("09.png") }
    }

    /// A pass gives what the networks say of each image by itself, whatever the number of threads, stopped or not; of the same pictures in
    /// other colours, of others where the teacher takes those of another size, and of the same in another size where it has taught the student.
    @Test func `a pass counts what both networks say of every image`() throws {
        try SmallDataSet.with { set in
            for (size, isTaught) in [(32, false), (24, false), (24, true)] {
                var network = try Architectures.random("cifar_resnet14", seed: 6)
                network.input.size = [size, size]
                network.input.mean = [0.4, 0.5, 0.6]
                let training = ["method": "kd", "teacher": "teacher.th", "teacher_sha256": "ab"]
                let notes = ["options": "epochs=2 temperature=2.5"].merging(isTaught ? training : [:]) { $1 }
                let record = try StudentRecord(of: set.network, tensors: NoTensors(), metadata: notes)
                let study = try TeacherStudy(of: set.network, record: record, teacher: Teacher(network, fileName: "teacher.th", sha256: "ab"))
                #expect((study.view != nil) == (size == 32 || isTaught) && study.sharesClasses && study.temperatures == [1, 2.5])
                let images = try study.images(set.images)
                func sweep(threads: Int) throws -> OutputSweep {
                    try OutputSweep(
                        student: .init(network: set.network, images: set.images), teacher: .init(network: network, images: images),
                        view: study.view, readable: Self.readable(set), temperatures: study.temperatures, threads: threads)
                }
                var wanted = OutputTally(classCount: 10, temperatures: study.temperatures, isLabelled: true)
                for image in Self.readable(set) {
                    wanted.add(
                        image: image, label: set.images.labels[image], teacher: try Self.logits(network, images, image, view: study.view)[...],
                        student: try Self.logits(set.network, set.images, image)[...])
                }
                let pass = try sweep(threads: 2)
                try pass.run(progress: SilentProgress())
                let found = pass.tally.outputs(), expected = wanted.outputs()
                #expect(found.total.images == 12 && found.total.labelled == 12)
                #expect(zip(found.total.divergences, expected.total.divergences).allSatisfy { abs($0 - $1) < 1e-3 * max(1, $1) })
                #expect(found.total.teacherCorrect == expected.total.teacherCorrect && found.total.studentCorrect == expected.total.studentCorrect)
                #expect(found.total.agreed == expected.total.agreed && found.classes.map(\.images) == expected.classes.map(\.images))
                #expect(found.widest.map(\.image) == expected.widest.map(\.image))

                let alone = try sweep(threads: 1)
                try alone.run(progress: SilentProgress())
                #expect(alone.tally.outputs() == found)
                let again = try sweep(threads: 1)
                try again.restore(pass.state())
                try again.run(progress: SilentProgress())
                #expect(again.tally.outputs() == found)
                #expect(throws: Problem.self) { try again.restore(Array(pass.state().dropLast(9))) }
            }
        }
    }
}
