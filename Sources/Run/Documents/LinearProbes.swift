/// What a linear classifier reads from a student's features before and behind each layer that matches templates
/// (`distillation/probes.json`): whether matching made classes easier to tell.
public struct LinearProbes: Document {
    public static let formatVersion = 1

    /// Images that the classifiers were fitted to, and others that they were tested on; both 0 where there are too few.
    public var fitted: Int
    public var tested: Int
    /// Classes among them.
    public var classes: Int
    /// In the order of execution.
    public var layers: [Layer]

    public init(fitted: Int, tested: Int, classes: Int, layers: [Layer]) {
        self.fitted = fitted
        self.tested = tested
        self.classes = classes
        self.layers = layers
    }

    public struct Layer: Codable, Sendable, Equatable {
        /// As in `TemplateLayer.layer`.
        public var layer: String
        /// Of the tested images, how many a classifier of the features before the layer gets right, and how many one of those behind it.
        public var correctBefore: Int
        public var correctBehind: Int
        /// How many only the one behind gets right, and how many only the one before.
        public var gained: Int
        public var lost: Int

        public init(layer: String, correctBefore: Int, correctBehind: Int, gained: Int, lost: Int) {
            self.layer = layer
            self.correctBefore = correctBefore
            self.correctBehind = correctBehind
            self.gained = gained
            self.lost = lost
        }
    }
}
