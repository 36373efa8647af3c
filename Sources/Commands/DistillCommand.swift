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
            the teacher's features there. letkd-2: by a second one behind the first block of the last stage as well, which learns the \
            teacher's sub-classes. What is found in the teacher beforehand is kept in --out, under offline/. The student needs no teacher \
            afterwards; its checkpoint is one like any other.
            """)

    @Option(help: "The teacher's checkpoint.") var teacher: String
    @OptionGroup var reading: ReadingOptions<TeacherNetwork>
    @Option(help: "The student: a new network, such as cifar_resnet20.") var student: String
    @Option(help: "kd, letkd-1 or letkd-2.") var method: DistillationMethod = .both
    @OptionGroup var layers: DistillationLayers
    @OptionGroup var preprocessing: PreprocessingOptions
    @OptionGroup var training: TrainingArguments

    func run() throws {
        try training.check()
        try layers.check()
        let data = try TrainingData(training)
        let teacherNetwork = try reading.network(of: reading.checkpoint(at: teacher))
        teacherNetwork.writeWarnings()
        let given = Teacher(
            teacherNetwork, fileName: (teacher as NSString).lastPathComponent, sha256: try FileHash.sha256(path: teacher))
        let values = try InitialValues(architecture: student, classes: data.classNames.count, seed: training.seed)
        let bare = try Architectures.network(values, architecture: student).told([preprocessing.stated()])
        let settings = layers.settings(method: method)
        let options = TrainingOptions(
            [("architecture", bare.architecture), ("teacher", given.sha256), ("method", method.rawValue)]
                + (teacherNetwork.toldPreprocessing.map { [("teacher-preprocessing", $0)] } ?? [])
                + (teacherNetwork.toldOutput.map { [("teacher-output", $0)] } ?? [])
                + (bare.toldPreprocessing.map { [("preprocessing", $0)] } ?? []) + layers.options(settings) + (try training.options(data)))
        let progress = training.compute.progress
        let threads = try training.compute.threadCount()
        let pictures = try data.pictures(for: bare, cacheMegabytes: training.cache, threads: threads)
        let folder = try TrainingFolder(at: training.out, options: options)
        let algorithms = training.algorithms(in: folder)
        StopNotice.install()
        let taught = try TaughtStudent(
            bare, from: given,
            images: RealImages(
                folder: pictures.training.images.folder, preprocessing: try Preprocessing(teacherNetwork.input), labels: pictures.training.labels),
            classNames: data.classNames, settings, folder: layers.offline ?? folder.path, seed: training.seed, threads: threads, algorithms: algorithms, progress: progress)
        let trainer = try Trainer(
            taught.network, training: pictures.training, validation: pictures.validation, objectives: taught.objectives,
            settings: try training.settings(for: bare), threads: threads, algorithms: algorithms, folder: folder,
            metadata: taught.metadata.merging(bare.notes.merging(["options": options.text]) { $1 }) { $1 }, constants: taught.constants)
        progress.note(
            "\(bare.displayName) learns from \(teacherNetwork.displayName) by \(method.rawValue): \(pictures.training.count) images of "
                + "\(data.classNames.count) classes, results in \(folder.path)"
                + (trainer.epochsDone > 0 ? ", \(trainer.epochsDone) epochs are there already" : ""))
        try trainer.run(progress: progress)
        progress.note("The weights are in \(folder.model)")
    }
}
