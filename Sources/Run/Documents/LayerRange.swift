/// Real images from the whole range of what a layer's units do, not only the strongest (`layers/<key>/range.json`).
public struct LayerRange: Document {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// Images among which these were chosen, spread evenly over all that were used.
    public var sample: Int
    /// Images that were used.
    public var images: Int
    /// One for each channel, in order.
    public var units: [Unit]

    public init(layer: String, sample: Int, images: Int, units: [Unit]) {
        self.layer = layer
        self.sample = sample
        self.images = images
        self.units = units
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// At equal steps through the distribution of the unit's largest activations, weakest first; images that leave it at exactly zero
        /// are left out. The last is the strongest of all images.
        public var quantiles: [Quantile]

        public init(unit: Int, quantiles: [Quantile]) {
            self.unit = unit
            self.quantiles = quantiles
        }
    }

    public struct Quantile: Codable, Sendable, Equatable {
        public var exemplar: LayerStatistics.Exemplar
        /// The share of the sample that excites the unit less, in [0, 1); of the last one that of all images.
        public var share: Float

        public init(exemplar: LayerStatistics.Exemplar, share: Float) {
            self.exemplar = exemplar
            self.share = share
        }
    }
}
