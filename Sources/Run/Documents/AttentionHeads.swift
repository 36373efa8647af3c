/// Where each head of a network's attentions looks, over some of the real images (`heads.json`).
public struct AttentionHeads: Document {
    public static let formatVersion = 1

    /// Images looked at.
    public var images: Int
    /// The attentions in the order of execution.
    public var layers: [Layer]

    public init(images: Int, layers: [Layer]) {
        self.images = images
        self.layers = layers
    }

    public struct Layer: Codable, Sendable, Equatable {
        public var name: String
        /// Groups of tokens that do not see one another; 1 where all do.
        public var windows: Int
        /// Tokens of a window that look, and that are looked at.
        public var queries: Int
        public var keys: Int
        /// Learned tokens among those looked at, such as a class token: where they come from.
        public var tokens: [String]
        /// The learned token whose look images are chosen by; nil where it is the mean look of all places.
        public var looker: String?
        /// Of places that look at all keys alike: the mean distance in pixels of the network's input, and the entropy in nats.
        public var uniformDistance: Float?
        public var uniformEntropy: Float
        public var heads: [Head]

        public init(
            name: String, windows: Int, queries: Int, keys: Int, tokens: [String], looker: String?, uniformDistance: Float?, uniformEntropy: Float,
            heads: [Head]
        ) {
            self.name = name
            self.windows = windows
            self.queries = queries
            self.keys = keys
            self.tokens = tokens
            self.looker = looker
            self.uniformDistance = uniformDistance
            self.uniformEntropy = uniformEntropy
            self.heads = heads
        }
    }

    /// Means over the places of all images that look; where no places look, over all queries.
    public struct Head: Codable, Sendable, Equatable {
        public var index: Int
        /// From a place to where it looks, in pixels of the network's input, each place counted by its share of the attention to places
        /// (Dosovitskiy et al. 2021, figure 7). Nil where no places look at places.
        public var distance: Float?
        /// Share of the attention that a token gives itself; nil where those that look are others than those looked at.
        public var itself: Float?
        /// Share that goes to each of the layer's `tokens`.
        public var tokens: [Float]
        /// Of the attention of a query, in nats.
        public var entropy: Float
        /// The images in which most attention goes to one place, most first.
        public var strongest: [Strongest]

        public init(index: Int, distance: Float?, itself: Float?, tokens: [Float], entropy: Float, strongest: [Strongest]) {
            self.index = index
            self.distance = distance
            self.itself = itself
            self.tokens = tokens
            self.entropy = entropy
            self.strongest = strongest
        }
    }

    public struct Strongest: Codable, Sendable, Equatable {
        /// Index into `ImageIndex.images`.
        public var image: Int
        /// The share of the looker's attention that goes to one place.
        public var share: Float
        /// Row and column of its centre in pixels of the network's input.
        public var place: [Float]
        /// Where the attention goes, to be laid over the image.
        public var picture: String

        public init(image: Int, share: Float, place: [Float], picture: String) {
            self.image = image
            self.share = share
            self.place = place
            self.picture = picture
        }
    }
}

/// How much of the relevance of classes goes through each head (`head-relevance.json`).
public struct HeadRelevance: Document {
    public static let formatVersion = 1

    /// The name of the rules by which relevance flowed.
    public var composite: String
    /// Images that a class's relevance is summed over, at most.
    public var images: Int
    /// Classes of which there was any.
    public var classes: Int
    /// As in `AttentionHeads`.
    public var layers: [Layer]

    public init(composite: String, images: Int, classes: Int, layers: [Layer]) {
        self.composite = composite
        self.images = images
        self.classes = classes
        self.layers = layers
    }

    public struct Layer: Codable, Sendable, Equatable {
        public var name: String
        public var heads: [Head]

        public init(name: String, heads: [Head]) {
            self.name = name
            self.heads = heads
        }
    }

    public struct Head: Codable, Sendable, Equatable {
        /// Mean over classes of the share of their relevance. Heads of one layer do not add up to 1: the rest goes past the attention.
        public var share: Float
        /// The classes with the largest shares, the largest first.
        public var classes: [RelevanceShare]

        public init(share: Float, classes: [RelevanceShare]) {
            self.share = share
            self.classes = classes
        }
    }
}
