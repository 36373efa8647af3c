/// How another network answers the line-ups of a layer's units (`layers/<key>/judgement.json`): shown a unit's prototype, or real images
/// that excite it, which of two other real images excites the unit?
public struct LayerJudgement: Document, Equatable {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    public var judge: Comparison.Network
    /// Layers of the judge in which pictures are compared.
    public var judgeLayers: [String]
    /// By unit: those that have a line-up, a prototype and real images that the line-up does not show.
    public var units: [Unit]
    /// Means over units.
    public var byPrototype: Share?
    public var byImages: Share?

    public init(
        layer: String, judge: Comparison.Network, judgeLayers: [String], units: [Unit], byPrototype: Share?, byImages: Share?
    ) {
        self.layer = layer
        self.judge = judge
        self.judgeLayers = judgeLayers
        self.units = units
        self.byPrototype = byPrototype
        self.byImages = byImages
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// Of all pairs of an image that excites the unit and one that does not, those answered rightly: by its prototype, and by real images.
        public var byPrototype: Share
        public var byImages: Share
        /// Real images that the answers were given by.
        public var images: Int

        public init(unit: Int, byPrototype: Share, byImages: Share, images: Int) {
            self.unit = unit
            self.byPrototype = byPrototype
            self.byImages = byImages
            self.images = images
        }
    }

    /// A share of right answers; chance is 0.5.
    public struct Share: Codable, Sendable, Equatable {
        public var right: Float
        /// 95 %: lower and upper end.
        public var interval: [Float]

        public init(right: Float, interval: [Float]) {
            self.right = right
            self.interval = interval
        }
    }
}
