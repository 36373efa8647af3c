/// How much work goes into a prototype, for those who do not want to choose a schedule.
public enum PrototypeQuality: String, Sendable, CaseIterable {
    /// The fewest steps after which other networks recognise most classes.
    case draft
    /// As well recognised by other networks as the published way after 500 steps, or better (docs/prototypes.md).
    case normal
    /// For those who have the time: what more steps give was not measured.
    case paper

    /// Steps of the schedule `fourier`.
    public var steps: Int {
        switch self {
        case .draft: 100
        case .normal: 200
        case .paper: 500
        }
    }
}
