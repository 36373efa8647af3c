public import ArgumentParser
import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
public import Training

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
    @Option(help: "The teacher's network, where it is not recognised.") var teacherArchitecture: String?
    @Option(help: "The student: a new network, such as cifar_resnet20.") var student: String
    @Option(help: "kd, letkd-1 or letkd-2.") var method: DistillationMethod = .both
    @OptionGroup var layers: DistillationLayers
    @OptionGroup var training: TrainingArguments

    func run() throws {
        try training.check()
        try layers.check()
        let data = try TrainingData(training)
        let checkpoint = try Checkpoint.read(path: teacher)
        let teacherNetwork = try Architectures.network(checkpoint, architecture: teacherArchitecture)
        teacherNetwork.writeWarnings()
        let given = Teacher(
            teacherNetwork, fileName: (teacher as NSString).lastPathComponent, sha256: try FileHash.sha256(path: teacher))
        let values = try InitialValues(architecture: student, classes: data.classNames.count, seed: training.seed)
        let bare = try Architectures.network(values, architecture: student)
        let settings = layers.settings(method: method)
        let options = TrainingOptions(
            [("architecture", bare.architecture), ("teacher", given.sha256), ("method", method.rawValue)]
                + layers.options(settings) + (try training.options(data)))
        let progress = TerminalProgress.make(quiet: training.compute.quiet)
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
            metadata: taught.metadata.merging(["options": options.text]) { $1 }, constants: taught.constants)
        progress.note(
            "\(bare.displayName) learns from \(teacherNetwork.displayName) by \(method.rawValue): \(pictures.training.count) images of "
                + "\(data.classNames.count) classes, results in \(folder.path)"
                + (trainer.epochsDone > 0 ? ", \(trainer.epochsDone) epochs are there already" : ""))
        try trainer.run(progress: progress)
        progress.note("The weights are in \(folder.model)")
    }
}

extension DistillationMethod: ExpressibleByArgument {}

/// What is asked of knowledge distillation layers and their offline part.
struct DistillationLayers: ParsableArguments {
    @Option(parsing: .unconditional, help: "Words of the teacher's vocabulary at the last map.") var words = 4096
    @Option(parsing: .unconditional, help: "Passes of K-means for the vocabulary.") var iterations = 20
    @Option(parsing: .unconditional, help: "Sub-classes of each class.") var subClasses = 8
    @Option(parsing: .unconditional, help: "The seed of K-means.") var offlineSeed: UInt64 = 0
    @Option(help: "Where results of the offline part are kept, to be shared by several students; --out by default.") var offline: String?
    @Option(parsing: .unconditional, help: "Discriminant components; one less than classes by default, 60 at most.") var components: Int?
    @Option(help: "The student's layer that is taught words; its last map by default.") var penultimateLayer: String?
    @Option(help: "The student's layer that is taught sub-classes; the first block of its last stage by default.")
    var intermediateLayer: String?
    @Option(help: "The teacher's layer of words.") var teacherPenultimateLayer: String?
    @Option(help: "The teacher's layer of sub-classes.") var teacherIntermediateLayer: String?
    @Option(parsing: .unconditional, help: "What the semantic vectors of words are multiplied with.") var alpha: Float = 1
    @Option(parsing: .unconditional, help: "What those of sub-classes are multiplied with.") var intermediateAlpha: Float = 1
    @Option(parsing: .unconditional, help: "What the divergence from words counts; 0 leaves their layer without supervision.")
    var wordWeight: Float = 1
    @Option(parsing: .unconditional, help: "What the divergence from sub-classes counts; 0 leaves their layer without supervision.")
    var subClassWeight: Float = 1
    @Option(parsing: .unconditional, help: "What cross-entropy with the labels counts: 1, with kd 0.1 by default.") var labelWeight: Float?
    @Option(parsing: .unconditional, help: "What the teacher's logits count, with kd.") var logitWeight: Float = 0.9
    @Option(parsing: .unconditional, help: "Temperature of the logits, with kd.") var temperature: Float = 4

    func check() throws {
        func require(_ isSensible: Bool, _ option: String, _ expected: String) throws {
            guard isSensible else { throw Problem("\(option) takes \(expected)", kind: .usage) }
        }
        try require((1...1 << 20).contains(words), "--words", "a number from 1 to 1048576")
        try require((1...10_000).contains(iterations), "--iterations", "a number from 1 to 10000")
        try require((1...4096).contains(subClasses), "--sub-classes", "a number from 1 to 4096")
        try require(components.map { $0 > 0 } ?? true, "--components", "a positive number")
        for (option, value) in [("--alpha", alpha), ("--intermediate-alpha", intermediateAlpha)] {
            try require(value.isFinite, option, "a number")
        }
        for (option, value) in [
            ("--word-weight", wordWeight), ("--sub-class-weight", subClassWeight), ("--label-weight", labelWeight ?? 0),
            ("--logit-weight", logitWeight),
        ] { try require(value >= 0 && value.isFinite, option, "a number that is not negative") }
        try require(temperature > 0 && temperature.isFinite, "--temperature", "a positive number")
    }

    func settings(method: DistillationMethod) -> DistillationSettings {
        var settings = DistillationSettings(method: method)
        (settings.penultimate.student, settings.penultimate.teacher) = (penultimateLayer, teacherPenultimateLayer)
        (settings.penultimate.alpha, settings.penultimate.weight) = (alpha, wordWeight)
        (settings.intermediate.student, settings.intermediate.teacher) = (intermediateLayer, teacherIntermediateLayer)
        (settings.intermediate.alpha, settings.intermediate.weight) = (intermediateAlpha, subClassWeight)
        settings.offline.words = words
        settings.offline.iterations = iterations
        settings.offline.subClasses = subClasses
        settings.offline.components = components
        settings.offline.seed = offlineSeed
        (settings.labelWeight, settings.logitWeight, settings.temperature) = (labelWeight, logitWeight, temperature)
        return settings
    }

    /// As options that a result depends on; those of another method are left out.
    func options(_ settings: DistillationSettings) -> [(name: String, value: String)] {
        var options: [(String, String)] = [("label-weight", labelWeight.map { "\($0)" } ?? "usual")]
        if settings.method == .logits {
            options += [("logit-weight", "\(logitWeight)"), ("temperature", "\(temperature)")]
            return options
        }
        options += [
            ("words", "\(words)"), ("iterations", "\(iterations)"), ("offline-seed", "\(offlineSeed)"), ("penultimate-layer", penultimateLayer ?? "usual"),
            ("teacher-penultimate-layer", teacherPenultimateLayer ?? "usual"), ("alpha", "\(alpha)"), ("word-weight", "\(wordWeight)"),
        ]
        if settings.method == .both {
            options += [
                ("sub-classes", "\(subClasses)"), ("components", components.map { "\($0)" } ?? "usual"),
                ("intermediate-layer", intermediateLayer ?? "usual"),
                ("teacher-intermediate-layer", teacherIntermediateLayer ?? "usual"), ("intermediate-alpha", "\(intermediateAlpha)"),
                ("sub-class-weight", "\(subClassWeight)"),
            ]
        }
        return options
    }
}
