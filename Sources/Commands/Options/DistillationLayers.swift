public import ArgumentParser
import Diagnostics
import Training

/// What is asked of knowledge distillation layers and their offline part.
struct DistillationLayers: ParsableArguments {
    @Option(parsing: .unconditional, help: "Words of the teacher's vocabulary at the last map.") var words = 4096
    @Option(parsing: .unconditional, help: "Passes of K-means for the vocabulary.") var iterations = 20
    @Option(parsing: .unconditional, help: "Sub-classes of each class.") var subClasses = 8
    @Option(parsing: .unconditional, help: "The seed of K-means.") var offlineSeed: UInt64 = 0
    @Option(help: "Where results of the offline part are kept, to be shared by several students; --out by default.") var offline: String?
    @Option(parsing: .unconditional, help: "Discriminant components; one less than classes by default, 60 at most.") var components: Int?
    @Option(help: "The student's layer that is taught words; its last map by default.") var penultimateLayer: String?
    @Option(help: "The student's layer that is taught sub-classes; by default the first block at its last map's resolution.")
    var intermediateLayer: String?
    @Option(help: "The teacher's layer of words.") var teacherPenultimateLayer: String?
    @Option(help: "The teacher's layer of sub-classes.") var teacherIntermediateLayer: String?
    @Option(
        parsing: .unconditional,
        help: "What the semantic vectors of words are multiplied with; by default as published for the student: 1, for MobileNetV2 0.1.")
    var alpha: Float?
    @Option(parsing: .unconditional, help: "What those of sub-classes are multiplied with; likewise 1, for MobileNetV2 0.2.")
    var intermediateAlpha: Float?
    @Option(parsing: .unconditional, help: "What the divergence from words counts; 0 leaves their layer without supervision.")
    var wordWeight: Float = 1
    @Option(parsing: .unconditional, help: "What the divergence from sub-classes counts; 0 leaves their layer without supervision.")
    var subClassWeight: Float = 1
    @Option(parsing: .unconditional, help: "What cross-entropy with the labels counts: 1, with kd 0.1 by default.") var labelWeight: Float?
    @Option(parsing: .unconditional, help: "What the teacher's logits count, with kd.") var logitWeight: Float = 0.9
    @Option(parsing: .unconditional, help: "Temperature of the logits, with kd.") var temperature: Float = 4

    func check(with method: DistillationMethod) throws {
        try require(words, "--words", in: 1...1 << 20)
        try require(iterations, "--iterations", in: 1...10_000)
        try require(subClasses, "--sub-classes", in: 1...4096)
        try require(components.map { $0 > 0 } ?? true, "--components", takes: "a positive number")
        for (option, value) in [("--alpha", alpha), ("--intermediate-alpha", intermediateAlpha)] {
            try require(value?.isFinite ?? true, option, takes: "a number")
        }
        for (option, value) in [
            ("--word-weight", wordWeight), ("--sub-class-weight", subClassWeight), ("--label-weight", labelWeight ?? 0),
            ("--logit-weight", logitWeight),
        ] { try require(value >= 0 && value.isFinite, option, takes: "a number that is not negative") }
        let weights = [labelWeight ?? 1] + (method == .logits ? [logitWeight] : []) + (method.hasWords ? [wordWeight] : [])
            + (method.hasSubClasses ? [subClassWeight] : [])
        guard weights.contains(where: { $0 > 0 }) else {
            throw Problem("Nothing is to be learned: all weights of losses are 0", remedy: "Leave one of them out.", kind: .usage)
        }
        try require(temperature > 0 && temperature.isFinite, "--temperature", takes: "a positive number")
    }

    /// What was asked for and has no effect with `method`, a sentence each.
    func idle(with method: DistillationMethod) -> [String] {
        let usual = DistillationSettings(method: method).offline
        let ofWords = [
            ("--words", words != usual.words), ("--iterations", iterations != usual.iterations), ("--penultimate-layer", penultimateLayer != nil),
            ("--teacher-penultimate-layer", teacherPenultimateLayer != nil), ("--alpha", alpha != nil), ("--word-weight", wordWeight != 1),
            ("--offline", offline != nil),
        ]
        let ofSubClasses = [
            ("--sub-classes", subClasses != usual.subClasses), ("--components", components != nil),
            ("--intermediate-layer", intermediateLayer != nil), ("--teacher-intermediate-layer", teacherIntermediateLayer != nil),
            ("--intermediate-alpha", intermediateAlpha != nil), ("--sub-class-weight", subClassWeight != 1),
        ]
        let ofLogits = [("--logit-weight", logitWeight != 0.9), ("--temperature", temperature != 4)]
        let idle = (method.hasWords ? [] : ofWords) + (method.hasSubClasses ? [] : ofSubClasses) + (method == .logits ? ofLogits.prefix(0) : ofLogits[...])
        return idle.filter(\.1).map { "\($0.0) has no effect with --method \(method.rawValue)" }
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
    func options(_ plan: DistillationPlan) -> [(name: String, value: String)] {
        var options: [(String, String)] = [("label-weight", labelWeight.map { "\($0)" } ?? "usual")]
        if plan.settings.method == .logits { options += [("logit-weight", "\(logitWeight)"), ("temperature", "\(temperature)")] }
        if let words = plan.words {
            options += [
                ("words", "\(self.words)"), ("iterations", "\(iterations)"), ("offline-seed", "\(offlineSeed)"),
                ("penultimate-layer", words.student.layer), ("teacher-penultimate-layer", words.teacher.layer), ("alpha", "\(words.alpha)"),
                ("word-weight", "\(wordWeight)"),
            ]
        }
        if let subClasses = plan.subClasses {
            options += [
                ("sub-classes", "\(self.subClasses)"), ("components", components.map { "\($0)" } ?? "usual"),
                ("intermediate-layer", subClasses.student.layer), ("teacher-intermediate-layer", subClasses.teacher.layer),
                ("intermediate-alpha", "\(subClasses.alpha)"), ("sub-class-weight", "\(subClassWeight)"),
            ]
        }
        return options
    }
}

extension DistillationMethod: ExpressibleByArgument {}
