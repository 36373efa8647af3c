/// What a picture is matched to at one layer: all that is kept of the references.
public struct MatchingReference: Sendable {
    /// The mean quantile function of every channel, C x D, ascending for each.
    public var quantiles: [Float]
    /// By channel, in [0, 1]: what its part of the loss is multiplied with. Nil for 1 everywhere.
    public var importance: [Float]?

    public init(quantiles: [Float], importance: [Float]? = nil) {
        self.quantiles = quantiles
        self.importance = importance
    }
}
