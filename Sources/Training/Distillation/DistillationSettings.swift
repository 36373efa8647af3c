/// How a student learns from a teacher.
public enum DistillationMethod: String, Sendable, CaseIterable {
    /// From the teacher's logits (Hinton et al. 2015).
    case logits = "kd"
    /// By a knowledge distillation layer at the penultimate layer (letKD, BMVC 2023).
    case penultimate = "letkd-1"
    /// By one there and one at an intermediate layer.
    case both = "letkd-2"

    public var hasWords: Bool { self != .logits }
    public var hasSubClasses: Bool { self == .both }
}

/// What a distillation is asked for, besides its training.
public struct DistillationSettings: Sendable, Equatable {
    /// Where a knowledge distillation layer stands in the student, and what it is taught from in the teacher; nil for the usual place.
    public struct Place: Sendable, Equatable {
        public var student: String?
        public var teacher: String?
        /// What semantic vectors are multiplied with; nil for what is published for the student.
        public var alpha: Float?
        /// What its divergence counts in the loss; 0 leaves the layer without supervision.
        public var weight: Float = 1
    }

    public var method: DistillationMethod
    public var penultimate = Place()
    public var intermediate = Place()
    public var offline = OfflineSettings()
    /// What cross-entropy with the labels counts; nil for 1, and 0.1 beside the teacher's logits, as CRD's comparison has it (Tian et al.
    /// 2020).
    public var labelWeight: Float?
    /// What the teacher's logits count.
    public var logitWeight: Float = 0.9
    /// Of the teacher's logits.
    public var temperature: Float = 4

    public init(method: DistillationMethod) { self.method = method }

    var countedLabels: Float { labelWeight ?? (method == .logits ? 0.1 : 1) }
}
