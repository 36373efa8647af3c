/// Where the relevance of a layer's units comes from, and whom they serve (`layers/<key>/flow.json`).
public struct LayerFlow: Document {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// The name of the rules by which relevance flowed.
    public var composite: String
    /// The nearest reported layer before this one, at which its units' relevance was read; nil where there is none.
    public var upstream: String?
    /// One for each channel, in order.
    public var units: [Unit]

    public init(layer: String, composite: String, upstream: String?, units: [Unit]) {
        self.layer = layer
        self.composite = composite
        self.upstream = upstream
        self.units = units
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// Nil for a unit without references, and where there is no layer upstream.
        public var source: RelevanceSource?
        /// Units of layers downstream by the share of their relevance that this one carries, the largest first.
        public var downstream: [Downstream]
        /// Classes by the share of their relevance that this unit carries, the largest first.
        public var classes: [RelevanceShare]
        /// Images by the share of their class's relevance that this unit carries, the largest first.
        public var relevantImages: [RelevantImage]

        public init(
            unit: Int, source: RelevanceSource?, downstream: [Downstream], classes: [RelevanceShare], relevantImages: [RelevantImage]
        ) {
            self.unit = unit
            self.source = source
            self.downstream = downstream
            self.classes = classes
            self.relevantImages = relevantImages
        }
    }

    public struct Downstream: Codable, Sendable, Equatable {
        public var layer: String
        public var unit: Int
        public var share: Float

        public init(layer: String, unit: Int, share: Float) {
            self.layer = layer
            self.unit = unit
            self.share = share
        }
    }

    /// An image in which a unit matters to a class.
    public struct RelevantImage: Codable, Sendable, Equatable {
        /// Where the unit's relevance is largest; `activation` is the share.
        public var exemplar: LayerStatistics.Exemplar
        /// Index of the class whose relevance it is.
        public var classIndex: Int

        public init(exemplar: LayerStatistics.Exemplar, classIndex: Int) {
            self.exemplar = exemplar
            self.classIndex = classIndex
        }
    }
}

/// A part of relevance: of what started at a target, summed over its images.
public struct RelevanceShare: Codable, Sendable, Equatable {
    /// Of a unit or a class.
    public var index: Int
    /// Negative for what speaks against the target.
    public var share: Float

    public init(index: Int, share: Float) {
        self.index = index
        self.share = share
    }
}

/// Which units of a layer carry the relevance of a target.
public struct RelevanceSource: Codable, Sendable, Equatable {
    /// The layer at which relevance was read.
    public var layer: String
    /// Images over which relevance was summed.
    public var images: Int
    /// What arrived at the layer, as a share of what started: not 1 where some goes by another way, or is lost.
    public var arrived: Float
    /// `|arrived - started| / started`: 0 where all is conserved.
    public var residual: Float
    /// The units with the largest shares by magnitude, the largest first.
    public var units: [RelevanceShare]

    public init(layer: String, images: Int, arrived: Float, residual: Float, units: [RelevanceShare]) {
        self.layer = layer
        self.images = images
        self.arrived = arrived
        self.residual = residual
        self.units = units
    }
}
