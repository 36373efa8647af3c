/// How good the prototypes of a run are, as far as numbers tell.
public struct PrototypeMeasures: Codable, Sendable, Equatable {
    /// The run folder.
    public var run: String
    public var network: Comparison.Network
    public var judge: Comparison.Network?
    /// As `--schedule` and `--steps` took them.
    public var schedule: String
    public var steps: Int
    /// Classes first, then units and concepts of each layer.
    public var groups: [Group]
    /// Real images that were to be read and could not be.
    public var skipped: [ImageSetDescription.Skipped]

    public init(
        run: String, network: Comparison.Network, judge: Comparison.Network?, schedule: String, steps: Int, groups: [Group],
        skipped: [ImageSetDescription.Skipped]
    ) {
        self.run = run
        self.network = network
        self.judge = judge
        self.schedule = schedule
        self.steps = steps
        self.groups = groups
        self.skipped = skipped
    }

    /// The prototypes of one kind of target.
    public struct Group: Codable, Sendable, Equatable {
        /// `classes`, a layer's name, or `concepts of` a layer.
        public var name: String
        public var prototypes: Int
        /// One of each seed of each prototype.
        public var pictures: Int
        /// The mean over prototypes of the share of real images that excite the target less, in percent.
        public var percentile: Float?
        /// The median over prototypes of the activation, as a multiple of the largest over real images.
        public var multipleOfLargest: Float?
        /// The mean over prototypes of the final matching loss, as a multiple of that of a real image that was held out: at each matched layer, averaged.
        public var relativeLoss: Float?
        /// The mean over prototypes of the mean magnitude of the difference between neighbouring pixels, in normalised values.
        public var grain: Float?
        /// The same of their references.
        public var realGrain: Float?
        /// The mean over pictures of the share of pixels that would have to change their colour, of 64, to have those of the references.
        public var colourDistance: Float?
        /// The mean over prototypes of the agreement of their seeds; nil with single ones.
        public var seedAgreement: Float?
        /// Of pictures of classes: the share that the network itself takes for their class (of the first seeds), in [0, 1], and its mean probability.
        public var accuracy: Float?
        public var probability: Float?
        /// The same of the judge, over all seeds; nil without one.
        public var transfer: Float?
        public var transferProbability: Float?

        public init(
            name: String, prototypes: Int, pictures: Int, percentile: Float?, multipleOfLargest: Float?, relativeLoss: Float?,
            grain: Float?, realGrain: Float?, colourDistance: Float?, seedAgreement: Float?, accuracy: Float?, probability: Float?,
            transfer: Float?, transferProbability: Float?
        ) {
            self.name = name
            self.prototypes = prototypes
            self.pictures = pictures
            self.percentile = percentile
            self.multipleOfLargest = multipleOfLargest
            self.relativeLoss = relativeLoss
            self.grain = grain
            self.realGrain = realGrain
            self.colourDistance = colourDistance
            self.seedAgreement = seedAgreement
            self.accuracy = accuracy
            self.probability = probability
            self.transfer = transfer
            self.transferProbability = transferProbability
        }
    }
}
