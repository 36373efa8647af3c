/// What becomes of a network's accuracy when units are switched off (`ablation.json`).
public struct Ablation: Codable, Sendable, Equatable {
    public var formatVersion = 1
    public var tool: RunManifest.Tool
    public var command: String
    public var network: Network
    public var images: Images
    public var replacement: Replacement
    public var layers: [LayerAblation]
    /// Sets that were asked for by name, which may span layers.
    public var sets: [NamedEffect]

    public init(
        tool: RunManifest.Tool, command: String, network: Network, images: Images, replacement: Replacement, layers: [LayerAblation],
        sets: [NamedEffect]
    ) {
        self.tool = tool
        self.command = command
        self.network = network
        self.images = images
        self.replacement = replacement
        self.layers = layers
        self.sets = sets
    }

    /// What a unit is set to when it is switched off.
    public enum Replacement: String, Codable, Sendable, CaseIterable {
        case zero
        /// Its mean over all positions of all images.
        case mean
    }

    public struct Network: Codable, Sendable, Equatable {
        public var architecture: String
        public var displayName: String
        public var checkpoint: NetworkDescription.Checkpoint
        /// How images were prepared.
        public var preprocessing: NetworkDescription.Preprocessing

        public init(
            architecture: String, displayName: String, checkpoint: NetworkDescription.Checkpoint,
            preprocessing: NetworkDescription.Preprocessing
        ) {
            self.architecture = architecture
            self.displayName = displayName
            self.checkpoint = checkpoint
            self.preprocessing = preprocessing
        }
    }

    public struct Images: Codable, Sendable, Equatable {
        public var path: String
        /// Images at `path`.
        public var found: Int
        /// Images of a known class that were read: accuracy is over these.
        public var count: Int
        public var skipped: [ImageSetDescription.Skipped]
        /// SHA-256 over the paths and sizes of the images looked at, in hexadecimal.
        public var listing: String
        /// With the network as it is.
        public var correct: Int
        /// By index, those that have images.
        public var classes: [Class]

        public init(
            path: String, found: Int, count: Int, skipped: [ImageSetDescription.Skipped], listing: String, correct: Int, classes: [Class]
        ) {
            self.path = path
            self.found = found
            self.count = count
            self.skipped = skipped
            self.listing = listing
            self.correct = correct
            self.classes = classes
        }
    }

    public struct Class: Codable, Sendable, Equatable {
        public var index: Int
        public var name: String
        public var images: Int
        public var correct: Int

        public init(index: Int, name: String, images: Int, correct: Int) {
            self.index = index
            self.name = name
            self.images = images
            self.correct = correct
        }
    }

    /// What changed on the same images.
    public struct Change: Codable, Sendable, Equatable {
        public var images: Int
        /// Images that were right before.
        public var before: Int
        /// Images that were right and are wrong now.
        public var lost: Int
        /// Images that were wrong and are right now.
        public var gained: Int
        /// Of the change in accuracy, 95 %: lower and upper end as shares of the images.
        public var interval: [Float]
        /// The mean change of the cross-entropy of the right class, in nats; above zero where it got worse.
        public var loss: Float
        /// Of `loss`, 95 %: lower and upper end. Nil for a single image.
        public var lossInterval: [Float]?

        public init(images: Int, before: Int, lost: Int, gained: Int, interval: [Float], loss: Float, lossInterval: [Float]?) {
            self.images = images
            self.before = before
            self.lost = lost
            self.gained = gained
            self.interval = interval
            self.loss = loss
            self.lossInterval = lossInterval
        }

        /// Images that are right now.
        public var after: Int { before - lost + gained }
        public var accuracyBefore: Float { Float(before) / Float(max(1, images)) }
        public var accuracyAfter: Float { Float(after) / Float(max(1, images)) }
        /// In accuracy, as a share of the images.
        public var accuracy: Float { Float(gained - lost) / Float(max(1, images)) }
        /// True when the interval leaves no change out.
        public var isClear: Bool { interval.count == 2 && (interval[0] > 0 || interval[1] < 0) }
    }

    /// What switching something off did.
    public struct Effect: Codable, Sendable, Equatable {
        /// Over all images.
        public var all: Change
        /// The classes that got worst, by the cross-entropy of their images; at most `mostClasses`.
        public var classes: [ClassChange]

        public init(all: Change, classes: [ClassChange]) {
            self.all = all
            self.classes = classes
        }

        public static let mostClasses = 10
    }

    public struct ClassChange: Codable, Sendable, Equatable {
        public var index: Int
        public var change: Change

        public init(index: Int, change: Change) {
            self.index = index
            self.change = change
        }
    }

    public struct NamedEffect: Codable, Sendable, Equatable {
        /// As it was asked for.
        public var name: String
        public var effect: Effect

        public init(name: String, effect: Effect) {
            self.name = name
            self.effect = effect
        }
    }
}
