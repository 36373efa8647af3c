/// How much work goes into a prototype, for those who do not want to choose a schedule.
public enum PrototypeQuality: String, Sendable, CaseIterable {
    /// The fewest steps after which a picture shows what the unit looks for; noise remains.
    case draft
    case normal
    /// As published.
    case paper

    /// Steps of the published schedule.
    public var steps: Int {
        switch self {
        case .draft: 200
        case .normal: 500
        case .paper: OptimisationSchedule.Kind.published.steps
        }
    }
}
