/// A way to make prototypes of classes that a comparison knows.
public enum ComparedMethod: Sendable, Hashable, CaseIterable, RawRepresentable {
    /// VITAL as reports make it.
    case vital
    /// VITAL in the pixels, as published.
    case published
    case baseline(Baseline)

    public static var allCases: [ComparedMethod] { [.vital, .published] + Baseline.allCases.map(ComparedMethod.baseline) }

    public init?(rawValue: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    /// As `--methods` takes it.
    public var rawValue: String {
        switch self {
        case .vital: "vital"
        case .published: "vital-published"
        case .baseline(let baseline): baseline.rawValue
        }
    }

    /// As a paper would print it.
    public var name: String {
        switch self {
        case .vital: "VITAL"
        case .published: "VITAL as published"
        case .baseline(let baseline): baseline.name
        }
    }

    /// The schedule of VITAL's prototypes; nil for other methods.
    var schedule: OptimisationSchedule.Kind? {
        switch self {
        case .vital: .fourier
        case .published: .published
        case .baseline: nil
        }
    }

    /// True when the pictures of a class depend on which other classes are asked for: those are made together or not at all.
    var isAboutBatches: Bool { self == .baseline(.deepInversion) }
}
