/// What the units of a layer of directions are: where they come from, and, of a dictionary, how well it puts its layer together again
/// (`layers/<key>/directions.json`).
public struct LayerDirections: Document {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// The layer whose channels they combine.
    public var behind: String
    public var channels: Int
    public var count: Int
    /// The name of the file they were read from, and its SHA-256 in hexadecimal.
    public var fileName: String
    public var sha256: String
    /// `sparse autoencoder`, `linear probe`, `concept activation vectors`, `principal components` or `directions`.
    public var kind: String
    /// `linear`, `ReLU`, `TopK, k = 8` or `JumpReLU`.
    public var activation: String
    /// One for each; nil where the file gives none.
    public var names: [String]?
    /// What was assumed, and what was found and not used: a sentence each, without its full stop.
    public var remarks: [String]
    /// Nil where nothing is put together again.
    public var reconstruction: Reconstruction?

    public init(
        layer: String, behind: String, channels: Int, count: Int, fileName: String, sha256: String, kind: String, activation: String,
        names: [String]?, remarks: [String], reconstruction: Reconstruction?
    ) {
        self.layer = layer
        self.behind = behind
        self.channels = channels
        self.count = count
        self.fileName = fileName
        self.sha256 = sha256
        self.kind = kind
        self.activation = activation
        self.names = names
        self.remarks = remarks
        self.reconstruction = reconstruction
    }

    /// What a dictionary makes of its layer, over all images that could be read.
    public struct Reconstruction: Codable, Sendable, Equatable {
        public var images: Int
        /// Over all positions of all images: 1 - sum |x - x'|^2 / sum |x - mean|^2. Below zero where the mean would do better; nil where the layer
        /// has one value everywhere.
        public var explainedVariance: Float?
        /// Latents that are active at a position, on average.
        public var active: Float
        /// Latents that no image activates.
        public var dead: Int
        /// The share of images that the network puts into the same class when it sees the reconstruction in the layer's place; nil where there
        /// are no classes.
        public var agreement: Float?
        /// Images whose class is known.
        public var labelled: Int
        /// Top-1 accuracy on them, as the network is and with the reconstruction; nil where there are none.
        public var accuracy: Float?
        public var accuracyReconstructed: Float?

        public init(
            images: Int, explainedVariance: Float?, active: Float, dead: Int, agreement: Float?, labelled: Int, accuracy: Float?,
            accuracyReconstructed: Float?
        ) {
            self.images = images
            self.explainedVariance = explainedVariance
            self.active = active
            self.dead = dead
            self.agreement = agreement
            self.labelled = labelled
            self.accuracy = accuracy
            self.accuracyReconstructed = accuracyReconstructed
        }
    }
}
