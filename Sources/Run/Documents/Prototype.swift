/// One prototype picture and what it says about itself
/// (`layers/<key>/prototypes/<unit>.json`, `classes/prototypes/<index>.json`).
public struct Prototype: Document {
    public static let formatVersion = 2

    public var target: Target
    /// Path of the picture, relative to the run folder.
    public var picture: String
    public var seed: UInt64
    /// The same target made from other random beginnings, in order.
    public var otherSeeds: [OtherSeed]
    /// Steps that were done; fewer than the schedule has where the loss settled before.
    public var steps: Int
    /// The layers whose feature distributions were matched, in the order of execution.
    public var matching: [MatchedLayer]
    /// Whether it was seen mirrored while it was optimised; nil where that was not left to its references.
    public var mirroring: Mirroring?
    /// What else the picture was asked for; nil for nothing.
    public var prior: Prior?
    /// In the order in which they were chosen.
    public var references: [Reference]
    /// How the references were chosen, as a sentence.
    public var referenceChoice: String
    /// Path of the picture with only what mattered to its making, clear elsewhere; nil for targets whose features are not masked.
    public var maskedPicture: String?
    /// Where the target's relevance lies in the first references; nil for targets whose features are not masked.
    public var heatMaps: HeatMaps?
    /// The total loss at evenly spaced steps, the first and the last among them.
    public var lossCurve: [CurvePoint]
    public var trust: Trust

    public init(
        target: Target, picture: String, seed: UInt64, otherSeeds: [OtherSeed] = [], steps: Int, matching: [MatchedLayer],
        mirroring: Mirroring? = nil, prior: Prior? = nil, references: [Reference],
        referenceChoice: String, maskedPicture: String? = nil, heatMaps: HeatMaps? = nil, lossCurve: [CurvePoint], trust: Trust
    ) {
        self.target = target
        self.picture = picture
        self.seed = seed
        self.otherSeeds = otherSeeds
        self.steps = steps
        self.matching = matching
        self.mirroring = mirroring
        self.prior = prior
        self.references = references
        self.referenceChoice = referenceChoice
        self.maskedPicture = maskedPicture
        self.heatMaps = heatMaps
        self.lossCurve = lossCurve
        self.trust = trust
    }

    public enum Target: Codable, Sendable, Hashable {
        case unit(layer: String, unit: Int)
        case classOutput(index: Int)
        /// A direction in a layer's channel space (`LayerConcepts`).
        case concept(layer: String, index: Int)
        /// One of the clusters that a unit's references fall into (`LayerFacets`).
        case facet(layer: String, unit: Int, index: Int)

        /// The layer that the target lies in; nil for a class.
        public var layer: String? {
            switch self {
            case .unit(let layer, _), .concept(let layer, _), .facet(let layer, _, _): layer
            case .classOutput: nil
            }
        }
    }

    /// What a target's references say about mirroring.
    public struct Mirroring: Codable, Sendable, Equatable {
        /// True when the picture was seen mirrored at half of the steps.
        public var isUsed: Bool
        /// How strongly mirrored references excite the target, as a share of how strongly they do as they are: the largest activation of a unit, a
        /// class's probability, a concept's projection. Nil where they do not excite it at all.
        public var share: Float?

        public init(isUsed: Bool, share: Float?) {
            self.isUsed = isUsed
            self.share = share
        }
    }

    /// Heat maps of relevance on one scale.
    public struct HeatMaps: Codable, Sendable, Equatable {
        /// The name of the rules by which relevance flowed.
        public var composite: String
        /// The layer at which it was read, summed over channels.
        public var layer: String
        /// The relevance that is drawn in full.
        public var limit: Float
        public var maps: [Map]

        public init(composite: String, layer: String, limit: Float, maps: [Map]) {
            self.composite = composite
            self.layer = layer
            self.limit = limit
            self.maps = maps
        }

        public struct Map: Codable, Sendable, Equatable {
            /// Index into `Prototype.references`.
            public var reference: Int
            /// Path of what lies over the reference's picture, relative to the run folder.
            public var picture: String
            /// Relevance that did not arrive at the layer, as a share of what started: 0 where all is conserved.
            public var residual: Float?

            public init(reference: Int, picture: String, residual: Float?) {
                self.reference = reference
                self.picture = picture
                self.residual = residual
            }
        }
    }

    public struct OtherSeed: Codable, Sendable, Equatable {
        public var seed: UInt64
        /// Path of the picture, relative to the run folder.
        public var picture: String
        /// As `Trust.activation`.
        public var activation: Float

        public init(seed: UInt64, picture: String, activation: Float) {
            self.seed = seed
            self.picture = picture
            self.activation = activation
        }
    }

    public struct MatchedLayer: Codable, Sendable, Equatable {
        public var layer: String
        public var weight: Float
        /// Sort-matching loss of the random start, unweighted.
        public var lossAtStart: Float
        /// The same of the finished picture.
        public var lossAtEnd: Float
        /// The same of a real image that was held out of the references: the natural scale. Nil when none was left.
        public var lossOfRealImage: Float?

        public init(layer: String, weight: Float, lossAtStart: Float, lossAtEnd: Float, lossOfRealImage: Float?) {
            self.layer = layer
            self.weight = weight
            self.lossAtStart = lossAtStart
            self.lossAtEnd = lossAtEnd
            self.lossOfRealImage = lossOfRealImage
        }
    }

    /// Coefficients of the picture's total variation and Euclidean norm in the loss.
    public struct Prior: Codable, Sendable, Equatable {
        public var totalVariation: Float
        public var norm: Float

        public init(totalVariation: Float, norm: Float) {
            self.totalVariation = totalVariation
            self.norm = norm
        }
    }

    public struct CurvePoint: Codable, Sendable, Equatable {
        public var step: Int
        public var loss: Float

        public init(step: Int, loss: Float) {
            self.step = step
            self.loss = loss
        }
    }

    /// Does it hold? Measured on the finished picture as saved (8 bits a colour).
    public struct Trust: Codable, Sendable, Equatable {
        /// The unit's spatial maximum on the picture; for a class its logit.
        public var activation: Float
        /// `activation` as a multiple of the largest over the real images; nil when that is not positive.
        public var multipleOfLargest: Float?
        /// Share of real images whose spatial maximum (class: logit) lies below `activation`, in percent.
        public var percentile: Float?
        /// Of the class, for class targets, in [0, 1].
        public var probability: Float?
        /// The class the network sees in the picture, with its probability; for all targets.
        public var predicted: Int?
        public var predictedProbability: Float?
        /// Mean cosine, over pairs of seeds, between the pictures' features at the target's layer (for a class the deepest
        /// matched one), averaged over positions: 1 when all seeds found the same. Nil with a single seed.
        public var seedAgreement: Float?

        public init(
            activation: Float, multipleOfLargest: Float?, percentile: Float?, probability: Float?, predicted: Int?,
            predictedProbability: Float?, seedAgreement: Float? = nil
        ) {
            self.activation = activation
            self.multipleOfLargest = multipleOfLargest
            self.percentile = percentile
            self.probability = probability
            self.predicted = predicted
            self.predictedProbability = predictedProbability
            self.seedAgreement = seedAgreement
        }
    }
}
