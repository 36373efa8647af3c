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
    /// What a checkpoint records of the teacher: centres, directions, classes, the score matrix, and the layers' alphas.
    public let constants: [(String, Tensor)]
    /// Notes for the checkpoint.
    public let metadata: [String: String]

    /// - Parameters:
    ///   - student: without layers of knowledge distillation.
    ///   - images: what the teacher's features are taken from, as it sees them; labels are indices in `classNames`.
    ///   - folder: where results of the offline part are kept.
    ///   - seed: of the layers' first values.
    /// - Throws: `Problem` when layers do not exist or do not fit, or images are too few.
    public init(
        _ student: ImageNetwork, from teacher: Teacher, images: RealImages, classNames: [String], _ settings: DistillationSettings,
        folder: String, seed: UInt64, threads: Int, algorithms: AlgorithmChoices? = nil, progress: any ProgressReport = SilentProgress()
    ) throws {
        let pass = try TeacherPass(teacher.network, beside: student, threads: threads, algorithms: algorithms)
        var maker = Maker(
            teacher: teacher.network,
            features: { layer, pooling in
                try NetworkFeatures(of: teacher, layer: layer, images: images, classNames: classNames, pooling: pooling, threads: threads)
            }, settings: settings, folder: folder, seed: seed, threads: threads, progress: progress, pass: pass,
            student: student)
        if settings.method == .logits {
            guard teacher.network.classCount == student.classCount else {
                throw Problem(
                    "The teacher tells \(teacher.network.classCount) classes apart, the student \(student.classCount)",
                    explanation: "Logits can be compared for the same classes only.", remedy: "Choose letkd-1 or letkd-2.", kind: .usage)
            }
            maker.objectives.append(
                try TeacherLogitsObjective(
                    pass, layer: student.logits, temperature: settings.temperature, weight: settings.logitWeight))
        }
        if settings.method.hasWords { try maker.addWords() }
        if settings.method.hasSubClasses { try maker.addSubClasses() }
        network = maker.student
        objectives = [LabelObjective(layer: student.logits, weight: settings.countedLabels)] + maker.objectives
        constants = maker.constants
        metadata = maker.metadata.merging([
            "architecture": student.architecture, "teacher": teacher.fileName, "teacher_sha256": teacher.sha256,
            "teacher_architecture": teacher.identity.architecture, "classes": classNames.joined(separator: "\n"),
            "method": settings.method.rawValue,
        ]) { $1 }
    }

    /// Adds one layer after the other.
    private struct Maker {
        let teacher: ImageNetwork
        /// Of the teacher: those of a layer, pooled.
        let features: (_ layer: String, _ pooling: Int) throws -> NetworkFeatures
        let settings: DistillationSettings
        let folder: String
        let seed: UInt64
        let threads: Int
        let progress: any ProgressReport
        let pass: TeacherPass
        var student: ImageNetwork
        var objectives: [any Objective] = []
        var constants: [(String, Tensor)] = []
        var metadata: [String: String] = [:]

        mutating func addWords() throws {
            let place = settings.penultimate
            let layer = try place.student ?? student.penultimateMap, teacherLayer = try place.teacher ?? teacher.penultimateMap
            let pooling = try pooling(from: teacherLayer, to: layer)
            let part = try offline(teacherLayer, pooling)
            let vocabulary = try part.vocabulary()
            try part.removeFeatures()
            let name = try insert(behind: layer, templates: vocabulary.words, alpha: place.alpha, classes: nil, teacherLayer, pooling)
            constants.append(
                ("\(name).teacher.centres", Tensor(shape: [vocabulary.words, vocabulary.dimension], values: vocabulary.centres)))
            if place.weight != 0, let scores = student.templates.first(where: { $0.name == name })?.scores {
                objectives.append(
                    try WordObjective(
                        pass, vocabulary, teacherLayer: teacherLayer, pooling: pooling, layer: scores, weight: place.weight))
            }
        }

        mutating func addSubClasses() throws {
            let place = settings.intermediate
            let layer = try place.student ?? student.firstBlockOfLastStage
            let teacherLayer = try place.teacher ?? teacher.firstBlockOfLastStage
            let pooling = try pooling(from: teacherLayer, to: layer)
            let part = try offline(teacherLayer, pooling)
            let discriminants = try part.discriminants(), subClasses = try part.subClasses(), matrix = try part.scoreMatrix()
            try part.removeFeatures()
            let name = try insert(
                behind: layer, templates: subClasses.count, alpha: place.alpha,
                classes: (0..<subClasses.count).map { subClasses.class(of: $0) }, teacherLayer, pooling)
            constants += [
                ("\(name).teacher.centres", Tensor(shape: [subClasses.count, subClasses.dimension], values: subClasses.centres)),
                ("\(name).teacher.mean", Tensor(shape: [discriminants.dimension], values: discriminants.mean)),
                (
                    "\(name).teacher.scalings",
                    Tensor(shape: [discriminants.dimension, discriminants.components], values: discriminants.scalings)
                ),
                ("\(name).score_matrix", Tensor(shape: [matrix.count, matrix.count], values: matrix.values)),
            ]
            if place.weight != 0, let scores = student.templates.first(where: { $0.name == name })?.scores {
                objectives.append(
                    try SubClassObjective(
                        pass, discriminants, subClasses, matrix, teacherLayer: teacherLayer, pooling: pooling, layer: scores,
                        weight: place.weight))
            }
        }

        private mutating func insert(
            behind layer: String, templates: Int, alpha: Float, classes: [Int]?, _ teacherLayer: String, _ pooling: Int
        ) throws -> String {
            var random = RandomSource(seed: seed, stream: "knowledge distillation layer \(layer)")
            let block = try KnowledgeDistillationLayer(
                behind: layer, of: student, templates: templates, alpha: alpha, classes: classes, random: &random)
            student = try student.inserting(block)
            let name = block.description.name
            constants += block.tensors.map { ($0.name, $0.tensor) }
            constants.append(("\(name).teacher.pooling", Tensor(shape: [1], values: [Float(pooling)])))
            metadata["\(name).teacher_layer"] = teacherLayer
            return name
        }

        private func offline(_ layer: String, _ pooling: Int) throws -> OfflinePart {
            let features = try features(layer, pooling)
            var offline = settings.offline
            offline.threads = threads
            return try OfflinePart(
                folder: folder, layer: layer, features: features, rows: features.imageCount * features.positions, settings: offline,
                progress: progress)
        }

        /// How many of the teacher's positions, squared, become one of the student's.
        private func pooling(from teacherLayer: String, to layer: String) throws -> Int {
            let large = try teacher.mapShape(of: teacherLayer), small = try student.mapShape(of: layer)
            guard small[1] > 0, large[1] % small[1] == 0, large[1] / small[1] * small[2] == large[2] else {
                throw Problem(
                    "The teacher's map at \(teacherLayer) is \(large[1]) x \(large[2]), the student's at \(layer) \(small[1]) x \(small[2])",
                    explanation: "The teacher's must be as large, or larger by one whole factor, by which it is averaged.",
                    remedy: "Choose layers of matching size with --penultimate-layer, --intermediate-layer and the teacher's.", kind: .usage)
            }
            return large[1] / small[1]
        }
    }
}

