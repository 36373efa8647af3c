import Diagnostics

/// What the offline part of letKD is asked for.
public struct OfflineSettings: Sendable, Equatable {
    /// Words of the vocabulary.
    public var words = 4096
    /// Passes of K-means over the features for the vocabulary.
    public var iterations = 20
    /// Discriminant components kept; nil for one less than classes, 60 at most.
    public var components: Int?
    /// Sub-classes of each class.
    public var subClasses = 8
    /// Passes of K-means over the features for the sub-classes, at most.
    public var subClassIterations = 50
    public var seed: UInt64 = 0
    public var threads = 1
    /// Features that take no more bytes than that are kept in a file until the work is done; of more, every pass runs the teacher.
    public var keptBytes = 8_000_000_000

    public init() {}
}
