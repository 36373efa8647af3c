/// Which words go with a layer's units (`layers/<key>/words.json`): those whose likeness to an image, by an encoder of images and texts, is
/// most correlated with the unit's activation over all images.
public struct LayerWords: Document, Equatable {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// What made vectors of images.
    public var encoder: Comparison.Network
    /// How images were prepared for it, in words.
    public var preparation: String
    /// Words that were tried.
    public var words: Int
    /// Images that correlations are over, and those of them whose activations were shuffled.
    public var images: Int
    public var shuffledImages: Int
    public var shuffles: Int
    /// The quantile, over shuffles, of the best word's correlation that is a unit's level.
    public var quantile: Float
    /// By unit, all of the layer.
    public var units: [Unit]

    public init(
        layer: String, encoder: Comparison.Network, preparation: String, words: Int, images: Int, shuffledImages: Int, shuffles: Int, quantile: Float,
        units: [Unit]
    ) {
        self.layer = layer
        self.encoder = encoder
        self.preparation = preparation
        self.words = words
        self.images = images
        self.shuffledImages = shuffledImages
        self.shuffles = shuffles
        self.quantile = quantile
        self.units = units
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// Largest correlation first; none where the unit is the same on all images.
        public var best: [Word]
        /// What the best of all words reaches with shuffled activations; nil where there is no word.
        public var level: Float?

        public init(unit: Int, best: [Word], level: Float?) {
            self.unit = unit
            self.best = best
            self.level = level
        }

        /// Those of `best` that are above the level: where there are none, none fits.
        public var fitting: [Word] { level.map { level in best.filter { $0.correlation > level } } ?? [] }
    }

    public struct Word: Codable, Sendable, Equatable {
        public var word: String
        /// Pearson's, in [-1, 1].
        public var correlation: Float

        public init(word: String, correlation: Float) {
            self.word = word
            self.correlation = correlation
        }
    }
}

extension LayerWords {
    /// The same of other units.
    public init(_ other: LayerWords, units: [Unit]) {
        self = other
        self.units = units
    }
}
