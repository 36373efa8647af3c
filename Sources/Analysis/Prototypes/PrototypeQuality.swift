/// How much work goes into a prototype, for those who do not want to choose a schedule.
public enum PrototypeQuality: String, Sendable, CaseIterable {
    /// The fewest steps after which other networks recognise most classes.
    case draft
    /// Better recognised by other networks than the published way after 500 steps (docs/prototypes.md).
    case normal
    /// As well recognised as with any number of steps that was tried.
    case paper

    /// Steps of the schedule `fourier`.
    public var steps: Int {
        switch self {
        case .draft: 50
        case .normal: 100
        case .paper: 200
        }
    }
}
