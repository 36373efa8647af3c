/// What a network makes of one picture, in the terms of a run: `explain.json` holds one for each picture.
public struct Explanation: Codable, Sendable, Equatable {
    /// As it was named, or below the folder that was.
    public var path: String
    /// SHA-256 of the picture's file, in hexadecimal.
    public var sha256: String
    /// The most probable classes, the first one first; empty where the network has none.
    public var predictions: [Prediction]
    /// Nil where no relevance flowed.
    public var relevance: Relevance?
    /// How well that relevance names the pixels that count; nil where it was not asked.
    public var curves: Curves?
    /// Those of the run, in the order of execution.
    public var layers: [Layer]
    /// What becomes of the picture when it is pushed towards units; nil where nobody asked for that.
    public var accentuations: [Accentuation]?

    public init(path: String, sha256: String, predictions: [Prediction], relevance: Relevance?, layers: [Layer]) {
        self.path = path
        self.sha256 = sha256
        self.predictions = predictions
        self.relevance = relevance
        self.layers = layers
    }

    /// The picture pushed towards a unit (Hamblin et al. 2024, "Feature accentuation").
    public struct Accentuation: Codable, Sendable, Equatable {
        public var layer: String
        /// The layer's name in addresses.
        public var key: String
        public var unit: Int
        /// The layer whose features were kept; `input` is the picture itself.
        public var kept: String
        /// The picture afterwards, and the difference on grey, its largest as far as can be shown.
        public var picture: String
        public var difference: String
        /// Of pixels, in [0, 255].
        public var largestChange: Int
        public var meanChange: Float
        /// The unit's largest activation before and after, over the run's images, and the share of these below that after, in percent.
        public var activation: Float
        public var activationAfter: Float
        public var largest: Float
        public var percentileAfter: Float?
        /// The most probable class before and after, and how probable the first is after; nil without classes.
        public var prediction: Prediction?
        public var predictionAfter: Prediction?
        public var probabilityAfter: Float?

        public init(
            layer: String, key: String, unit: Int, kept: String, picture: String, difference: String, largestChange: Int, meanChange: Float,
            activation: Float, activationAfter: Float, largest: Float, percentileAfter: Float?, prediction: Prediction?, predictionAfter: Prediction?,
            probabilityAfter: Float?
        ) {
            self.layer = layer
            self.key = key
            self.unit = unit
            self.kept = kept
            self.picture = picture
            self.difference = difference
            self.largestChange = largestChange
            self.meanChange = meanChange
            self.activation = activation
            self.activationAfter = activationAfter
            self.largest = largest
            self.percentileAfter = percentileAfter
            self.prediction = prediction
            self.predictionAfter = predictionAfter
            self.probabilityAfter = probabilityAfter
        }
    }

    public struct Prediction: Codable, Sendable, Equatable {
        public var index: Int
        public var logit: Float
        /// In [0, 1].
        public var probability: Float

        public init(index: Int, logit: Float, probability: Float) {
            self.index = index
            self.logit = logit
            self.probability = probability
        }
    }

    /// Relevance of the most probable class.
    public struct Relevance: Codable, Sendable, Equatable {
        /// The name of the rules by which it flowed.
        public var composite: String
        public var classIndex: Int
        /// What it started from: the logit.
        public var started: Float
        /// The layer whose relevance is drawn over the picture, summed over channels; `input` is the picture itself.
        public var layer: String
        /// `|arrived - started| / started` at that layer.
        public var residual: Float
        /// The relevance of a position that is drawn in full.
        public var limit: Float

        public init(composite: String, classIndex: Int, started: Float, layer: String, residual: Float, limit: Float) {
            self.composite = composite
            self.classIndex = classIndex
            self.started = started
            self.layer = layer
            self.residual = residual
            self.limit = limit
        }
    }

    /// Deletion and insertion curves of maps of the class whose relevance flowed (RISE: Petsiuk et al., BMVC 2018).
    public struct Curves: Codable, Sendable, Equatable {
        /// Steps of as many pixels from none to all.
        public var steps: Int
        /// Random orders that the mean is over.
        public var draws: Int
        public var maps: [Map]

        public init(steps: Int, draws: Int, maps: [Map]) {
            self.steps = steps
            self.draws = draws
            self.maps = maps
        }

        public struct Map: Codable, Sendable, Equatable {
            /// `relevance`, `gradient` or `random`.
            public var map: String
            /// By step, the probability of the class when the pixels that the map names first are taken away, and when they are put in.
            public var deletion: [Float]
            public var insertion: [Float]
            /// Below these curves, over the share of pixels in [0, 1]: a good map has a small one and a large one.
            public var deletionArea: Float
            public var insertionArea: Float

            public init(map: String, deletion: [Float], insertion: [Float]) {
                self.map = map
                self.deletion = deletion
                self.insertion = insertion
                (deletionArea, insertionArea) = (Self.area(deletion), Self.area(insertion))
            }

            private static func area(_ curve: [Float]) -> Float {
                guard curve.count > 1, let first = curve.first, let last = curve.last else { return 0 }
                return (curve.reduce(0, +) - (first + last) / 2) / Float(curve.count - 1)
            }
        }
    }

    public struct Layer: Codable, Sendable, Equatable {
        /// As in `NetworkDescription.layers`.
        public var layer: String
        /// The layer's name in addresses: `layers/<key>/<unit>` is a unit's place in the run's site.
        public var key: String
        /// Channels, height and width of the layer's map.
        public var shape: [Int]
        /// Images of the run, among which `percentile` counts.
        public var images: Int
        /// Relevance that arrived here as a share of what started; nil where none flowed through.
        public var arrived: Float?
        /// `|arrived - 1|`.
        public var residual: Float?
        /// The units with the highest percentile; of equals those nearest to their largest activation.
        public var excited: [Finding]
        /// The units with the largest share of relevance, by magnitude.
        public var relevant: [Finding]

        public init(
            layer: String, key: String, shape: [Int], images: Int, arrived: Float?, residual: Float?, excited: [Finding], relevant: [Finding]
        ) {
            self.layer = layer
            self.key = key
            self.shape = shape
            self.images = images
            self.arrived = arrived
            self.residual = residual
            self.excited = excited
            self.relevant = relevant
        }
    }

    /// What a unit does on the picture.
    public struct Finding: Codable, Sendable, Equatable {
        public var unit: Int
        /// Its largest activation.
        public var activation: Float
        /// The share of the run's images whose largest activation is below that, in percent.
        public var percentile: Float?
        /// `activation` as a multiple of the largest over the run's images; nil where that is not positive.
        public var multipleOfLargest: Float?
        /// The unit's part of the relevance that started; negative for what speaks against the class.
        public var share: Float?
        /// Row and column, in the layer's map, of the largest activation, or of the most relevance.
        public var position: [Int]
        /// The pixels that this position can see: top, left, bottom, right (exclusive), in pixels of the network's input.
        public var window: [Int]
        /// The picture of the unit's map, to lie over the whole picture; nil where the map has one position.
        public var map: String?

        public init(
            unit: Int, activation: Float, percentile: Float?, multipleOfLargest: Float?, share: Float?, position: [Int], window: [Int],
            map: String?
        ) {
            self.unit = unit
            self.activation = activation
            self.percentile = percentile
            self.multipleOfLargest = multipleOfLargest
            self.share = share
            self.position = position
            self.window = window
            self.map = map
        }
    }
}
