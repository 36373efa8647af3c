/// What a student says of the real images beside its teacher (`teacher.json`): the outputs of two networks that tell the same classes apart.
/// The student is the run's network.
public struct TeacherComparison: Document {
    public static let formatVersion = 1

    public var teacher: Distillation.Teacher
    /// How the student was trained, as its checkpoint names it: `kd`, `letkd-2`; nil where it says nothing.
    public var method: String?
    /// What else its checkpoint records of the training, in order.
    public var options: [Distillation.Option]
    /// How many classes each of them tells apart; 0 for a network without classes.
    public var studentClasses: Int
    public var teacherClasses: Int
    /// C x H x W of what the teacher takes.
    public var teacherInput: [Int]
    /// True where it sees the student's pictures, in its own colours and size; otherwise it has them in its own way, from the same files.
    public var seesSamePictures: Bool
    /// Nil where the two do not tell the same number of classes apart.
    public var outputs: Outputs?
    /// Of the student's training; nil where its log does not tell.
    public var history: AgreementHistory?
    /// What the reader should know before believing the rest, most serious first.
    public var warnings: [RunManifest.Warning]

    public init(
        teacher: Distillation.Teacher, method: String?, options: [Distillation.Option], studentClasses: Int, teacherClasses: Int,
        teacherInput: [Int], seesSamePictures: Bool, outputs: Outputs?, history: AgreementHistory? = nil, warnings: [RunManifest.Warning]
    ) {
        self.teacher = teacher
        self.method = method
        self.options = options
        self.studentClasses = studentClasses
        self.teacherClasses = teacherClasses
        self.teacherInput = teacherInput
        self.seesSamePictures = seesSamePictures
        self.outputs = outputs
        self.history = history
        self.warnings = warnings
    }

    /// Both networks' outputs over the images.
    public struct Outputs: Codable, Sendable, Equatable {
        /// At which divergences are taken, 1 first.
        public var temperatures: [Float]
        /// True where classes are those of the labels; otherwise images go by the class that the teacher names, and nothing is right or wrong.
        public var isLabelled: Bool
        /// All images but those that are undefined.
        public var total: Tally
        /// Indexed by class.
        public var classes: [Tally]
        /// Images for which an output is not a finite number: left out of everything.
        public var undefined: Int
        /// The images of the largest divergence at temperature 1, largest first: of all, of those that only the teacher names rightly, and of
        /// those that only the student does.
        public var widest: [Example]
        public var onlyTeacher: [Example]
        public var onlyStudent: [Example]

        public init(
            temperatures: [Float], isLabelled: Bool, total: Tally, classes: [Tally], undefined: Int, widest: [Example], onlyTeacher: [Example],
            onlyStudent: [Example]
        ) {
            self.temperatures = temperatures
            self.isLabelled = isLabelled
            self.total = total
            self.classes = classes
            self.undefined = undefined
            self.widest = widest
            self.onlyTeacher = onlyTeacher
            self.onlyStudent = onlyStudent
        }
    }

    /// Counts over images.
    public struct Tally: Codable, Sendable, Equatable {
        public var images: Int
        /// Images for which both name the same class.
        public var agreed: Int
        /// Images with a label, of which the following speak.
        public var labelled: Int
        public var teacherCorrect: Int
        public var studentCorrect: Int
        public var bothCorrect: Int
        /// Images for which both name the same class, and not the right one.
        public var sameMistake: Int
        /// The mean over images of KL(teacher || student) in nats, at each of the temperatures; empty without images.
        public var divergences: [Float]

        public init(
            images: Int, agreed: Int, labelled: Int, teacherCorrect: Int, studentCorrect: Int, bothCorrect: Int, sameMistake: Int,
            divergences: [Float]
        ) {
            self.images = images
            self.agreed = agreed
            self.labelled = labelled
            self.teacherCorrect = teacherCorrect
            self.studentCorrect = studentCorrect
            self.bothCorrect = bothCorrect
            self.sameMistake = sameMistake
            self.divergences = divergences
        }
    }

    /// What a network says of an image: the most probable class, and its probability.
    public struct Answer: Codable, Sendable, Equatable {
        public var index: Int
        public var probability: Float

        public init(index: Int, probability: Float) {
            self.index = index
            self.probability = probability
        }
    }

    public struct Example: Codable, Sendable, Equatable {
        /// Its number in the listing.
        public var image: Int
        public var teacher: Answer
        public var student: Answer
        /// KL(teacher || student) in nats, at temperature 1.
        public var divergence: Float

        public init(image: Int, teacher: Answer, student: Answer, divergence: Float) {
            self.image = image
            self.teacher = teacher
            self.student = student
            self.divergence = divergence
        }
    }
}
