/// What becomes of a network's accuracy when units of a layer are switched off (`layers/<key>/ablation.json`).
public struct LayerAblation: Document, Equatable {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// How many units it has.
    public var unitCount: Int
    /// Everything that the numbers depend on, as one hash: others are not the same ablation.
    public var identity: String
    /// Units that were switched off by themselves, by number.
    public var units: [Unit]
    public var concepts: [Unit]
    /// Which units carry a class, by class.
    public var carriers: [Carriers]
    /// Classes that were asked for and have too few images to say.
    public var tooFew: [Int]

    public init(
        layer: String, unitCount: Int, identity: String, units: [Unit], concepts: [Unit], carriers: [Carriers], tooFew: [Int]
    ) {
        self.layer = layer
        self.unitCount = unitCount
        self.identity = identity
        self.units = units
        self.concepts = concepts
        self.carriers = carriers
        self.tooFew = tooFew
    }

    public struct Unit: Codable, Sendable, Equatable {
        /// Of the unit, or of the concept.
        public var index: Int
        public var effect: Ablation.Effect

        public init(index: Int, effect: Ablation.Effect) {
            self.index = index
            self.effect = effect
        }
    }

    /// The units that a class depends on most: chosen on one half of its images, measured on the other.
    public struct Carriers: Codable, Sendable, Equatable {
        public var index: Int
        /// Images of the class on which units were chosen, and on which everything here is measured.
        public var chosenOn: Int
        public var measuredOn: Int
        /// Images of other classes that were looked at.
        public var others: Int
        /// True where each unit was chosen given those before it, false where units were ranked by what each does alone.
        public var isGreedy: Bool
        /// With the network as it is.
        public var before: Share
        /// Most important first. Empty where no unit makes the class worse.
        public var steps: [Step]
        /// All of them off, and as many drawn at random: the mean over draws.
        public var off: Share
        public var randomOff: Float?
        /// They alone, with all other units of the layer off, and as many drawn at random: the mean over draws.
        public var only: Share
        public var randomOnly: Float?
        /// Draws of random units.
        public var draws: Int

        public init(
            index: Int, chosenOn: Int, measuredOn: Int, others: Int, isGreedy: Bool, before: Share, steps: [Step], off: Share,
            randomOff: Float?, only: Share, randomOnly: Float?, draws: Int
        ) {
            self.index = index
            self.chosenOn = chosenOn
            self.measuredOn = measuredOn
            self.others = others
            self.isGreedy = isGreedy
            self.before = before
            self.steps = steps
            self.off = off
            self.randomOff = randomOff
            self.only = only
            self.randomOnly = randomOnly
            self.draws = draws
        }
    }

    public struct Step: Codable, Sendable, Equatable {
        public var unit: Int
        /// The mean rise of the class's cross-entropy for which the unit was chosen, in nats, on the images for choosing.
        public var loss: Float
        /// Share of the class's images that are right with this unit and those before it off.
        public var off: Float
        /// Share of them that are right with all units off but these.
        public var only: Float

        public init(unit: Int, loss: Float, off: Float, only: Float) {
            self.unit = unit
            self.loss = loss
            self.off = off
            self.only = only
        }
    }

    /// How a class fares: of its images those that are right, of the others' those that are taken for it.
    public struct Share: Codable, Sendable, Equatable {
        public var right: Float
        /// Of `right`, 95 %: lower and upper end.
        public var interval: [Float]
        /// Nil where no image of another class was looked at.
        public var taken: Float?

        public init(right: Float, interval: [Float], taken: Float?) {
            self.right = right
            self.interval = interval
            self.taken = taken
        }
    }
}
