/// Line-ups of a layer's units: would a person who sees the prototype pick the right real images out of a few?
/// (`layers/<key>/line-up.json`).
public struct LineUp: Document {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// Real images drawn at random, among which those are that do not excite a unit.
    public var drawn: Int
    /// By unit. Units of which too few images of either kind were found have none.
    public var questions: [Question]

    public init(layer: String, drawn: Int, questions: [Question]) {
        self.layer = layer
        self.drawn = drawn
        self.questions = questions
    }

    public struct Question: Codable, Sendable, Equatable {
        public var unit: Int
        /// The question's place among those drawn for the page that has some of every layer, counted from 1; nil when it is not
        /// one of them.
        public var number: Int?
        /// In the order in which they are shown.
        public var pictures: [Shown]

        public init(unit: Int, number: Int? = nil, pictures: [Shown]) {
            self.unit = unit
            self.number = number
            self.pictures = pictures
        }
    }

    /// A real image, or a window of one, among which a person chooses.
    public struct Shown: Codable, Sendable, Equatable {
        /// Index into `ImageIndex.images`.
        public var image: Int
        /// As in `Reference`.
        public var window: [Int]?
        /// Path of the picture, relative to the run folder: the window cut out, at its own size.
        public var picture: String
        public var excites: Bool
        /// True when the unit's prototype was matched to this picture.
        public var isReference: Bool
        /// The unit's largest activation when this picture alone is the network's input.
        public var activation: Float
        /// Share of the real images whose largest activation lies below `activation`, in [0, 1].
        public var shareBelow: Float

        public init(
            image: Int, window: [Int]?, picture: String, excites: Bool, isReference: Bool, activation: Float, shareBelow: Float
        ) {
            self.image = image
            self.window = window
            self.picture = picture
            self.excites = excites
            self.isReference = isReference
            self.activation = activation
            self.shareBelow = shareBelow
        }
    }
}
