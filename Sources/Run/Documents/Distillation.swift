/// How the run's network came to match templates, and what that is worth (`distillation.json`). The student is the run's network.
public struct Distillation: Document {
    public static let formatVersion = 1

    /// As the checkpoint's metadata names it: `letkd-2`, `kd`, `templates`; nil where it says nothing.
    public var method: String?
    /// The teacher that the student was trained with, as the student's checkpoint names it; nil where it names none.
    public var teacher: Teacher?
    /// The layers that match templates, in the order of execution: as in `TemplateLayer.layer`.
    public var layers: [String]
    /// Labelled images, indexed by class; empty without labels: there are no accuracies then.
    public var images: [Int]
    public var student: Accuracy?
    /// The student with every alpha 0: without what its templates add.
    public var withoutTemplates: Accuracy?
    /// Nil where the teacher's checkpoint was not given.
    public var teacherAccuracy: Accuracy?
    /// What else the checkpoint's metadata record of the training, in order.
    public var options: [Option]
    /// What the reader should know before believing the rest, most serious first.
    public var warnings: [RunManifest.Warning]

    public init(
        method: String?, teacher: Teacher?, layers: [String], images: [Int], student: Accuracy?, withoutTemplates: Accuracy?,
        teacherAccuracy: Accuracy?, options: [Option], warnings: [RunManifest.Warning]
    ) {
        self.method = method
        self.teacher = teacher
        self.layers = layers
        self.images = images
        self.student = student
        self.withoutTemplates = withoutTemplates
        self.teacherAccuracy = teacherAccuracy
        self.options = options
        self.warnings = warnings
    }

    public struct Teacher: Codable, Sendable, Equatable {
        /// The name `--architecture` takes.
        public var architecture: String
        /// As a paper would print it.
        public var displayName: String
        public var fileName: String
        /// SHA-256 of the file, in hexadecimal.
        public var sha256: String?

        public init(architecture: String, displayName: String, fileName: String, sha256: String?) {
            self.architecture = architecture
            self.displayName = displayName
            self.fileName = fileName
            self.sha256 = sha256
        }
    }

    public struct Accuracy: Codable, Sendable, Equatable {
        /// Of `Distillation.images`, how many were right, indexed by class.
        public var correct: [Int]

        public init(correct: [Int]) { self.correct = correct }
    }

    public struct Option: Codable, Sendable, Equatable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}
