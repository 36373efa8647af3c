/// Whether the references of a layer's units fall into clusters (`layers/<key>/facets.json`), in the layer's own features: where they do,
/// each cluster gets a prototype.
public struct LayerFacets: Document, Equatable {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// In the order of their prototypes.
    public var units: [Unit]

    public init(layer: String, units: [Unit]) {
        self.layer = layer
        self.units = units
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// References that were looked at.
        public var references: Int
        /// Nil where there are too few references, or all are alike.
        public var test: Test?
        /// The largest first; none where one prototype does.
        public var facets: [Facet]

        public init(unit: Int, references: Int, test: Test?, facets: [Facet]) {
            self.unit = unit
            self.references = references
            self.test = test
            self.facets = facets
        }
    }

    /// The best clustering beside what is found where there is nothing: in draws from one normal distribution as wide in every direction.
    public struct Test: Codable, Sendable, Equatable {
        public var clusters: Int
        /// Mean silhouette, and in draws its mean and the largest.
        public var silhouette: Float
        public var nullMean: Float
        public var nullLargest: Float
        /// Share of the variance that lies between clusters, and its mean in draws.
        public var explained: Float
        public var nullExplained: Float
        /// Draws, and how many of them reach the silhouette.
        public var draws: Int
        public var reached: Int

        public init(
            clusters: Int, silhouette: Float, nullMean: Float, nullLargest: Float, explained: Float, nullExplained: Float, draws: Int,
            reached: Int
        ) {
            self.clusters = clusters
            self.silhouette = silhouette
            self.nullMean = nullMean
            self.nullLargest = nullLargest
            self.explained = explained
            self.nullExplained = nullExplained
            self.draws = draws
            self.reached = reached
        }
    }

    public struct Facet: Codable, Sendable, Equatable {
        /// References of the unit, in their order.
        public var references: [Reference]
        /// Candidates that were not taken and are nearest to this facet.
        public var others: [Reference]
        /// The mean of its references' features, each of unit length: the product with a feature is its mean cosine with them.
        public var centre: [Float]

        public init(references: [Reference], others: [Reference], centre: [Float]) {
            self.references = references
            self.others = others
            self.centre = centre
        }
    }
}

/// Whether the prototypes of facets are what they are for (`layers/<key>/facet-likeness.json`): cosines with the references of each facet.
public struct FacetLikeness: Document, Equatable {
    public static let formatVersion = 1

    public var units: [Unit]

    public init(units: [Unit]) { self.units = units }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// The mean cosine of the unit's ordinary prototype with the references of each facet.
        public var prototype: [Float]
        /// The same of each facet's prototype.
        public var facets: [[Float]]
        /// The same of each facet's references; with those of the same facet, each with the others.
        public var references: [[Float]]

        public init(unit: Int, prototype: [Float], facets: [[Float]], references: [[Float]]) {
            self.unit = unit
            self.prototype = prototype
            self.facets = facets
            self.references = references
        }
    }
}
