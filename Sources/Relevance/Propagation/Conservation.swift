/// How much of the relevance that was handed in arrived.
public struct Conservation: Sendable, Equatable {
    /// Relevance at the start.
    public var started: Double
    /// Relevance that arrived.
    public var arrived: Double
    /// Relevance that learned values took in, such as a class token, by name.
    public var sinks: [(name: String, relevance: Double)]

    public init(started: Double, arrived: Double, sinks: [(name: String, relevance: Double)] = []) {
        self.started = started
        self.arrived = arrived
        self.sinks = sinks
    }

    /// `|arrived + sinks - started| / |started|`; nil where nothing started, or no number did.
    public var residual: Double? {
        guard started != 0, started.isFinite, arrived.isFinite else { return nil }
        return abs(arrived + sinks.reduce(0) { $0 + $1.relevance } - started) / abs(started)
    }

    public static func == (a: Conservation, b: Conservation) -> Bool {
        a.started == b.started && a.arrived == b.arrived && a.sinks.elementsEqual(b.sinks) { $0 == $1 }
    }
}
