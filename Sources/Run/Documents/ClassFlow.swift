/// Which units of each reported layer carry the relevance of the classes (`classes/flow.json`).
public struct ClassFlow: Document {
    public static let formatVersion = 1

    /// The name of the rules by which relevance flowed.
    public var composite: String
    /// Of the classes that have references.
    public var classes: [Entry]

    public init(composite: String, classes: [Entry]) {
        self.composite = composite
        self.classes = classes
    }

    public struct Entry: Codable, Sendable, Equatable {
        public var index: Int
        /// In the order of execution; layers without any relevance of the class are left out.
        public var layers: [RelevanceSource]

        public init(index: Int, layers: [RelevanceSource]) {
            self.index = index
            self.layers = layers
        }
    }
}
