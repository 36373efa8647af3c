public import Dataset
public import Diagnostics
public import Network
public import Tensors

/// A student made ready to learn from a teacher: the student with its knowledge distillation layers, what is to become small, and what
/// belongs into its checkpoint besides. The offline part runs here, or is taken from its folder.
public struct TaughtStudent {
    /// With the layers inserted.
    public let network: ImageNetwork
    public let objectives: [any Objective]
    /// The teacher whose answers are to be counted beside the student's; nil where the plan says that they are not.
    public let teacher: TeacherPass?
    /// What a checkpoint records of the teacher: centres, directions, classes, the score matrix, and the layers' alphas.
    public let constants: [(String, Tensor)]
    /// Notes for the checkpoint.
    public let metadata: [String: String]

    /// - Parameters:
    ///   - student: without layers of knowledge distillation.
    ///   - plan: of these two.
    ///   - images: what the teacher's features are taken from, as the student sees them; labels are indices in `classNames`.
    ///   - folder: where results of the offline part are kept.
    ///   - seed: of the layers' first values.
    /// - Throws: `Problem` when images are too few, or results cannot be kept.
    public init(
        _ student: ImageNetwork, from teacher: Teacher, by plan: DistillationPlan, images: RealImages, classNames: [String],
        folder: String, seed: UInt64, threads: Int, algorithms: AlgorithmChoices? = nil, progress: any ProgressReport = SilentProgress()
    ) throws {
        let pass = try TeacherPass(teacher.network, beside: student, threads: threads, algorithms: algorithms)
        let settings = plan.settings
        let offline = Offline(
            features: { layer in
                try NetworkFeatures(
                    of: teacher, layer: layer.teacher.layer, images: images, classNames: classNames, pooling: layer.pooling,
                    view: plan.view, threads: threads)
            }, settings: settings.offline, folder: folder, threads: threads, progress: progress)
        // What is asked of too few images is refused before the teacher has looked at any.
        if let layer = plan.words { try offline.checkWords(layer) }
        if let layer = plan.subClasses { try offline.checkSubClasses(layer, images.labels) }
        let words = try plan.words.map { try TaughtLayer(words: $0, offline) }
        let subClasses = try plan.subClasses.map { try TaughtLayer(subClasses: $0, offline) }

        var layers = [subClasses, words].compactMap { $0 }
        var network = student
        for index in layers.indices { try layers[index].insert(into: &network, seed: seed) }
        // Words come first, in logs and in checkpoints.
        layers.reverse()
        var objectives: [any Objective] = [LabelObjective(layer: student.logits, weight: settings.countedLabels)]
        if settings.method == .logits {
            objectives.append(
                try TeacherLogitsObjective(pass, layer: student.logits, temperature: settings.temperature, weight: settings.logitWeight))
        }
        self.objectives = try objectives + layers.compactMap { try $0.objective(pass) }
        self.teacher = plan.uncounted == nil ? pass : nil
        try self.teacher?.keep(teacher.network.logits)
        self.network = network
        constants = layers.flatMap(\.constants)
        metadata = [
            "architecture": student.architecture, "teacher": teacher.fileName, "teacher_sha256": teacher.sha256,
            "teacher_architecture": teacher.identity.architecture, "classes": classNames.joined(separator: "\n"),
            "method": settings.method.rawValue,
        ].merging(layers.map { ("\($0.name).teacher_layer", $0.plan.teacher.layer) }) { $1 }
    }
}

/// The offline part for one layer after the other.
struct Offline {
    /// Of the teacher, for a layer of the student.
    let features: (DistillationPlan.Layer) throws -> NetworkFeatures
    let settings: OfflineSettings
    let folder: String
    let threads: Int
    let progress: any ProgressReport

    /// Throws a usage `Problem` when the images have fewer positions than there are to be words.
    func checkWords(_ layer: DistillationPlan.Layer) throws {
        let features = try features(layer), positions = features.imageCount * features.positions, count = settings.words
        guard positions < count else { return }
        throw Problem(
            "\(features.imageCount) images have \(positions) positions in a map of \(layer.student.shape[1]) x \(layer.student.shape[2]), "
                + "too few for \(count) words",
            explanation: "Every word is the mean of feature vectors of its own.",
            remedy: "Ask for fewer words with --words, or give more images.", kind: .usage)
    }

    /// Throws a usage `Problem` when a class of images has fewer positions than there are to be sub-classes, or there are not as many
    /// components as wanted.
    func checkSubClasses(_ layer: DistillationPlan.Layer, _ labels: [Int?]) throws {
        let features = try features(layer)
        var rows = [Int](repeating: 0, count: features.classNames.count)
        for case let label? in labels { rows[label] += features.positions }
        try DiscriminantAnalysis.check(components: settings.components, classNames: features.classNames, dimension: features.dimension)
        try SubClassSearch(perClass: settings.subClasses, iterations: settings.subClassIterations).check(features.classNames, rows: rows)
    }

    /// What `find` finds in the teacher's features for a layer; they are removed afterwards.
    func results<Result>(_ layer: DistillationPlan.Layer, _ find: (OfflinePart) throws -> Result) throws -> Result {
        let features = try features(layer)
        var settings = settings
        settings.threads = threads
        let part = try OfflinePart(
            folder: folder, layer: layer.teacher.layer, features: features, rows: features.imageCount * features.positions, settings: settings,
            progress: progress)
        return try part.exclusively { part in
            let result = try find(part)
            try part.removeFeatures()
            return result
        }
    }
}
