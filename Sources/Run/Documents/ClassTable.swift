/// The network's classes and how it did on the real images of each (`classes.json`).
public struct ClassTable: Document {
    public static let formatVersion = 1

    /// One for each output of the network, in order.
    public var classes: [Class]
    /// Over all labelled images; nil without labels.
    public var top1: Float?
    public var top5: Float?

    /// What the folders of the images are called, where the network has no classes and statistics go by folders; nil otherwise.
    public var groups: [String]?

    public init(classes: [Class], top1: Float?, top5: Float?, groups: [String]? = nil) {
        self.classes = classes
        self.top1 = top1
        self.top5 = top5
        self.groups = groups
    }

    public struct Class: Codable, Sendable, Equatable {
        public var index: Int
        /// From the labels file or the folder; `class 17` when neither names it.
        public var name: String
        /// Labelled images of the class.
        public var images: Int
        /// Of those, how many the network got right.
        public var correct: Int
        /// What its images are taken for instead, most often first; at most five.
        public var confusedWith: [Confusion]

        public init(index: Int, name: String, images: Int, correct: Int, confusedWith: [Confusion]) {
            self.index = index
            self.name = name
            self.images = images
            self.correct = correct
            self.confusedWith = confusedWith
        }
    }

    public struct Confusion: Codable, Sendable, Equatable {
        public var index: Int
        public var images: Int

        public init(index: Int, images: Int) {
            self.index = index
            self.images = images
        }
    }
}
