import ArgumentParser
import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Training

struct DistillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill", abstract: "Trains a student network that learns from a teacher.",
        discussion: """
            kd: from the teacher's logits. letkd-1: by a knowledge distillation layer behind the student's last map, which learns the words of \
            the teacher's features there. letkd-2: by a second one behind the first block of the last stage that halves the map, which learns \
            the teacher's sub-classes. Where layers stand follows from the networks, and is checked before anything is computed; learning rate \
            and alpha are those published for the student. What is found in the teacher beforehand is kept in --out, under offline/. The \
            student needs no teacher afterwards; its checkpoint is one like any other.
            """)

    @Option(help: "The teacher's checkpoint.") var teacher: String
    @OptionGroup var reading: ReadingOptions<TeacherNetwork>
    @Option(
        help: """
            The student: a new network, such as cifar_resnet20. Names of papers on distillation are known: resnet8x4, resnet20, wrn_16_2, \
            vgg8, MobileNetV2, ShuffleNetV1.
            """)
    var student: String
    @Option(help: "kd, letkd-1 or letkd-2.") var method: DistillationMethod = .both
    @OptionGroup var layers: DistillationLayers
    @Option(
        parsing: .unconditional,
        help: "The size of the student's images: a side such as 32, or height x width such as 48x192. Left out, it is what its family usually takes.")
    var inputSize: String?
    @OptionGroup var preprocessing: PreprocessingOptions
    @OptionGroup var training: TrainingArguments

    func run() throws {
        try training.check(besides: layers.offline.map { [("--offline", $0)] } ?? [])
        try layers.check(with: method)
        let data = try TrainingData(training)
        let teacherFile = try reading.checkpoint(at: teacher), teacherNetwork = try reading.network(of: teacherFile)
        teacherNetwork.writeWarnings(as: TeacherNetwork.self)
        try teacherNetwork.refuseNonFinite(of: teacher)
        let given = Teacher(
            teacherNetwork, fileName: (teacherFile.path as NSString).lastPathComponent,
            sha256: try NetworkDescription.Checkpoint(teacherFile).sha256)
        let architecture = try self.architecture()
        let values = try InitialValues(architecture: architecture, classes: data.classNames.count, seed: training.seed)
        var told = try preprocessing.stated()
        if let inputSize { try told.set(.size, inputSize, option: "--input-size") }
        let bare = try Architectures.network(values, architecture: architecture).told([told])
        let fixed = try FixedTensors(of: bare, in: values)
        let usualRate = PublishedPair.usual(student: bare.architecture).learningRate
        let plan = try DistillationPlan(bare, from: teacherNetwork, layers.settings(method: method), classNames: data.classNames)
        let settings = try training.settings(for: bare, usualRate: usualRate)
        let options = TrainingOptions(
            [("architecture", bare.architecture), ("teacher", given.sha256), ("method", method.rawValue)]
                + (teacherNetwork.toldPreprocessing.map { [("teacher-preprocessing", $0)] } ?? [])
                + (teacherNetwork.toldOutput.map { [("teacher-output", $0)] } ?? [])
                + (bare.toldPreprocessing.map { [("preprocessing", $0)] } ?? []) + layers.options(plan) + (try training.options(data, usualRate: usualRate)))
        let progress = training.compute.progress
        let threads = try training.compute.threadCount()
        progress.note("\(bare.displayName) (\(bare.architecture)) learns from \(teacherNetwork.displayName) by \(method.rawValue)")
        for line in plan.lines { progress.note(line) }
        for line in layers.idle(with: method) + training.idle { StandardError.write("Warning: \(line)\n") }
        for line in remarks(plan, bare, teacherNetwork, usualRate) + [fixed.remark].compactMap({ $0 }) { progress.note(line) }
        let pictures = try data.pictures(for: bare, cacheMegabytes: training.cache, threads: threads)
        let folder = try TrainingFolder(at: training.out, options: options), lock = try folder.lock(progress)
        defer { withExtendedLifetime(lock) {} }
        let algorithms = training.algorithms(in: folder)
        StopNotice.install()
        let taught = try TaughtStudent(
            bare, from: given, by: plan,
            images: RealImages(
                folder: pictures.training.images.folder, preprocessing: try Preprocessing(bare.input), labels: pictures.training.labels),
            classNames: data.classNames, folder: layers.offline ?? folder.path, seed: training.seed, threads: threads, algorithms: algorithms,
            progress: progress)
        let trainer = try Trainer(
            taught.network, training: pictures.training, validation: pictures.validation, objectives: taught.objectives,
            teacher: taught.teacher, settings: settings, threads: threads, algorithms: algorithms, folder: folder,
            metadata: [taught.metadata, bare.notes, teacherNetwork.notesOfTeacher, ["options": options.text]].reduce(into: [:]) {
                $0.merge($1) { $1 }
            }, constants: taught.constants, fixed: fixed)
        progress.note(
            "\(data.count(pictures.training)), results in \(folder.path)"
                + (trainer.epochsDone > 0 ? ", \(CommandText.count(trainer.epochsDone, "epoch")) done already" : ""))
        try trainer.run(progress: progress)
        progress.note("The weights are in \(folder.model)")
    }

    /// That of the student.
    private func architecture() throws -> String {
        do { return try PublishedPair.knownArchitecture(of: student) } catch {
            guard FileManager.default.fileExists(atPath: student) else { throw error }
            throw Problem(
                "--student \(student) is a file", explanation: "The name of an architecture was expected: a student begins as a new network.",
                remedy: "Name one, such as resnet20.", kind: .usage)
        }
    }

    /// What was taken for what nobody said.
    private func remarks(
        _ plan: DistillationPlan, _ bare: ImageNetwork, _ teacher: ImageNetwork, _ usualRate: Float
    ) -> [String] {
        var lines: [String] = []
        if let remark = training.rateRemark(for: bare, usual: usualRate) {
            lines.append(remark)
        } else if training.learningRate == nil {
            lines.append(
                "Learning rate \(usualRate), "
                    + (PublishedPair.has(bare.architecture) ? "as published for this student" : "the default: none is published for this student"))
        }
        if !plan.view.keepsSize {
            lines.append(
                "The teacher takes \(Self.size(teacher)) pixels: it sees the student's pictures of \(Self.size(bare)), resampled")
        } else if !plan.view.keepsFraming {
            lines.append("The teacher sees the student's pictures, resized and cut as the student's are, not in its own way")
        }
        if method != .logits, teacher.classCount != bare.classCount {
            lines.append(
                "The teacher's own \(teacher.classCount) classes do not matter: its features are sorted by the \(bare.classCount) folders")
        }
        if plan.uncounted == nil, teacher.classNames == nil {
            lines.append("The teacher's file does not say what its \(teacher.classCount) classes are: they are taken for the folders, in their order")
        }
        if let reason = plan.uncounted { lines.append("How often student and teacher name the same class is not counted: \(reason)") }
        return lines
    }

    private static func size(_ network: ImageNetwork) -> String { "\(network.input.size[0]) x \(network.input.size[1])" }
}
