/// How alike the references of a layer's units are to a network's eyes (`layers/<key>/clarity.json`).
public struct LayerClarity: Document, Equatable {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// Whose eyes: the judge's; nil for the run's own network.
    public var judge: Comparison.Network?
    /// Layers in which pictures are compared.
    public var compared: [String]
    /// Random real images, cut as the references are, that units are compared with; and random sets drawn from them.
    public var random: Int
    public var sets: Int
    /// By unit: those with two references at least.
    public var units: [Unit]

    public init(layer: String, judge: Comparison.Network?, compared: [String], random: Int, sets: Int, units: [Unit]) {
        self.layer = layer
        self.judge = judge
        self.compared = compared
        self.random = random
        self.sets = sets
        self.units = units
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// References looked at.
        public var images: Int
        /// Mean cosine of two of them, in [-1 / (images - 1), 1] (Dreyer et al. 2025).
        public var clarity: Float
        /// 1 - the cosine of the centres of two clusters of them, in [0, 2] (the same).
        public var polysemanticity: Float
        /// Share of random sets of as many images that are less alike; nil where there are too few images to draw from.
        public var consistency: Float?
        /// Mean clarity of these sets.
        public var randomClarity: Float?

        public init(unit: Int, images: Int, clarity: Float, polysemanticity: Float, consistency: Float?, randomClarity: Float?) {
            self.unit = unit
            self.images = images
            self.clarity = clarity
            self.polysemanticity = polysemanticity
            self.consistency = consistency
            self.randomClarity = randomClarity
        }
    }
}