extension ImageNetwork {
    /// C x H x W of a layer's output. Throws a `Problem` when there is no such layer or it has no map.
    func mapShape(of layer: String) throws -> Shape {
        let shape = try graph.shapes(input: input.shape)[try graph.node(named: layer)]
        guard shape.rank == 3 else {
            throw Problem("Layer \(layer) has no map: its output is \(shape)", remedy: "`vitrine inspect` lists layers.", kind: .usage)
        }
        return shape
    }

    /// The last layer with a map of several positions: what the classifier pools. Throws a usage `Problem` when there is none.
    var penultimateMap: String {
        get throws {
            let shapes = try graph.shapes(input: input.shape)
            let stages = matched.map(\.layer).filter { name in
                graph.index[name].map { shapes[$0].rank == 3 && shapes[$0][1] * shapes[$0][2] > 1 } ?? false
            }
            guard let last = stages.last else {
                throw Problem("\(displayName) has no stage of maps", remedy: "Name its layer with --penultimate-layer.", kind: .usage)
            }
            return last
        }
    }

    /// The first block of the stage that ends with `penultimateMap`. Throws a usage `Problem` when that is not made of blocks.
    var firstBlockOfLastStage: String {
        get throws {
            let block = "\(try penultimateMap).0"
            guard graph.index[block] != nil, graph.index[block] != graph.index[try penultimateMap] else {
                throw Problem(
                    "\(displayName) has no layer \(block)", explanation: "The intermediate layer is the first block of the last stage.",
                    remedy: "Name it with --intermediate-layer and --teacher-intermediate-layer.", kind: .usage)
            }
            return block
        }
    }
}
