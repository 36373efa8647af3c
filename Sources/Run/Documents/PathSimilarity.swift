/// Whether the network treats prototypes as it treats real images, layer by layer (`layers/<key>/paths.json`, `classes/paths.json`): rank
/// correlations of channel means.
public struct PathSimilarity: Document, Equatable {
    public static let formatVersion = 1

    public var entries: [Entry]

    public init(entries: [Entry]) { self.entries = entries }

    /// What was found of a target's prototype.
    public struct Entry: Codable, Sendable, Equatable {
        public var target: Prototype.Target
        /// Real images of the target, and whether the prototype was matched to them.
        public var images: [Reference]
        public var areReferences: Bool
        /// Real images of other targets of the same kind.
        public var otherImages: Int
        /// In the order of execution.
        public var points: [Point]

        public init(target: Prototype.Target, images: [Reference], areReferences: Bool, otherImages: Int, points: [Point]) {
            self.target = target
            self.images = images
            self.areReferences = areReferences
            self.otherImages = otherImages
            self.points = points
        }
    }

    /// At one layer, means over pairs of Spearman's correlation of the means of channels over positions, in [-1, 1]; nil where there is no
    /// pair whose channels can be ranked.
    public struct Point: Codable, Sendable, Equatable {
        public var layer: String
        /// The prototype with each of the target's real images.
        public var prototype: Float?
        /// These among themselves.
        public var real: Float?
        /// Of each of these the mean with the others: the lowest and the highest.
        public var realRange: [Float]?
        /// These with real images of other targets.
        public var others: Float?

        public init(layer: String, prototype: Float?, real: Float?, realRange: [Float]?, others: Float?) {
            self.layer = layer
            self.prototype = prototype
            self.real = real
            self.realRange = realRange
            self.others = others
        }
    }
}
