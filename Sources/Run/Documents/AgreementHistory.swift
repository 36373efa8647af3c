/// How a student's answers came to agree with its teacher's while it learned: counted over the training images of each epoch, moved and
/// mirrored as they were, when the student learned from them.
public struct AgreementHistory: Codable, Sendable, Equatable {
    /// In order, from the first.
    public var epochs: [Epoch]

    public init(epochs: [Epoch]) { self.epochs = epochs }

    public struct Epoch: Codable, Sendable, Equatable {
        /// Counted from one.
        public var number: Int
        /// Shares of the images, in [0, 1]: those for which both name the same class, and those that each names rightly. Of the teacher nil where
        /// nobody counted.
        public var agreement: Double?
        public var student: Double
        public var teacher: Double?
        /// Images, and those for which both name the same class, indexed by the class of their label; nil where that is not known.
        public var classes: Classes?

        public init(number: Int, agreement: Double?, student: Double, teacher: Double?, classes: Classes? = nil) {
            self.number = number
            self.agreement = agreement
            self.student = student
            self.teacher = teacher
            self.classes = classes
        }
    }

    public struct Classes: Codable, Sendable, Equatable {
        public var images: [Int]
        public var agreed: [Int]

        public init(images: [Int], agreed: [Int]) {
            self.images = images
            self.agreed = agreed
        }
    }
}
