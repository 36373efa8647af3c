/// What the units of one layer did over all real images (`layers/<key>/statistics.json`).
public struct LayerStatistics: Document {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// Channels, height and width for one image.
    public var shape: [Int]
    /// Images that entered the statistics.
    public var images: Int
    /// One for each channel, in order: statistics are kept for all units, whichever get a prototype.
    public var units: [Unit]

    public init(layer: String, shape: [Int], images: Int, units: [Unit]) {
        self.layer = layer
        self.shape = shape
        self.images = images
        self.units = units
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// Over all positions of all images.
        public var mean: Float
        public var standardDeviation: Float
        public var minimum: Float
        public var maximum: Float
        /// Share of positions with an activation above zero, in [0, 1].
        public var activePositions: Float
        /// Share of images with an activation above zero anywhere, in [0, 1]. 0 is a dead unit.
        public var activeImages: Float
        /// Of the spatial maxima of all images.
        public var histogram: Histogram
        /// Mean over a class's images of the spatial maximum, indexed by class; empty when images have no labels.
        public var classMeans: [Float]
        /// Class selectivity, `(highest class mean - mean of the others) / (sum of both)`, in [0, 1] for non-negative units
        /// (Morcos et al. 2018); nil without labels or when undefined.
        public var selectivity: Float?
        /// Strongest first: ties by image.
        public var strongest: [Exemplar]

        public init(
            unit: Int, mean: Float, standardDeviation: Float, minimum: Float, maximum: Float, activePositions: Float,
            activeImages: Float, histogram: Histogram, classMeans: [Float], selectivity: Float?, strongest: [Exemplar]
        ) {
            self.unit = unit
            self.mean = mean
            self.standardDeviation = standardDeviation
            self.minimum = minimum
            self.maximum = maximum
            self.activePositions = activePositions
            self.activeImages = activeImages
            self.histogram = histogram
            self.classMeans = classMeans
            self.selectivity = selectivity
            self.strongest = strongest
        }
    }

    /// A real image that excites a unit, and where in it.
    public struct Exemplar: Codable, Sendable, Equatable {
        /// Index into `ImageIndex.images`.
        public var image: Int
        /// The unit's largest activation in the image.
        public var activation: Float
        /// Row and column of that activation in the layer's map.
        public var position: [Int]
        /// The input pixels that this position can see, clipped to the image: top, left, bottom, right (exclusive), in
        /// pixels of the network's input.
        public var window: [Int]

        public init(image: Int, activation: Float, position: [Int], window: [Int]) {
            self.image = image
            self.activation = activation
            self.position = position
            self.window = window
        }
    }
}
