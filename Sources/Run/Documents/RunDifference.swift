/// Two runs side by side, unit by unit (`diff.json`): what the second lost, kept and gained.
public struct RunDifference: Codable, Sendable, Equatable {
    public var formatVersion = 1
    public var tool: RunManifest.Tool
    public var command: String
    public var first: Side
    public var second: Side
    /// The images over which units were correlated.
    public var images: Images
    /// A unit has a counterpart from this correlation on.
    public var threshold: Float
    public var layers: [Layer]
    public var notCompared: [NotCompared]

    public init(
        tool: RunManifest.Tool, command: String, first: Side, second: Side, images: Images, threshold: Float, layers: [Layer],
        notCompared: [NotCompared]
    ) {
        self.tool = tool
        self.command = command
        self.first = first
        self.second = second
        self.images = images
        self.threshold = threshold
        self.layers = layers
        self.notCompared = notCompared
    }

    /// One of the runs.
    public struct Side: Codable, Sendable, Equatable {
        public var title: String
        public var architecture: String
        public var displayName: String
        public var checkpoint: NetworkDescription.Checkpoint
        /// SHA-256 over the paths and sizes of the run's own images: its statistics and strongest images are of those.
        public var listing: String
        /// Images that the run used.
        public var images: Int
        /// Accuracy on these, where their classes are known.
        public var top1: Float?

        public init(_ manifest: RunManifest, top1: Float?) {
            title = manifest.title
            architecture = manifest.network.architecture
            displayName = manifest.network.displayName
            checkpoint = manifest.network.checkpoint
            listing = manifest.images.listing
            images = manifest.images.used
            self.top1 = top1
        }
    }

    public struct Images: Codable, Sendable, Equatable {
        public var path: String
        /// Images over which units were correlated.
        public var count: Int
        /// Images at `path`.
        public var found: Int
        public var skipped: [ImageSetDescription.Skipped]
        /// As `Side.listing`.
        public var listing: String

        public init(path: String, count: Int, found: Int, skipped: [ImageSetDescription.Skipped], listing: String) {
            self.path = path
            self.count = count
            self.found = found
            self.skipped = skipped
            self.listing = listing
        }
    }

    public struct Layer: Codable, Sendable, Equatable {
        /// The layer's name in either run.
        public var first: String
        public var second: String
        /// Units in either run.
        public var firstUnits: Int
        public var secondUnits: Int
        /// How many units are what.
        public var counts: [Status: Int]
        /// The mean correlation of the pairs of the one-to-one matching; nil where there is none.
        public var meanOneToOne: Float?
        /// The median over units of the correlation with the unit of the same number; nil where layers differ in name.
        public var medianSame: Float?
        /// Most changed first.
        public var units: [Unit]

        public init(
            first: String, second: String, firstUnits: Int, secondUnits: Int, counts: [Status: Int], meanOneToOne: Float?, medianSame: Float?,
            units: [Unit]
        ) {
            self.first = first
            self.second = second
            self.firstUnits = firstUnits
            self.secondUnits = secondUnits
            self.counts = counts
            self.meanOneToOne = meanOneToOne
            self.medianSame = medianSame
            self.units = units
        }

        /// True when the layers have the same name, so that a unit's number means the same in both.
        public var hasPermanentNumbers: Bool { first == second }
    }

    /// What became of a unit.
    public enum Status: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
        /// The unit of the same layer and number in the second run is its counterpart.
        case kept
        /// Its counterpart is another unit.
        case moved
        /// A unit of the first run without a counterpart.
        case lost
        /// A unit of the second run without a counterpart.
        case born
        /// A unit of the first run that is the same on all images: it has no correlation with any other.
        case constant
        /// The same of a unit of the second run.
        case constantInSecond
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var status: Status
        /// In the first run; nil for those that are born, and constant in the second.
        public var unit: Int?
        /// In the second run: the counterpart, or the unit itself where it is born or constant there; nil where there is none.
        public var counterpart: Int?
        /// The correlation with the counterpart; where there is none, the largest there is. Nil where none is defined.
        public var correlation: Float?
        /// With the unit of the same layer and number.
        public var same: Float?
        /// The partner in the matching one to one that makes the sum of correlations largest.
        public var oneToOne: Match?
        /// The unit of the other run with the largest correlation.
        public var best: Match?

        public init(
            status: Status, unit: Int?, counterpart: Int?, correlation: Float?, same: Float?, oneToOne: Match?, best: Match?
        ) {
            self.status = status
            self.unit = unit
            self.counterpart = counterpart
            self.correlation = correlation
            self.same = same
            self.oneToOne = oneToOne
            self.best = best
        }
    }

    public struct Match: Codable, Sendable, Equatable {
        /// In the other run.
        public var unit: Int
        /// Pearson's correlation of the largest activations in each image, in [-1, 1].
        public var correlation: Float

        public init(unit: Int, correlation: Float) {
            self.unit = unit
            self.correlation = correlation
        }
    }

    public struct NotCompared: Codable, Sendable, Equatable {
        public var layer: String
        public var reason: String

        public init(layer: String, reason: String) {
            self.layer = layer
            self.reason = reason
        }
    }
}
