/// Which units of a layer go together over all real images, and where they lie on a map of it (`layers/<key>/similarity.json`).
public struct LayerSimilarity: Document {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// Images over which units were correlated.
    public var images: Int
    /// One for each channel, in order.
    public var units: [Unit]
    public var redundant: Redundant

    public init(layer: String, images: Int, units: [Unit], redundant: Redundant) {
        self.layer = layer
        self.images = images
        self.units = units
        self.redundant = redundant
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// Other units with a correlation above zero, the largest first.
        public var similar: [Match]
        /// Other units with a correlation below zero, the smallest first.
        public var opposite: [Match]
        /// Where it lies on the map, two numbers; nil for a unit that is the same on all images, and where there is no map.
        public var place: [Float]?

        public init(unit: Int, similar: [Match], opposite: [Match], place: [Float]?) {
            self.unit = unit
            self.similar = similar
            self.opposite = opposite
            self.place = place
        }
    }

    public struct Match: Codable, Sendable, Equatable {
        public var unit: Int
        /// Pearson's correlation of the units' mean activations, an image each, in [-1, 1].
        public var correlation: Float

        public init(unit: Int, correlation: Float) {
            self.unit = unit
            self.correlation = correlation
        }
    }

    /// Pairs of units of which one could nearly stand for the other.
    public struct Redundant: Codable, Sendable, Equatable {
        /// Pairs count from this correlation on.
        public var threshold: Float
        /// How many there are.
        public var count: Int
        /// The first of them, the largest correlation first.
        public var pairs: [Pair]

        public init(threshold: Float, count: Int, pairs: [Pair]) {
            self.threshold = threshold
            self.count = count
            self.pairs = pairs
        }
    }

    public struct Pair: Codable, Sendable, Equatable {
        /// The lower number first.
        public var units: [Int]
        public var correlation: Float

        public init(units: [Int], correlation: Float) {
            self.units = units
            self.correlation = correlation
        }
    }
}
