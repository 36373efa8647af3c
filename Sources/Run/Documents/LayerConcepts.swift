/// Concepts of a layer: directions in its channel space that its activations are made up of (`layers/<key>/concepts.json`).
public struct LayerConcepts: Document {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// Images whose windows were factorised, and the windows of all of them together.
    public var images: Int
    public var windows: Int
    /// The side of a window in pixels of the network's input.
    public var side: Int
    /// The Frobenius norm of what the concepts do not explain, divided by that of all activations, in [0, 1].
    public var reconstructionError: Float
    /// Rounds of the factorisation.
    public var iterations: Int
    /// The most important first.
    public var concepts: [Concept]

    public init(
        layer: String, images: Int, windows: Int, side: Int, reconstructionError: Float, iterations: Int, concepts: [Concept]
    ) {
        self.layer = layer
        self.images = images
        self.windows = windows
        self.side = side
        self.reconstructionError = reconstructionError
        self.iterations = iterations
        self.concepts = concepts
    }

    public struct Concept: Codable, Sendable, Equatable {
        public var index: Int
        /// One value a channel, none negative, of length 1.
        public var direction: [Float]
        /// The concept's share of all activation that the concepts explain together, in [0, 1].
        public var importance: Float
        /// The windows with the largest coefficients, at most one an image, best first; the score is the coefficient.
        public var references: [Reference]
        /// The next best, which is not among them; nil when there is none.
        public var heldOut: Reference?
        /// Of the projection of a window's mean activation on the direction: each image counts once, with its strongest window, which is
        /// also the window of the exemplars.
        public var statistics: LayerStatistics.Unit

        public init(
            index: Int, direction: [Float], importance: Float, references: [Reference], heldOut: Reference?,
            statistics: LayerStatistics.Unit
        ) {
            self.index = index
            self.direction = direction
            self.importance = importance
            self.references = references
            self.heldOut = heldOut
            self.statistics = statistics
        }
    }
}
