/// Ways to make prototypes of classes, measured side by side (`comparison.json`): the table of VITAL's paper on the run's own network.
public struct Comparison: Document {
    public static let formatVersion = 1

    public var tool: RunManifest.Tool
    public var network: Network
    /// The second network; nil when none was asked.
    public var judge: Network?
    /// Those compared, in the network's order.
    public var classes: [Class]
    public var seed: UInt64
    /// Pictures of each class by each method, with `seed` and the numbers after it.
    public var seeds: Int
    /// Forward-backward passes of each picture, the same for all methods.
    public var steps: Int
    /// Real images a class that VITAL is matched to, at most.
    public var references: Int
    public var threads: Int
    /// Where features are compared: what feeds the logits.
    public var featureLayer: String
    public var features: Int
    /// Real images of the classes.
    public var realImages: Int
    /// The real images first, then the methods in the order asked for.
    public var rows: [Row]
    /// Methods that the network leaves no way to use, and why.
    public var leftOut: [LeftOut]
    /// Layers at which pictures are compared with real images, and by layer the mean rank correlation of real images with those of other
    /// classes; nil in older documents.
    public var pathLayers: [String]?
    public var pathsOfOthers: [Float?]?
    /// The command that makes the comparison again, as one shell line.
    public var command: String

    public init(
        tool: RunManifest.Tool, network: Network, judge: Network?, classes: [Class], seed: UInt64, seeds: Int, steps: Int, references: Int,
        threads: Int, featureLayer: String, features: Int, realImages: Int, rows: [Row], leftOut: [LeftOut], command: String
    ) {
        self.tool = tool
        self.network = network
        self.judge = judge
        self.classes = classes
        self.seed = seed
        self.seeds = seeds
        self.steps = steps
        self.references = references
        self.threads = threads
        self.featureLayer = featureLayer
        self.features = features
        self.realImages = realImages
        self.rows = rows
        self.leftOut = leftOut
        self.command = command
    }

    public struct Network: Codable, Sendable, Equatable {
        public var architecture: String
        public var displayName: String
        public var checkpoint: NetworkDescription.Checkpoint

        public init(architecture: String, displayName: String, checkpoint: NetworkDescription.Checkpoint) {
            self.architecture = architecture
            self.displayName = displayName
            self.checkpoint = checkpoint
        }
    }

    public struct Class: Codable, Sendable, Equatable {
        public var index: Int
        public var name: String

        public init(index: Int, name: String) {
            self.index = index
            self.name = name
        }
    }

    public struct LeftOut: Codable, Sendable, Equatable {
        public var name: String
        public var reason: String

        public init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    /// What was measured of one method's pictures, read back as they are saved (8 bits a colour); or of the real images.
    public struct Row: Codable, Sendable, Equatable {
        /// `real`, or the method as `--methods` takes it.
        public var method: String
        /// As a paper would print it.
        public var name: String
        /// Pictures measured.
        public var pictures: Int
        /// Share that the network itself takes for their class, in [0, 1].
        public var accuracy: Float
        /// Share of classes whose first picture it takes for theirs; nil for real images.
        public var classAccuracy: Float?
        /// Share that the judge takes for their class, in [0, 1]; nil without a judge.
        public var transfer: Float?
        /// Fréchet distance of the pictures' features to those of the real images of the classes; for real images, of some to
        /// those that are not among them. Nil with too few pictures or too many features.
        public var frechetDistance: Double?
        /// Pictures in that distance: it falls with their number.
        public var frechetPictures: Int
        /// The median over pictures of their class's logit, as a multiple of the largest over the class's real images.
        public var activation: Float?
        /// Mean over classes of the mean cosine between the features of pairs of their pictures; nil with single ones.
        public var seedAgreement: Float?
        /// Wall time with all threads, references looked at included; nil for real images.
        public var secondsPerPicture: Double?
        /// Mean over pictures of the probability that the network gives their class; this and what follows nil in older documents.
        public var probability: Float?
        /// The same of the judge.
        public var transferProbability: Float?
        /// Mean magnitude of the difference between neighbouring pixels, in normalised values.
        public var grain: Float?
        /// Mean over pictures of the share of pixels that would have to change their colour, of 64, to have those of their class's real images;
        /// of real images, of the others of their class.
        public var colourDistance: Float?
        /// By layer of `Comparison.pathLayers`, the mean over classes of the rank correlation of channel means between the first picture and real
        /// images of its class; of real images among themselves. Nil in older documents.
        public var paths: [Float?]?
        /// In the order of `Comparison.classes`.
        public var classes: [ClassResult]

        public init(
            method: String, name: String, pictures: Int, accuracy: Float, classAccuracy: Float?, transfer: Float?, frechetDistance: Double?,
            frechetPictures: Int, activation: Float?, seedAgreement: Float?, secondsPerPicture: Double?,
            probability: Float? = nil, transferProbability: Float? = nil, grain: Float? = nil, colourDistance: Float? = nil,
            classes: [ClassResult]
        ) {
            self.method = method
            self.name = name
            self.pictures = pictures
            self.accuracy = accuracy
            self.classAccuracy = classAccuracy
            self.transfer = transfer
            self.frechetDistance = frechetDistance
            self.frechetPictures = frechetPictures
            self.activation = activation
            self.seedAgreement = seedAgreement
            self.secondsPerPicture = secondsPerPicture
            (self.probability, self.transferProbability) = (probability, transferProbability)
            (self.grain, self.colourDistance) = (grain, colourDistance)
            self.classes = classes
        }
    }

    public struct ClassResult: Codable, Sendable, Equatable {
        /// Pictures of the class, and how many of them the network and the judge take for it.
        public var pictures: Int
        public var correct: Int
        public var judgedCorrect: Int?
        /// Pictures kept, relative to the run folder: one of each seed, or a few real images.
        public var kept: [Kept]

        public init(pictures: Int, correct: Int, judgedCorrect: Int?, kept: [Kept]) {
            self.pictures = pictures
            self.correct = correct
            self.judgedCorrect = judgedCorrect
            self.kept = kept
        }
    }

    public struct Kept: Codable, Sendable, Equatable {
        public var picture: String
        /// What the network takes it for.
        public var predicted: Int
        /// What the judge takes it for.
        public var judged: Int?
        /// Of the picture's class.
        public var logit: Float

        public init(picture: String, predicted: Int, judged: Int?, logit: Float) {
            self.picture = picture
            self.predicted = predicted
            self.judged = judged
            self.logit = logit
        }
    }
}

/// The pictures that one method made of one class (`comparison/<method>/<class>.json`), beside them: what a comparison that goes on
/// need not make again.
public struct ComparedPictures: Document {
    public static let formatVersion = 1

    /// SHA-256 of all that the pictures depend on, in hexadecimal.
    public var identity: String
    /// One of each seed, relative to the run folder.
    public var pictures: [String]
    /// Wall time, shared out among the classes made at a time.
    public var seconds: Double

    public init(identity: String, pictures: [String], seconds: Double) {
        self.identity = identity
        self.pictures = pictures
        self.seconds = seconds
    }
}
