/// How much work goes into a prototype, for those who do not want to choose a schedule.
public enum PrototypeQuality: String, Sendable, CaseIterable {
    /// As well recognised by other networks as the published way after 500 steps, if a little restless.
    case draft
    case normal
    /// More than can be measured: for print.
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
