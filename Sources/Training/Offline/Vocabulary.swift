/// The words of a layer: means of K-means clusters of its feature vectors at all positions of all images (letKD, Gorgun, Gurbuz and
/// Alatan 2023: what the penultimate layer's features are quantised by).
public struct Vocabulary: Sendable, Equatable {
    public let dimension: Int
    /// Words x dimension.
    public let centres: [Float]
    /// How many rows each word is the nearest one of.
    public let counts: [Int]
    /// The sum of squared distances of all rows to their words.
    public let inertia: Double
    /// After how many iterations the words are these.
    public let iterations: Int

    public var words: Int { counts.count }
    /// Rows that the words were made from.
    public var rows: Int { counts.reduce(0, +) }
    /// Words that no row is nearest to.
    public var unused: [Int] { counts.indices.filter { counts[$0] == 0 } }
}
